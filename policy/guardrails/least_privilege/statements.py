"""What identity policies allow is written out: actions by name, and resources by name where AWS has names for them.

Conditions narrow a statement, but do not replace names: what they leave open is decided by the request. Resource
policies are not judged here, where `*` means the one resource that they belong to.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.policy_carriers import HOLDERS_OF_IDENTITY_POLICIES, identity_policies
from guardrails.policy_documents import Statement
from guardrails.policy_reading import judged, waits_for
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Violation
from guardrails.settings import Setting, Settings

_REFERENCE: Final = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_NO_RESOURCE_TYPE: Final = "AWS has no resource type for it (Service Authorization Reference)."
_INTERFACES: Final = "Lambda makes the network interfaces of a function itself, and nobody knows their ids before."
_WHOLE_TYPE: Final = re.compile(
    r"(?:alias|authorizer|cluster|function|group|instance|key|layer|log-group|parameter|policy|role|secret|stateMachine"
    r"|table|user|userpool)[:/][*?].*"
)
"""The end of an ARN that has a type of resources and a wildcard where the name begins: `table/*`, `role/*-admin`."""


def _listed(action: str, reason: str) -> dict[str, str]:
    return {"action": action, "reason": reason}


ANY_RESOURCE: Final = Setting(
    name="actions_on_any_resource",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "action": {"type": "string", "pattern": "^[a-z0-9-]+:[A-Za-z]+$"},
                "reason": {"type": "string", "minLength": 10},
            },
            "required": ["action", "reason"],
            "additionalProperties": False,
        },
    },
    default=[
        _listed("cloudwatch:PutMetricData", _NO_RESOURCE_TYPE),
        _listed("ec2:AssignPrivateIpAddresses", _INTERFACES),
        _listed("ec2:CreateNetworkInterface", _INTERFACES),
        _listed("ec2:DeleteNetworkInterface", _INTERFACES),
        _listed("ec2:DescribeNetworkInterfaces", _NO_RESOURCE_TYPE),
        _listed("ec2:DescribeSecurityGroups", _NO_RESOURCE_TYPE),
        _listed("ec2:DescribeSubnets", _NO_RESOURCE_TYPE),
        _listed("ec2:DescribeVpcs", _NO_RESOURCE_TYPE),
        _listed("ec2:UnassignPrivateIpAddresses", _INTERFACES),
        _listed("ecr:GetAuthorizationToken", _NO_RESOURCE_TYPE),
        _listed("s3:ListAllMyBuckets", _NO_RESOURCE_TYPE),
        _listed("secretsmanager:GetRandomPassword", _NO_RESOURCE_TYPE),
        _listed("sts:GetCallerIdentity", _NO_RESOURCE_TYPE),
        _listed("tag:GetResources", _NO_RESOURCE_TYPE),
        _listed("xray:GetSamplingRules", _NO_RESOURCE_TYPE),
        _listed("xray:GetSamplingTargets", _NO_RESOURCE_TYPE),
        _listed("xray:PutTelemetryRecords", _NO_RESOURCE_TYPE),
        _listed("xray:PutTraceSegments", _NO_RESOURCE_TYPE),
    ],
    meaning="Actions that may be allowed on every resource, each with the reason why it can be on no narrower one.",
)


def check(holder: Resource, settings: Settings) -> Iterator[Finding]:
    """Look at every statement of every identity policy that the resource holds."""
    listed = frozenset(str(entry["action"]).lower() for entry in settings.objects("actions_on_any_resource"))
    for name, reading in identity_policies(holder):
        yield from judged(holder, name, reading, lambda place, statement: _statement(holder, place, statement, listed))


def _statement(holder: Resource, place: str, statement: Statement, listed: frozenset[str]) -> Iterator[Finding]:
    yield from waits_for(holder, place, statement, "Action", "NotAction", "Resource", "NotResource")
    if statement.not_actions is not None:
        yield Violation(resource=holder, problem=f"{place} allows everything but its NotAction.")
    if statement.not_resources is not None:
        yield Violation(resource=holder, problem=f"{place} holds for everything but its NotResource.")
    actions = statement.actions.known if statement.actions is not None else ()
    if any(_has_wildcard(action) for action in actions):
        yield Violation(
            resource=holder, problem=f"{place}.Action has a wildcard; write out the actions that are needed."
        )
    elif statement.resources is None and statement.not_resources is None:
        yield Violation(resource=holder, problem=f"{place} names no Resource.")
    elif statement.resources is not None and any(_is_every(resource) for resource in statement.resources.known):
        unlisted = sum(action.lower() not in listed for action in actions)
        if unlisted or statement.not_actions is not None:
            problem = f"{place}.Resource is every resource, and {unlisted} of its actions are not listed with a reason."
            yield Violation(resource=holder, problem=problem)


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _is_every(resource: str) -> bool:
    """Whether there is a wildcard where a name should begin: `*`, `arn:aws:s3:::*`, `table/*`."""
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return _has_wildcard(resource)
    return parts[5].startswith(("*", "?")) or _WHOLE_TYPE.fullmatch(parts[5]) is not None


STATEMENT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="iam-policy-named-actions-and-resources",
        severity=Severity.HIGH,
        description="An identity policy names the actions and the resources that it allows.",
        remediation=(
            "Write out each action, and the ARNs it is for. Where AWS has no narrower resource, list the action with "
            "the reason in actions_on_any_resource."
        ),
        judged=(
            "Identity policies by their inputs: `policy` of `aws:iam` `Policy`, `RolePolicy`, `UserPolicy` and "
            "`GroupPolicy`, a role's `inlinePolicies`, and inline policies of permission sets. In every statement "
            "that allows: no `NotAction` and no `NotResource`, no wildcard in an action, and a resource that is not "
            "`*`, not a whole type (`table/*`, `role/*`, `arn:aws:s3:::*`) unless each action is in "
            "`actions_on_any_resource`. A wildcard after the beginning of a name (`log-group:/aws/lambda/hello:*`) is "
            "a name. A policy that cannot be read, or has a faulty statement, is a violation."
        ),
        why=(
            "A wildcard gives what nobody has thought of: next year's actions, other teams' tables, the role that may "
            "do everything (`iam:PassRole` on `*`). A function that is taken over can do what its role allows, no "
            "more."
        ),
        sources=(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
            _REFERENCE + "reference_policies_actions-resources-contextkeys.html",
        ),
    ),
    types=HOLDERS_OF_IDENTITY_POLICIES,
    check=check,
    settings=(ANY_RESOURCE,),
)
