"""Networks: VPCs, subnets, security groups, VPC endpoints."""

from typing import Any

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known
from tests.support.sandbox import REGION

SERVICE = f"com.amazonaws.{REGION}.execute-api"
_REFUSED = "refused: see test_ec2.py"


def vpc(world: World, name: str = "vpc") -> Known:
    return world.need("aws:ec2/vpc:Vpc", {"cidrBlock": "10.7.0.0/16"}, name=name)


def subnet(world: World, number: int = 1) -> Known:
    inputs = {"vpcId": vpc(world).id, "cidrBlock": f"10.7.{number}.0/24"}
    return world.need("aws:ec2/subnet:Subnet", inputs, name=f"subnet-{number}")


def _ec2(world: World) -> Any:
    return world.clients.client("ec2")


def _drift_vpc(world: World, known: Known) -> str:
    _ec2(world).modify_vpc_attribute(VpcId=known.id, EnableDnsSupport={"Value": False})
    return "enableDnsSupport"


def _drift_subnet(world: World, known: Known) -> str:
    _ec2(world).modify_subnet_attribute(SubnetId=known.id, MapPublicIpOnLaunch={"Value": True})
    return "mapPublicIpOnLaunch"


def _drift_group(world: World, known: Known) -> str:
    _ec2(world).create_tags(Resources=[known.id], Tags=[{"Key": "Team", "Value": "nobody"}])
    return "tags"


def _drift_endpoint(world: World, known: Known) -> str:
    _ec2(world).modify_vpc_endpoint(VpcEndpointId=known.id, RemoveSubnetIds=[subnet(world).id])
    return "subnetIds"


