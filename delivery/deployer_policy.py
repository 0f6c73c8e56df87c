"""The deployer's IAM policy documents, made from the resources that a stack's program declares.

    the program, recorded ──► types and names ──► delivery.rights ──► one document per area, each small enough for IAM

What belongs to another resource (a role's policy, a bucket's object) gets the rights on all resources of that kind that
the program declares. Deliberately no rights to Pulumi's state and its key: they are the account's, not the stack's.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.errors import ArgumentError
from delivery.build_contexts import zip_program
from delivery.recorded_program import Recorded
from delivery.rights import RIGHTS, Right

# Characters of a managed policy without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_CHARACTERS = 6144
# The program in stacks/ecr, which the same deployer deploys.
ECR_TYPES = ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:ecr/repository:Repository")
ECR_NAMESPACE = "gatehouse"

_FUNCTION, _ROLE = "aws:lambda/function:Function", "aws:iam/role:Role"
_SECRET, _BUCKET = "aws:secretsmanager/secret:Secret", "aws:s3/bucket:Bucket"
# Where a template says {owner}, by the service of the ARN: whose part the resource is.
_OWNERS = {"iam": _ROLE, "secretsmanager": _SECRET, "s3": _BUCKET}
_NAMES = ("name", "bucket", "layerName", "dashboardName")
_ACCOUNT = re.compile(r"\d{12}")


def deployer_policies(settings: Mapping[str, Any], stack: str, *, account: str) -> dict[str, dict[str, Any]]:
    """The documents by area. Raises `ArgumentError` for no account, and for a type whose rights nobody has stated."""
    if not _ACCOUNT.fullmatch(account):
        raise ArgumentError(f"--account: {account!r} is not the twelve digits of an AWS account.")
    region = settings.get("aws:region")
    if not isinstance(region, str):
        raise ArgumentError(
            f"stack {stack}: aws:region is not set; set it with `pulumi config set aws:region <region>`."
        )
    return policies_of(zip_program(settings, stack), region=region, account=account)


def policies_of(program: Sequence[Recorded], *, region: str, account: str) -> dict[str, dict[str, Any]]:
    """The documents for these resources and the repositories of images. Raises `ArgumentError`."""
    names = {type_: sorted({_name(each) for each in program if each.type == type_}) for type_ in _types(program)}
    statements: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}
    for type_, own in [*names.items(), *((each, [ECR_NAMESPACE]) for each in ECR_TYPES)]:
        if type_ not in RIGHTS:
            raise ArgumentError(f"{type_}: delivery/rights.py does not say what deploying it needs; add it there.")
        for right in RIGHTS[type_]:
            resources = sorted(_resources(right, own, names, region, account))
            merged = statements.setdefault(right.policy, {}).setdefault(
                (*resources, right.passed_to or ""),
                {"Effect": "Allow", "Action": [], "Resource": resources, **_condition(right)},
            )
            merged["Action"] = sorted({*merged["Action"], *right.actions})
    documents = {
        area: {"Version": "2012-10-17", "Statement": list(parts.values())} for area, parts in sorted(statements.items())
    }
    for area, document in documents.items():
        if (size := len(json.dumps(document, separators=(",", ":")))) > POLICY_CHARACTERS:
            raise ArgumentError(
                f"the policy {area} has {size} characters, and IAM takes {POLICY_CHARACTERS}; split its area."
            )
    return documents


def _types(program: Iterable[Recorded]) -> list[str]:
    return sorted({each.type for each in program})


def _name(resource: Recorded) -> str:
    given = next((resource.inputs[key] for key in _NAMES if isinstance(resource.inputs.get(key), str)), None)
    return given if given is not None else f"{resource.name}-*"


def _resources(
    right: Right, own: Sequence[str], names: Mapping[str, Sequence[str]], region: str, account: str
) -> set[str]:
    found: set[str] = set()
    for template in right.resources:
        known = template.replace("{region}", region).replace("{account}", account)
        known = known.replace("{namespace}", ECR_NAMESPACE)
        if "{owner}" in known:
            owner = _OWNERS[known.split(":")[2]]
            # Secrets Manager adds six characters to the name in the ARN.
            suffix = "-*" if owner == _SECRET else ""
            found.update(known.replace("{owner}", f"{each}{suffix}") for each in names[owner])
        elif "{function}" in known:
            found.update(known.replace("{function}", f"{each}") for each in names[_FUNCTION])
            found.update(known.replace("{function}", f"{each}:*") for each in names[_FUNCTION])
        elif "{name}" in known:
            found.update(known.replace("{name}", each) for each in own)
        else:
            found.add(known)
    return found


def _condition(right: Right) -> dict[str, Any]:
    if right.passed_to is None:
        return {}
    return {"Condition": {"StringEquals": {"iam:PassedToService": right.passed_to.split()}}}
