"""Programs that never heard of our components: resources of pulumi-aws by hand, an OpenAPI body, an HTTP API."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from guardrails import authorization
from guardrails.rules import Violation
from tests.policy.fixtures.authorization.bodies import URI, http_document, rest_document
from tests.policy.registered import findings, judged_stack
from tests.support.mocks import deploy


def problems(program: Callable[[], object]) -> list[str]:
    """The violations in the preview of a new stack, as messages name them."""
    stack = judged_stack(deploy(program, preview=True))
    found = findings(authorization.RULES, stack)
    return [f"{one.resource.label}: {one.problem}" for one in found if isinstance(one, Violation)]


def rest_api_by_hand(
    *, authorization_of_get: str = "CUSTOM", ordered: bool = True, ttl: int | None = None, domain: bool = False
) -> None:
    """A REST API with one route, written as in the provider's own examples."""
    api = aws.apigateway.RestApi("shop", name="shop", disable_execute_api_endpoint=domain or None)
    orders = aws.apigateway.Resource("orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders")
    guard = aws.apigateway.Authorizer(
        "guard",
        rest_api=api.id,
        type="REQUEST",
        authorizer_uri=URI,
        identity_source="method.request.header.Authorization",
        authorizer_result_ttl_in_seconds=ttl,
    )
    get = aws.apigateway.Method(
        "get",
        rest_api=api.id,
        resource_id=orders.id,
        http_method="GET",
        authorization=authorization_of_get,
        authorizer_id=guard.id if authorization_of_get == "CUSTOM" else None,
    )
    backend = aws.apigateway.Integration(
        "backend",
        rest_api=api.id,
        resource_id=orders.id,
        http_method=get.http_method,
        type="AWS_PROXY",
        integration_http_method="POST",
        uri=URI,
    )
    deployment = aws.apigateway.Deployment(
        "deployment",
        rest_api=api.id,
        triggers={"definition": pulumi.Output.all(get.id, backend.id).apply(json.dumps)} if ordered else None,
        opts=pulumi.ResourceOptions(depends_on=[backend, guard] if ordered else []),
    )
    aws.apigateway.Stage("prod", rest_api=api.id, deployment=deployment.id, stage_name="prod")
    aws.lambda_.Permission(
        "invoke",
        action="lambda:InvokeFunction",
        function="orders",
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/GET/orders"),
    )
    if domain:
        name = aws.apigateway.DomainName(
            "domain",
            domain_name="shop.example.com",
            mutual_tls_authentication={"truststore_uri": "s3://shop/truststore.pem", "truststore_version": "1"},
        )
        aws.apigateway.BasePathMapping("mapping", rest_api=api.id, domain_name=name.domain_name, stage_name="prod")


def test_a_rest_api_by_hand_passes_when_it_is_guarded() -> None:
    assert problems(rest_api_by_hand) == []


def test_an_open_method_by_hand_is_found() -> None:
    assert problems(lambda: rest_api_by_hand(authorization_of_get="NONE")) == [
        "Method 'get': authorization is NONE, so anyone may call it."
    ]


def test_a_deployment_that_nothing_orders_is_found() -> None:
    found = problems(lambda: rest_api_by_hand(ordered=False))
    assert len(found) == 2
    assert "triggers is missing" in found[0]
    assert "nothing makes the engine create" in found[1]


def test_a_decision_that_is_kept_behind_a_domain_with_mutual_tls_is_found() -> None:
    assert problems(lambda: rest_api_by_hand(domain=True, ttl=0)) == []
    (found,) = problems(lambda: rest_api_by_hand(domain=True, ttl=60))
    assert found.startswith("Authorizer 'guard': it keeps decisions, and its API is behind a domain with mutual TLS")


def rest_api_of(document: dict[str, Any]) -> None:
    aws.apigateway.RestApi("shop", name="shop", body=json.dumps(document), fail_on_warnings=True)


def test_an_openapi_body_is_judged_inside() -> None:
    assert problems(lambda: rest_api_of(rest_document())) == []
    document = rest_document()
    document["paths"]["/orders"] = {"x-amazon-apigateway-any-method": {"security": []}}
    (found,) = problems(lambda: rest_api_of(document))
    assert found.startswith("RestApi 'shop': in its body, ANY of path '/orders' has an empty security")


def http_api(*, kind: str = "CUSTOM", target: str | None = None) -> None:
    """An HTTP API with one route and a stage that deploys by itself."""
    api = aws.apigatewayv2.Api("shop", name="shop", protocol_type="HTTP", target=target)
    guard = aws.apigatewayv2.Authorizer(
        "guard",
        api_id=api.id,
        name="guard",
        authorizer_type="REQUEST" if kind == "CUSTOM" else "JWT",
        authorizer_uri=URI,
        authorizer_payload_format_version="2.0",
        enable_simple_responses=True,
        identity_sources=["$request.header.Authorization"],
        authorizer_result_ttl_in_seconds=0,
        jwt_configuration=None if kind == "CUSTOM" else {"issuer": "https://issuer.example.com", "audiences": ["shop"]},
    )
    aws.apigatewayv2.Route(
        "get", api_id=api.id, route_key="GET /orders", authorization_type=kind, authorizer_id=guard.id
    )
    aws.apigatewayv2.Stage("prod", api_id=api.id, name="prod", auto_deploy=True)


def test_an_http_api_is_judged_by_its_routes_and_by_what_is_made_by_itself() -> None:
    assert problems(http_api) == []
    assert problems(lambda: http_api(kind="JWT")) == [
        "Route 'get': authorizationType is JWT; only CUSTOM asks a Lambda authorizer."
    ]
    (found,) = problems(lambda: http_api(target="arn:aws:lambda:ap-southeast-3:111122223333:function:orders"))
    assert found.startswith("Api 'shop': target makes API Gateway create a route by itself")


def test_the_body_of_an_http_api_is_judged_inside() -> None:
    def program(document: dict[str, Any]) -> None:
        aws.apigatewayv2.Api(
            "shop", name="shop", protocol_type="HTTP", body=json.dumps(document), fail_on_warnings=True
        )

    document = http_document()
    guard = document["components"]["securitySchemes"]["guard"]["x-amazon-apigateway-authorizer"]
    guard |= {"authorizerPayloadFormatVersion": "2.0", "identitySource": "$request.header.Authorization"}
    assert problems(lambda: program(document)) == []
    del document["paths"]["/hello"]["get"]["security"]
    (found,) = problems(lambda: program(document))
    assert found.startswith("Api 'shop': in its body, GET of path '/hello' has no security of its own")


@pytest.mark.parametrize("source_arn", [None, "arn:aws:execute-api:*:111122223333:*/*/*/*"])
def test_a_permission_for_every_api_is_found(source_arn: str | None) -> None:
    def program() -> None:
        aws.lambda_.Permission(
            "invoke",
            action="lambda:InvokeFunction",
            function="orders",
            principal="apigateway.amazonaws.com",
            source_arn=source_arn,
        )

    (found,) = problems(program)
    assert found.startswith("Permission 'invoke': sourceArn is ")
