"""The same REST API of any number of routes for each who judges it: a Pulumi program, the engine's messages, a plan.

Every path has five methods; each route is a method and its integration, so 500 routes are 1,100 resources. The API
complies with every mandatory rule, so that a preview runs to its end; what is compared is how long it is judged.
"""

from collections.abc import Iterator
from typing import Any

from tests.policy.judging import UNKNOWN, Declared

VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH")

_PROGRAM = """
import pulumi
import pulumi_aws as aws

invoke_arn = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-west-1:111122223333:function:lambda-authorizer/invocations"
)
api = aws.apigateway.RestApi("api", name="many-routes")
authorizer = aws.apigateway.Authorizer(
    "authorizer", rest_api=api.id, type="TOKEN", authorizer_uri=invoke_arn, authorizer_result_ttl_in_seconds=0,
    identity_source="method.request.header.Authorization",
)
validator = aws.apigateway.RequestValidator("validator", rest_api=api.id, validate_request_body=True)
for number in range({paths}):
    path = aws.apigateway.Resource(
        f"path-{{number}}", rest_api=api.id, parent_id=api.root_resource_id, path_part=f"path-{{number}}"
    )
    for verb in {verbs}:
        method = aws.apigateway.Method(
            f"{{verb}}-{{number}}", rest_api=api.id, resource_id=path.id, http_method=verb,
            authorization="CUSTOM", authorizer_id=authorizer.id, request_validator_id=validator.id,
            request_models={{"application/json": "Empty"}},
        )
        aws.apigateway.Integration(
            f"{{verb}}-{{number}}", rest_api=api.id, resource_id=path.id, http_method=method.http_method,
            type="AWS_PROXY", integration_http_method="POST", uri=invoke_arn, timeout_milliseconds=10000,
        )
"""


def program(routes: int) -> str:
    """The source of a Pulumi program with that many routes, a multiple of five."""
    return _PROGRAM.format(paths=routes // len(VERBS), verbs=VERBS)


def declared(routes: int) -> list[Declared]:
    """The resources in the preview of a new stack, as the engine shows them to a policy pack."""
    return [_new(one) for one in _resources(routes)]


def plan(routes: int) -> dict[str, Any]:
    """The plan of a Terraform configuration with the same resources (`terraform show -json`, format 1.2)."""
    resources = [_planned(one) for one in _resources(routes)]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": [
            {name: one[name] for name in ("address", "mode", "type", "name", "provider_name")}
            | {
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": one["values"],
                    "after_unknown": {"id": True},
                    "before_sensitive": False,
                    "after_sensitive": {},
                }
            }
            for one in resources
        ],
        "configuration": {"root_module": {"resources": []}},
    }


def _resources(routes: int) -> Iterator[Declared]:
    of_api = {"restApi": ["api"]}
    uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/authorizer/invocations"
    yield Declared(type="aws:apigateway/restApi:RestApi", name="api", properties={"name": "many-routes"})
    yield Declared(
        type="aws:apigateway/authorizer:Authorizer",
        name="authorizer",
        properties={"restApi": "", "type": "TOKEN", "authorizerUri": uri, "authorizerResultTtlInSeconds": 0},
        sources=of_api,
    )
    for number in range(routes // len(VERBS)):
        path = f"path-{number}"
        yield Declared(
            type="aws:apigateway/resource:Resource",
            name=path,
            properties={"restApi": "", "parentId": "", "pathPart": path},
            sources={**of_api, "parentId": ["api"]},
        )
        for verb in VERBS:
            of_path = {**of_api, "resourceId": [path]}
            yield Declared(
                type="aws:apigateway/method:Method",
                name=f"{verb}-{number}",
                properties={
                    "restApi": "",
                    "resourceId": "",
                    "httpMethod": verb,
                    "authorization": "CUSTOM",
                    "authorizerId": "",
                },
                sources={**of_path, "authorizerId": ["authorizer"]},
            )
            yield Declared(
                type="aws:apigateway/integration:Integration",
                name=f"{verb}-{number}-integration",
                properties={
                    "restApi": "",
                    "resourceId": "",
                    "httpMethod": verb,
                    "type": "AWS_PROXY",
                    "integrationHttpMethod": "POST",
                    "uri": uri,
                    "timeoutMilliseconds": 10000,
                },
                sources={**of_path, "httpMethod": [f"{verb}-{number}"]},
            )


def _new(one: Declared) -> Declared:
    unknown = {name: UNKNOWN for name in one.sources if name != "httpMethod"}
    return Declared(
        type=one.type, name=one.name, properties={**one.properties, **unknown, "id": UNKNOWN}, sources=one.sources
    )


_TERRAFORM_TYPES = {
    "aws:apigateway/restApi:RestApi": "aws_api_gateway_rest_api",
    "aws:apigateway/authorizer:Authorizer": "aws_api_gateway_authorizer",
    "aws:apigateway/resource:Resource": "aws_api_gateway_resource",
    "aws:apigateway/method:Method": "aws_api_gateway_method",
    "aws:apigateway/integration:Integration": "aws_api_gateway_integration",
}
_TERRAFORM_NAMES = {
    "name": "name",
    "type": "type",
    "authorizerUri": "authorizer_uri",
    "authorizerResultTtlInSeconds": "authorizer_result_ttl_in_seconds",
    "pathPart": "path_part",
    "httpMethod": "http_method",
    "authorization": "authorization",
    "integrationHttpMethod": "integration_http_method",
    "uri": "uri",
    "timeoutMilliseconds": "timeout_milliseconds",
}
"""Other properties are ids, which a plan of new resources leaves out."""


def _planned(one: Declared) -> dict[str, Any]:
    kind = _TERRAFORM_TYPES[one.type]
    return {
        "address": f"{kind}.{one.name}",
        "mode": "managed",
        "type": kind,
        "name": one.name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "schema_version": 0,
        "values": {_TERRAFORM_NAMES[name]: value for name, value in one.properties.items() if name in _TERRAFORM_NAMES},
    }
