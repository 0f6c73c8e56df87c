"""EC2: security groups and VPC endpoints (`aws:ec2/securityGroup:SecurityGroup`, `aws:ec2/vpcEndpoint:VpcEndpoint`).

Both are kept, and nothing passes through them. Deliberately without rules: the sandbox has no network that they could
let anything through, and a rule that does nothing would look like protection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.ec2_common import EC2_MISSING_CODES, ec2_arn, tag_specifications, update_tags
from sandbox.provider.resources.tagging import as_map
from sandbox.provider.values import Properties, list_of

GATEWAY: Final = "Gateway"
INTERFACE: Final = "Interface"
KINDS: Final = (GATEWAY, INTERFACE)


def _create_group(operation: Operation) -> str:
    ec2, inputs = operation.client("ec2"), operation.inputs
    where = {"VpcId": inputs["vpcId"]} if inputs.get("vpcId") else {}
    identifier = str(
        ec2.create_security_group(
            GroupName=inputs["name"],
            Description=inputs["description"],
            **where,
            **tag_specifications(operation, "security-group"),
        )["GroupId"]
    )
    operation.created(identifier)
    # EC2 lets everything out of a new group; the official provider takes that back.
    everything = _group(ec2, identifier)["IpPermissionsEgress"]
    if everything:
        ec2.revoke_security_group_egress(GroupId=identifier, IpPermissions=everything)
    return identifier


def _group(ec2: Any, identifier: str) -> dict[str, Any]:
    (group,) = ec2.describe_security_groups(GroupIds=[identifier])["SecurityGroups"]
    found: dict[str, Any] = group
    return found


def _read_group(operation: Operation) -> Properties | None:
    group = _group(operation.client("ec2"), operation.id)
    return {
        "arn": ec2_arn(operation.clients, "security-group", operation.id),
        "description": group["Description"],
        "egress": [],
        "ingress": [],
        "name": group["GroupName"],
        "ownerId": group["OwnerId"],
        "tagsAll": as_map(group.get("Tags", [])),
        "vpcId": group["VpcId"],
    }


def _update_group(operation: Operation) -> None:
    update_tags(operation)


def _delete_group(operation: Operation) -> None:
    operation.client("ec2").delete_security_group(GroupId=operation.id)


def _check_group(inputs: Properties) -> Iterator[Problem]:
    name = inputs.get("name")
    if isinstance(name, str) and name.startswith("sg-"):  # API reference, CreateSecurityGroup, GroupName
        yield Problem(path=("name",), message=f"{name!r} must not start with sg-, as the ids of security groups do")


def _create_endpoint(operation: Operation) -> str:
    inputs = operation.inputs
    lists = {
        member: inputs[name] for name, member in (("subnetIds", "SubnetIds"), ("routeTableIds", "RouteTableIds"))
        if inputs.get(name)
    }  # fmt: skip
    made = operation.client("ec2").create_vpc_endpoint(
        VpcId=inputs["vpcId"],
        ServiceName=inputs["serviceName"],
        VpcEndpointType=inputs["vpcEndpointType"],
        **lists,
        **tag_specifications(operation, "vpc-endpoint"),
    )
    identifier = str(made["VpcEndpoint"]["VpcEndpointId"])
    operation.created(identifier)
    return identifier


def _read_endpoint(operation: Operation) -> Properties | None:
    found: list[dict[str, Any]] = operation.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[operation.id])[
        "VpcEndpoints"
    ]
    if not found:
        return None
    (endpoint,) = found
    return {
        "arn": ec2_arn(operation.clients, "vpc-endpoint", operation.id),
        "cidrBlocks": [],
        "dnsEntries": [],
        "ipAddressType": "",
        "networkInterfaceIds": [],
        "ownerId": endpoint["OwnerId"],
        "policy": "",
        "prefixListId": "",
        "privateDnsEnabled": False,
        "requesterManaged": False,
        "routeTableIds": sorted(endpoint.get("RouteTableIds", [])),
        "securityGroupIds": [],
        "serviceName": endpoint["ServiceName"],
        "serviceRegion": operation.clients.region,
        "state": endpoint["State"],
        "subnetIds": sorted(endpoint.get("SubnetIds", [])),
        "tagsAll": as_map(endpoint.get("Tags", [])),
        "vpcEndpointType": endpoint["VpcEndpointType"],
        "vpcId": endpoint["VpcId"],
    }


def _update_endpoint(operation: Operation) -> None:
    request: dict[str, Any] = {}
    for name, member in (("subnetIds", "SubnetIds"), ("routeTableIds", "RouteTableIds")):
        if name in operation.changed:
            before, after = _texts(operation.state.get(name)), _texts(operation.inputs.get(name))
            request[f"Add{member}"] = sorted(after - before)
            request[f"Remove{member}"] = sorted(before - after)
    request = {name: value for name, value in request.items() if value}
    if request:
        operation.client("ec2").modify_vpc_endpoint(VpcEndpointId=operation.id, **request)
    update_tags(operation)


def _texts(values: Any) -> set[str]:
    return {str(each) for each in list_of(values)}


def _delete_endpoint(operation: Operation) -> None:
    operation.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[operation.id])


def _check_endpoint(inputs: Properties) -> Iterator[Problem]:
    kind = inputs.get("vpcEndpointType")
    if isinstance(kind, str) and kind not in KINDS:
        yield Problem(
            path=("vpcEndpointType",), message=f"{kind!r} is not one of {', '.join(KINDS)}, which there are here"
        )
    if "serviceName" not in inputs:
        yield Problem(path=("serviceName",), message="is required for an endpoint of a service")
    for name, needs in (("subnetIds", INTERFACE), ("routeTableIds", GATEWAY)):
        if inputs.get(name) and isinstance(kind, str) and kind != needs:
            yield Problem(path=(name,), message=f"is only allowed for the type {needs}")


def _reasons(names: Sequence[str], reason: str) -> dict[str, str]:
    return dict.fromkeys(names, reason)


_NO_RULES: Final = "nothing passes through a network here, so a rule would do nothing; try rules on AWS"
_NOT_KEPT: Final = "the emulator does not keep it"
_NO_LATTICE: Final = "the emulator has no VPC Lattice"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:ec2/securityGroup:SecurityGroup",  # noqa: S106 - a type token
        create=_create_group,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        check=_check_group,
        replaces=frozenset({"description", "name", "namePrefix", "vpcId"}),
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        computed=frozenset({"name", "namePrefix", "vpcId"}),
        auto_name=AutoName(maximum_length=255),
        write_only=frozenset({"revokeRulesOnDelete"}),
        missing_codes=EC2_MISSING_CODES,
        unsupported=_reasons(("egress", "ingress"), _NO_RULES),
        cloudformation=CloudFormationShape(
            type_name="AWS::EC2::SecurityGroup",
            renames={"name": "GroupName", "description": "GroupDescription"},
            omits=frozenset({"namePrefix", "revokeRulesOnDelete"}),
        ),
    ),
    ResourceType(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",  # noqa: S106 - a type token
        create=_create_endpoint,
        read=_read_endpoint,
        update=_update_endpoint,
        delete=_delete_endpoint,
        check=_check_endpoint,
        replaces=frozenset({"serviceName", "vpcEndpointType", "vpcId"}),
        defaults={"vpcEndpointType": GATEWAY},
        computed=frozenset({"privateDnsEnabled", "routeTableIds", "serviceRegion", "subnetIds"}),
        unordered=frozenset({"routeTableIds", "subnetIds"}),
        missing_codes=EC2_MISSING_CODES,
        unsupported={
            **_reasons(
                (
                    "autoAccept",
                    "dnsOptions",
                    "ipAddressType",
                    "policy",
                    "privateDnsEnabled",
                    "securityGroupIds",
                    "serviceRegion",
                    "subnetConfigurations",
                ),
                _NOT_KEPT,
            ),
            **_reasons(("resourceConfigurationArn", "serviceNetworkArn"), _NO_LATTICE),
        },
        cloudformation=CloudFormationShape(type_name="AWS::EC2::VPCEndpoint"),
        api=ApiShape(service="ec2", operation="CreateVpcEndpoint", members={"vpcEndpointType": "VpcEndpointType"}),
    ),
)
