"""What EC2's resources have in common: tags by id, ARNs, and how EC2 says that something is not there."""

from __future__ import annotations

from typing import Any, Final

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.resource_type import MISSING_CODES, Operation
from sandbox.provider.resources.tagging import as_list, tag_changes

EC2_MISSING_CODES: Final = MISSING_CODES | {
    "InvalidGroup.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcID.NotFound",
}

NO_IPV6: Final = "the emulator has no IPv6"
NO_ADDRESS_MANAGER: Final = "the emulator has no IP address manager"


def tag_specifications(operation: Operation, kind: str) -> dict[str, Any]:
    """The tags of a new resource as EC2's Create operations take them; `kind` is EC2's word for it (`vpc`)."""
    if not operation.tags:
        return {}
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": as_list(operation.tags)}]}


def update_tags(operation: Operation) -> None:
    """Sets and removes the tags that differ from the last known ones."""
    ec2, changes = operation.client("ec2"), tag_changes(operation)
    if changes.removed:
        ec2.delete_tags(Resources=[operation.id], Tags=[{"Key": key} for key in changes.removed])
    if changes.added:
        ec2.create_tags(Resources=[operation.id], Tags=as_list(changes.added))


def ec2_arn(clients: AwsClients, kind: str, identifier: str) -> str:
    """The ARN of something of this account: `arn:aws:ec2:<region>:<account>:vpc/vpc-1`."""
    return f"arn:{clients.partition}:ec2:{clients.region}:{clients.account_id}:{kind}/{identifier}"
