"""What the tables cannot say about networks: route tables of gateway endpoints, and what the sandbox cannot honour."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.registry import RESOURCE_TYPES
from tests.provider.cases.case import World
from tests.provider.cases.ec2 import vpc
from tests.provider.driver import ProviderDriver, RefusedError
from tests.support.sandbox import REGION

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
TOKENS = ("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", GROUP, ENDPOINT)
REQUIRED = {"cidrBlock": "10.6.0.0/16", "vpcId": "vpc-11111111", "serviceName": f"com.amazonaws.{REGION}.s3"}


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name="ec2-test")
    yield world
    world.clean()


@pytest.mark.parametrize(
    ("token", "name"), [(token, name) for token in TOKENS for name in sorted(RESOURCE_TYPES[token].unsupported)]
)
def test_what_the_sandbox_cannot_honour_is_refused_and_never_ignored(
    aws: ProviderDriver, token: str, name: str
) -> None:
    known = RESOURCE_TYPES[token].inputs
    required = {each: value for each, value in REQUIRED.items() if each in known and each != name}
    with pytest.raises(RefusedError, match=f"{name}: the sandbox cannot honour this: "):
        aws.check(token, {**required, name: "something"})


def test_route_tables_of_a_gateway_endpoint_come_and_go(world: World) -> None:
    network = vpc(world)
    ec2 = world.clients.client("ec2")
    tables = [ec2.create_route_table(VpcId=network.id)["RouteTable"]["RouteTableId"] for _ in range(2)]
    inputs = {"vpcId": network.id, "serviceName": f"com.amazonaws.{REGION}.s3", "routeTableIds": tables[:1]}
    endpoint = world.keep(world.aws.deploy(ENDPOINT, inputs))
    assert endpoint.state["vpcEndpointType"] == "Gateway"
    wanted = world.aws.check(ENDPOINT, {**inputs, "routeTableIds": tables[1:]}, old=endpoint.inputs).values
    assert world.aws.update(endpoint, wanted).state["routeTableIds"] == tables[1:]


def test_a_kind_of_endpoint_is_changed_by_replacement(world: World) -> None:
    inputs = {"vpcId": vpc(world).id, "serviceName": f"com.amazonaws.{REGION}.s3"}
    endpoint = world.keep(world.aws.deploy(ENDPOINT, inputs))
    wanted = world.aws.check(ENDPOINT, {**inputs, "vpcEndpointType": "Interface"}, old=endpoint.inputs).values
    assert world.aws.diff(endpoint, wanted).replaces == {"vpcEndpointType"}


def test_a_new_security_group_lets_nothing_out_as_with_the_official_provider(world: World) -> None:
    group = world.keep(world.aws.deploy(GROUP, {"vpcId": vpc(world).id}))
    (live,) = world.clients.client("ec2").describe_security_groups(GroupIds=[group.id])["SecurityGroups"]
    assert (live["IpPermissions"], live["IpPermissionsEgress"]) == ([], [])


def test_the_same_subnet_may_be_judged_again_and_again(aws: ProviderDriver) -> None:
    inputs = {"vpcId": "vpc-11111111", "cidrBlock": "10.6.1.0/24"}
    for name in ("first", "second"):
        aws.check("aws:ec2/subnet:Subnet", inputs, name=name)
