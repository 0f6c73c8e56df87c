"""EC2: VPCs and subnets (`aws:ec2/vpc:Vpc`, `aws:ec2/subnet:Subnet`).

Networks are kept, and nothing runs in them: the sandbox has one network, this machine's loopback.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import allowed
from sandbox.provider.resources.ec2_common import (
    EC2_MISSING_CODES,
    NO_ADDRESS_MANAGER,
    NO_IPV6,
    ec2_arn,
    tag_specifications,
    update_tags,
)
from sandbox.provider.resources.tagging import as_map
from sandbox.provider.values import Properties

HOSTNAME_TYPES: Final = ("ip-name", "resource-name")
"""EC2 API reference, PrivateDnsNameOptionsOnLaunch, `HostnameType`."""

# Inputs that EC2 changes one by one, by the attribute's name in its Modify operations.
_VPC_ATTRIBUTES: Final = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
_SUBNET_ATTRIBUTES: Final = {
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecordOnLaunch",
}


def _create_vpc(operation: Operation) -> str:
    ec2, inputs = operation.client("ec2"), operation.inputs
    identifier = str(
        ec2.create_vpc(
            CidrBlock=inputs["cidrBlock"],
            InstanceTenancy=inputs["instanceTenancy"],
            **tag_specifications(operation, "vpc"),
        )["Vpc"]["VpcId"]
    )
    operation.created(identifier)
    _set_vpc_attributes(operation, identifier, frozenset(_VPC_ATTRIBUTES))
    return identifier


def _set_vpc_attributes(operation: Operation, identifier: str, names: frozenset[str]) -> None:
    defaults = {"enableDnsSupport": True, "enableDnsHostnames": False}
    for name in sorted(names & _VPC_ATTRIBUTES.keys()):
        wanted = operation.inputs.get(name, defaults[name])
        attribute: dict[str, Any] = {_VPC_ATTRIBUTES[name]: {"Value": wanted}}
        operation.client("ec2").modify_vpc_attribute(VpcId=identifier, **attribute)


def _read_vpc(operation: Operation) -> Properties | None:
    ec2 = operation.client("ec2")
    found: list[dict[str, Any]] = ec2.describe_vpcs(VpcIds=[operation.id])["Vpcs"]
    if not found:
        return None
    (vpc,) = found
    own = [{"Name": "vpc-id", "Values": [operation.id]}]
    tables = ec2.describe_route_tables(Filters=own)["RouteTables"]
    main = next(
        (table["RouteTableId"] for table in tables if any(each.get("Main") for each in table["Associations"])), ""
    )
    acls = ec2.describe_network_acls(Filters=own)["NetworkAcls"]
    groups = ec2.describe_security_groups(Filters=own)["SecurityGroups"]
    return {
        "arn": ec2_arn(operation.clients, "vpc", operation.id),
        "assignGeneratedIpv6CidrBlock": False,
        "cidrBlock": vpc["CidrBlock"],
        "defaultNetworkAclId": next((acl["NetworkAclId"] for acl in acls if acl["IsDefault"]), ""),
        "defaultRouteTableId": main,
        "defaultSecurityGroupId": next((each["GroupId"] for each in groups if each["GroupName"] == "default"), ""),
        "dhcpOptionsId": vpc["DhcpOptionsId"],
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": vpc["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "ipv6CidrBlockNetworkBorderGroup": "",
        "ipv6IpamPoolId": "",
        "ipv6NetmaskLength": 0,
        "mainRouteTableId": main,
        "ownerId": vpc["OwnerId"],
        "tagsAll": as_map(vpc.get("Tags", [])),
        **{
            name: ec2.describe_vpc_attribute(VpcId=operation.id, Attribute=name)[member]["Value"]
            for name, member in _VPC_ATTRIBUTES.items()
        },
    }


def _update_vpc(operation: Operation) -> None:
    _set_vpc_attributes(operation, operation.id, operation.changed)
    update_tags(operation)


def _delete_vpc(operation: Operation) -> None:
    operation.client("ec2").delete_vpc(VpcId=operation.id)


def _check_network(inputs: Properties) -> Iterator[Problem]:
    block = inputs.get("cidrBlock")
    if "cidrBlock" not in inputs:
        yield Problem(path=("cidrBlock",), message="is required, because the sandbox gives out no addresses")
    elif isinstance(block, str):
        try:
            ip_network(block)
        except ValueError as error:
            yield Problem(path=("cidrBlock",), message=f"is no block of addresses ({error})")


def _check_subnet(inputs: Properties) -> Iterator[Problem]:
    yield from _check_network(inputs)
    yield from allowed(inputs, "privateDnsHostnameTypeOnLaunch", HOSTNAME_TYPES)


def _create_subnet(operation: Operation) -> str:
    inputs = operation.inputs
    zone = {
        member: inputs[name]
        for name, member in (("availabilityZone", "AvailabilityZone"), ("availabilityZoneId", "AvailabilityZoneId"))
        if inputs.get(name)
    }
    made = operation.client("ec2").create_subnet(
        VpcId=inputs["vpcId"], CidrBlock=inputs["cidrBlock"], **zone, **tag_specifications(operation, "subnet")
    )
    identifier = str(made["Subnet"]["SubnetId"])
    operation.created(identifier)
    given = frozenset(name for name in (*_SUBNET_ATTRIBUTES, "privateDnsHostnameTypeOnLaunch") if inputs.get(name))
    _set_subnet_attributes(operation, identifier, given)
    return identifier


def _set_subnet_attributes(operation: Operation, identifier: str, names: frozenset[str]) -> None:
    ec2, inputs = operation.client("ec2"), operation.inputs
    for name in sorted(names & _SUBNET_ATTRIBUTES.keys()):
        attribute: dict[str, Any] = {_SUBNET_ATTRIBUTES[name]: {"Value": inputs.get(name, False)}}
        ec2.modify_subnet_attribute(SubnetId=identifier, **attribute)
    if "privateDnsHostnameTypeOnLaunch" in names and inputs.get("privateDnsHostnameTypeOnLaunch"):
        kind = inputs["privateDnsHostnameTypeOnLaunch"]
        ec2.modify_subnet_attribute(SubnetId=identifier, PrivateDnsHostnameTypeOnLaunch=kind)


def _read_subnet(operation: Operation) -> Properties | None:
    found: list[dict[str, Any]] = operation.client("ec2").describe_subnets(SubnetIds=[operation.id])["Subnets"]
    if not found:
        return None
    (subnet,) = found
    names = subnet["PrivateDnsNameOptionsOnLaunch"]
    return {
        "arn": subnet["SubnetArn"],
        "assignIpv6AddressOnCreation": subnet["AssignIpv6AddressOnCreation"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet["AvailabilityZoneId"],
        "cidrBlock": subnet["CidrBlock"],
        "customerOwnedIpv4Pool": "",
        "enableDns64": subnet["EnableDns64"],
        "enableLniAtDeviceIndex": 0,
        "enableResourceNameDnsARecordOnLaunch": names["EnableResourceNameDnsARecord"],
        "enableResourceNameDnsAaaaRecordOnLaunch": names["EnableResourceNameDnsAAAARecord"],
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociationId": "",
        "ipv6Native": subnet["Ipv6Native"],
        "mapCustomerOwnedIpOnLaunch": False,
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "outpostArn": "",
        "ownerId": subnet["OwnerId"],
        "privateDnsHostnameTypeOnLaunch": names["HostnameType"],
        "tagsAll": as_map(subnet.get("Tags", [])),
        "vpcId": subnet["VpcId"],
    }


def _update_subnet(operation: Operation) -> None:
    _set_subnet_attributes(operation, operation.id, operation.changed)
    update_tags(operation)


def _delete_subnet(operation: Operation) -> None:
    operation.client("ec2").delete_subnet(SubnetId=operation.id)


# Inputs that cannot be given here; AWS answers each with its own choice.
_VPC_CHOSEN: Final = ("assignGeneratedIpv6CidrBlock", "enableNetworkAddressUsageMetrics", "ipv6NetmaskLength")
_SUBNET_CHOSEN: Final = (
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "enableLniAtDeviceIndex",
    "ipv6Native",
    "mapCustomerOwnedIpOnLaunch",
)
_NO_OUTPOSTS: Final = "the emulator has no Outposts"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:ec2/vpc:Vpc",  # noqa: S106 - a type token
        create=_create_vpc,
        read=_read_vpc,
        update=_update_vpc,
        delete=_delete_vpc,
        check=_check_network,
        replaces=frozenset({"cidrBlock", "instanceTenancy"}),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        computed=frozenset({"enableDnsHostnames", *_VPC_CHOSEN}),
        missing_codes=EC2_MISSING_CODES,
        unsupported={
            "enableNetworkAddressUsageMetrics": "the emulator does not keep it",
            **dict.fromkeys(("ipv4IpamPoolId", "ipv4NetmaskLength"), NO_ADDRESS_MANAGER),
            **dict.fromkeys(
                (
                    "assignGeneratedIpv6CidrBlock",
                    "ipv6CidrBlock",
                    "ipv6CidrBlockNetworkBorderGroup",
                    "ipv6IpamPoolId",
                    "ipv6NetmaskLength",
                ),
                NO_IPV6,
            ),
        },
        cloudformation=CloudFormationShape(type_name="AWS::EC2::VPC"),
        api=ApiShape(service="ec2", operation="CreateVpc", members={"cidrBlock": "CidrBlock"}),
    ),
    ResourceType(
        token="aws:ec2/subnet:Subnet",  # noqa: S106 - a type token
        create=_create_subnet,
        read=_read_subnet,
        update=_update_subnet,
        delete=_delete_subnet,
        check=_check_subnet,
        replaces=frozenset({"availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"}),
        defaults={"mapPublicIpOnLaunch": False},
        computed=frozenset(
            {
                "availabilityZone",
                "availabilityZoneId",
                "enableResourceNameDnsARecordOnLaunch",
                "enableResourceNameDnsAaaaRecordOnLaunch",
                "privateDnsHostnameTypeOnLaunch",
                *_SUBNET_CHOSEN,
            }
        ),
        missing_codes=EC2_MISSING_CODES,
        unsupported={
            **dict.fromkeys(("ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId"), NO_ADDRESS_MANAGER),
            **dict.fromkeys(
                ("assignIpv6AddressOnCreation", "enableDns64", "ipv6CidrBlock", "ipv6Native", "ipv6NetmaskLength"),
                NO_IPV6,
            ),
            **dict.fromkeys(
                ("customerOwnedIpv4Pool", "enableLniAtDeviceIndex", "mapCustomerOwnedIpOnLaunch", "outpostArn"),
                _NO_OUTPOSTS,
            ),
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::EC2::Subnet",
            renames={
                "enableResourceNameDnsARecordOnLaunch": "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
                "enableResourceNameDnsAaaaRecordOnLaunch": (
                    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
                ),
                "privateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            },
        ),
    ),
)
