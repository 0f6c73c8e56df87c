"""Which of AWS's managed policies are attached: those made for one service's role, and others only with a reason."""

from collections.abc import Iterator
from typing import Final

from guardrails.policy_carriers import ATTACHING_TYPES, ROLE, attached_policies
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

_FOR_SERVICES: Final = "service-role/"

ACCEPTED: Final = Setting(
    name="accepted_policies",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "policy": {"type": "string", "pattern": "^[A-Za-z0-9/_+=,.@-]+$"},
                "reason": {"type": "string", "minLength": 10},
            },
            "required": ["policy", "reason"],
            "additionalProperties": False,
        },
    },
    default=[],
    meaning="AWS's managed policies that may be attached, by what follows `policy/` in their ARN, each with a reason.",
)


def check(attaching: Resource, settings: Settings) -> Iterator[Finding]:
    """Look at the ARN of every policy that is attached."""
    accepted = frozenset(str(entry["policy"]) for entry in settings.objects("accepted_policies"))
    for name, reading in attached_policies(attaching):
        match reading:
            case Unknown():
                yield Undecided(resource=attaching, properties=(name,))
            case Known(value=str(arn)) if arn.startswith("arn:"):
                _, is_managed_by_aws, policy = arn.partition("::aws:policy/")
                if is_managed_by_aws and not _is_narrow(policy) and policy not in accepted:
                    problem = f"{name} is one of AWS's managed policies, which allow whole services on every resource."
                    yield Violation(resource=attaching, problem=problem)
            case Missing():
                if attaching.type != ROLE:
                    yield Violation(resource=attaching, problem=f"{name} is missing.")
            case Known() | Malformed():
                yield Violation(resource=attaching, problem=f"{name} is not the ARN of a policy.")


def _is_narrow(policy: str) -> bool:
    return policy.startswith(_FOR_SERVICES) and not policy.endswith("FullAccess")


MANAGED_POLICY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-role-no-broad-managed-policy",
        severity=Severity.CRITICAL,
        description="No managed policy of AWS is attached that gives more than one service's role needs.",
        remediation=(
            "Write a policy with the actions and resources that are needed, or list the managed policy with the "
            "reason in accepted_policies."
        ),
        judged=(
            "Attachments to roles, users, groups and permission sets, and a role's `managedPolicyArns`, by their "
            "inputs. Of AWS's own policies (`arn:aws:iam::aws:policy/...`) those in `service-role/` may be attached, "
            "except those that end in `FullAccess`, and those in `accepted_policies`; `AdministratorAccess`, "
            "`PowerUserAccess`, `ReadOnlyAccess` and all others may not. An account's own policies are judged where "
            "they are declared."
        ),
        why=(
            "AWS's managed policies are for getting started: they name whole services and `*`, and AWS adds to them. "
            "`AdministratorAccess` on a function's role makes every defect of the function one of the whole account."
        ),
        sources=("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-use-aws-defined-policies",),
    ),
    types=ATTACHING_TYPES,
    check=check,
    settings=(ACCEPTED,),
)