CASES = (
    Case(
        token="aws:ec2/vpc:Vpc",
        base=lambda world: {"cidrBlock": "10.8.0.0/16"},
        changes={"enableDnsHostnames": True, "enableDnsSupport": False, "tags": {"Team": "platform"}},
        replaces={"cidrBlock": "10.9.0.0/16", "instanceTenancy": "dedicated", "region": "eu-west-1"},
        untested=dict.fromkeys(
            (
                "assignGeneratedIpv6CidrBlock",
                "enableNetworkAddressUsageMetrics",
                "ipv4IpamPoolId",
                "ipv4NetmaskLength",
                "ipv6CidrBlock",
                "ipv6CidrBlockNetworkBorderGroup",
                "ipv6IpamPoolId",
                "ipv6NetmaskLength",
            ),
            _REFUSED,
        ),
        absent=frozenset({"ipv4IpamPoolId", "ipv4NetmaskLength"}),
        drift=_drift_vpc,
        remove=lambda world, known: _ec2(world).delete_vpc(VpcId=known.id),
        refused=(
            Refusal(change={"cidrBlock": "10.8.0.1/16"}, message="cidrBlock: is no block of addresses"),
            Refusal(change={"instanceTenancy": "mine"}, message="instanceTenancy: 'mine' is not one of"),
            Refusal(
                change={"ipv6CidrBlock": "fd00::/56"},
                message="ipv6CidrBlock: the sandbox cannot honour this: the emulator has no IPv6",
            ),
        ),
    ),
    Case(
        token="aws:ec2/subnet:Subnet",
        base=lambda world: {"vpcId": vpc(world).id, "cidrBlock": "10.7.9.0/24"},
        changes={
            "enableResourceNameDnsARecordOnLaunch": True,
            "enableResourceNameDnsAaaaRecordOnLaunch": True,
            "mapPublicIpOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
            "tags": {"Team": "platform"},
        },
        replaces={
            "availabilityZone": f"{REGION}b",
            "availabilityZoneId": "apse3-az2",
            "cidrBlock": "10.7.10.0/24",
            "region": "eu-west-1",
            "vpcId": lambda world: vpc(world, "other").id,
        },
        untested=dict.fromkeys(
            (
                "assignIpv6AddressOnCreation",
                "customerOwnedIpv4Pool",
                "enableDns64",
                "enableLniAtDeviceIndex",
                "ipv4IpamPoolId",
                "ipv4NetmaskLength",
                "ipv6CidrBlock",
                "ipv6IpamPoolId",
                "ipv6Native",
                "ipv6NetmaskLength",
                "mapCustomerOwnedIpOnLaunch",
                "outpostArn",
            ),
            _REFUSED,
        ),
        absent=frozenset({"ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength"}),
        drift=_drift_subnet,
        remove=lambda world, known: _ec2(world).delete_subnet(SubnetId=known.id),
        refused=(
            Refusal(change={"vpcId": None}, message="vpcId: is required and has no value"),
            Refusal(
                change={"privateDnsHostnameTypeOnLaunch": "mine"},
                message="privateDnsHostnameTypeOnLaunch: 'mine' is not one of",
            ),
            Refusal(
                change={"outpostArn": "arn:aws:outposts:x"},
                message="outpostArn: the sandbox cannot honour this: the emulator has no Outposts",
            ),
        ),
    ),
    Case(
        token="aws:ec2/securityGroup:SecurityGroup",
        base=lambda world: {"name": world.name, "vpcId": vpc(world).id, "tags": {"Team": "platform"}},
        changes={"revokeRulesOnDelete": True, "tags": {"Team": "search"}},
        replaces={
            "description": "Lets nothing in",
            "name": "another",
            "region": "eu-west-1",
            "vpcId": lambda world: vpc(world, "other").id,
        },
        untested={
            "egress": _REFUSED,
            "ingress": _REFUSED,
            "namePrefix": "excludes name; see test_naming.py",
        },
        drift=_drift_group,
        remove=lambda world, known: _ec2(world).delete_security_group(GroupId=known.id),
        not_imported=frozenset({"vpcId"}),
        refused=(
            Refusal(change={"name": "sg-mine"}, message="name: 'sg-mine'"),
            Refusal(change={"description": 7}, message="description: must be a string, not an integer"),
        ),
    ),
    Case(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        base=lambda world: {
            "vpcId": vpc(world).id,
            "serviceName": SERVICE,
            "vpcEndpointType": "Interface",
            "subnetIds": [subnet(world).id],
        },
        changes={
            "subnetIds": lambda world: [subnet(world).id, subnet(world, 2).id],
            "tags": {"Team": "platform"},
        },
        replaces={
            "region": "eu-west-1",
            "serviceName": f"com.amazonaws.{REGION}.secretsmanager",
            "vpcId": lambda world: vpc(world, "other").id,
        },
        untested={
            "routeTableIds": "for gateway endpoints; see test_ec2.py",
            "vpcEndpointType": "an interface endpoint has subnets, a gateway endpoint route tables; see test_ec2.py",
            **dict.fromkeys(
                (
                    "autoAccept",
                    "dnsOptions",
                    "ipAddressType",
                    "policy",
                    "privateDnsEnabled",
                    "resourceConfigurationArn",
                    "securityGroupIds",
                    "serviceNetworkArn",
                    "serviceRegion",
                    "subnetConfigurations",
                ),
                _REFUSED,
            ),
        },
        absent=frozenset(
            {"autoAccept", "dnsOptions", "resourceConfigurationArn", "serviceNetworkArn", "subnetConfigurations"}
        ),
        drift=_drift_endpoint,
        remove=lambda world, known: _ec2(world).delete_vpc_endpoints(VpcEndpointIds=[known.id]),
        not_imported=frozenset({"subnetIds"}),
        refused=(
            Refusal(change={"serviceName": None}, message="serviceName: is required for an endpoint of a service"),
            Refusal(change={"vpcEndpointType": "Tunnel"}, message="vpcEndpointType: 'Tunnel' is not one of"),
            Refusal(change={"routeTableIds": ["rtb-1"]}, message="routeTableIds: is only allowed for the type Gateway"),
            Refusal(change={"vpcEndpointType": "Gateway"}, message="subnetIds: is only allowed for the type Interface"),
            Refusal(
                change={"privateDnsEnabled": True},
                message="privateDnsEnabled: the sandbox cannot honour this: the emulator does not keep it",
            ),
        ),
    ),
)
