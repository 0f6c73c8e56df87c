"""Endpoint types: a private API answers through its VPC endpoints only, and says so in its resource policy."""

import functools
import json
from typing import Any

import pulumi
import pytest

from components.endpoints import EndpointType, check_endpoints
from components.errors import ArgumentError
from tests.components.rest_api import API, DEPLOYMENT, EXECUTION
from tests.components.samples import authorized_api
from tests.support.mocks import Stack, deploy

POLICY = "aws:apigateway/restApiPolicy:RestApiPolicy"
ENDPOINT = "vpce-0123456789abcdef0"


@functools.cache
def private(*endpoints: str) -> Stack:
    ids = list(endpoints or (ENDPOINT,))
    return deploy(lambda: authorized_api(endpoint_type=EndpointType.PRIVATE, vpc_endpoint_ids=ids))


def test_a_private_api_names_its_endpoints() -> None:
    assert private().one(API).inputs["endpointConfiguration"] == {"types": "PRIVATE", "vpcEndpointIds": [ENDPOINT]}


def test_its_policy_denies_whoever_comes_another_way() -> None:
    policy = private(ENDPOINT, "vpce-2").one(POLICY).inputs
    deny, allow = json.loads(policy["policy"])["Statement"]
    assert policy["restApiId"] == "abc123defg"
    assert (deny["Effect"], allow["Effect"]) == ("Deny", "Allow")
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": [ENDPOINT, "vpce-2"]}}
    assert deny["Resource"] == allow["Resource"] == f"{EXECUTION}/*"
    assert deny["Action"] == allow["Action"] == "execute-api:Invoke"


def test_the_policy_is_there_before_the_deployment_and_part_of_its_digest() -> None:
    one, other = private(), private("vpce-2")
    assert one.one(POLICY).urn in one.one(DEPLOYMENT).depends_on
    assert one.one(DEPLOYMENT).inputs["triggers"] != other.one(DEPLOYMENT).inputs["triggers"]


def test_an_endpoint_that_the_program_makes_flows_through() -> None:
    def program() -> None:
        made = pulumi.Output.from_input(ENDPOINT)
        authorized_api(endpoint_type=EndpointType.PRIVATE, vpc_endpoint_ids=[made])

    stack = deploy(program)
    assert stack.one(API).inputs["endpointConfiguration"]["vpcEndpointIds"] == [ENDPOINT]
    assert ENDPOINT in stack.one(POLICY).inputs["policy"]


def test_every_method_of_a_private_api_still_asks_its_authorizer() -> None:
    assert [each.inputs["authorization"] for each in private().of_type("aws:apigateway/method:Method")] == ["CUSTOM"]


@pytest.mark.parametrize("endpoint_type", [EndpointType.EDGE, EndpointType.REGIONAL, "EDGE"])
def test_other_types_have_no_resource_policy(endpoint_type: Any) -> None:
    stack = deploy(lambda: authorized_api(endpoint_type=endpoint_type))
    assert stack.one(API).inputs["endpointConfiguration"] == {"types": str(endpoint_type)}
    assert not stack.of_type(POLICY)


@pytest.mark.parametrize(
    ("endpoint_type", "endpoints", "says"),
    [
        ("PRIVATE", [], "vpc_endpoint_ids=[]: endpoint_type PRIVATE is reached through interface endpoints"),
        ("PRIVATE", ENDPOINT, "name at least one in a list, or use REGIONAL"),
        ("PRIVATE", ["subnet-1"], "vpc_endpoint_ids: 'subnet-1' is not the id of a VPC endpoint"),
        ("REGIONAL", [ENDPOINT], "endpoint_type REGIONAL is reached from the internet; leave them out"),
        ("EDGE", [ENDPOINT], "endpoint_type EDGE is reached from the internet"),
        ("INTERNAL", [], "endpoint_type: 'INTERNAL'; use one of EDGE, REGIONAL, PRIVATE."),
    ],
)
def test_endpoints_and_type_must_fit(endpoint_type: Any, endpoints: Any, says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        check_endpoints(endpoint_type, endpoints)
    assert says in str(refused.value)
