"""Which properties of which resources hold IAM policy documents, and which attach managed policies by ARN.

Identity policies say what a principal may do; trust policies say who may take a role on. Resource policies (of buckets,
keys, secrets) belong to the rules about these resources. Nothing is judged here.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown, children
from guardrails.resources import Resource

ROLE: Final = "aws:iam/role:Role"

IDENTITY_POLICIES: Final = {
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
"""Type -> the property that holds its one identity policy. Roles hold several: `inlinePolicies`."""

POLICY_ATTACHMENTS: Final = {
    ROLE: "managedPolicyArns",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
}
"""Type -> the property with the ARN, or the list of ARNs, of the managed policies that it attaches."""

HOLDERS_OF_IDENTITY_POLICIES: Final = frozenset({*IDENTITY_POLICIES, ROLE})
ATTACHING_TYPES: Final = frozenset(POLICY_ATTACHMENTS)


def identity_policies(resource: Resource) -> Iterator[tuple[str, Reading]]:
    """The identity policies of one resource: how the property is named in messages, and what it holds.

    A role's `inlinePolicies` that are no list are `Malformed`, so that whoever reads the document reports them.
    """
    if resource.type in IDENTITY_POLICIES:
        name = IDENTITY_POLICIES[resource.type]
        yield name, resource.read(name)
    elif resource.type == ROLE:
        match resource.read("inlinePolicies"):
            case Missing():
                return
            case Unknown() as unknown:
                yield "inlinePolicies", unknown
            case Known(value=list()) as policies:
                for index, policy in children(policies):
                    yield f"inlinePolicies[{index}].policy", _member(policy, f"inlinePolicies[{index}]", "policy")
            case _:
                yield "inlinePolicies", Malformed(at="inlinePolicies")


def attached_policies(resource: Resource) -> Iterator[tuple[str, Reading]]:
    """The ARNs of managed policies that a resource attaches: how each is named in messages, and what it holds."""
    name = POLICY_ATTACHMENTS.get(resource.type)
    if name is None:
        return
    reading = resource.read(name)
    if isinstance(reading, Known) and isinstance(reading.value, list):
        for index, element in children(reading):
            yield f"{name}[{index}]", element
    else:
        yield name, reading


def _member(node: Node, place: str, name: str) -> Reading:
    if isinstance(node, Unknown):
        return node
    if not isinstance(node.value, dict):
        return Malformed(at=place)
    found = dict(children(node)).get(name, Known(None))
    return Missing() if found == Known(None) else found
