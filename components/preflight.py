"""The CORS preflight of one path: OPTIONS, answered by API Gateway itself with a MOCK integration.

The one method without an authorizer, because a preflight carries no credential that could be checked (Fetch standard,
"CORS-preflight fetch"). It deliberately reaches no function.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.rest_definition import RestDefinition
from components.routes import PREFLIGHT_METHOD

PREFLIGHT_STATUS = "204"
JSON_CONTENT_TYPE = "application/json"


def add_preflight(
    name: str,
    definition: RestDefinition,
    *,
    parent: pulumi.Resource,
    rest_api: pulumi.Input[str],
    resource_id: pulumi.Input[str],
    headers: Mapping[str, str],
) -> None:
    """Adds the method, its integration and the answer with these headers. Logical names start with `name`."""
    method_args = aws.apigateway.MethodArgs(
        rest_api=rest_api, resource_id=resource_id, http_method=PREFLIGHT_METHOD, authorization="NONE"
    )
    child = pulumi.ResourceOptions(parent=parent)
    method = definition.add(aws.apigateway.Method(name, method_args, child), method_args)
    integration_args = aws.apigateway.IntegrationArgs(
        rest_api=rest_api,
        resource_id=resource_id,
        http_method=method.http_method,
        type="MOCK",
        request_templates={JSON_CONTENT_TYPE: f'{{"statusCode": {PREFLIGHT_STATUS}}}'},
    )
    integration = definition.add(
        aws.apigateway.Integration(f"{name}-integration", integration_args, child), integration_args
    )
    response_args = aws.apigateway.MethodResponseArgs(
        rest_api=rest_api,
        resource_id=resource_id,
        http_method=method.http_method,
        status_code=PREFLIGHT_STATUS,
        response_parameters={f"method.response.header.{header}": True for header in headers},
    )
    response = definition.add(aws.apigateway.MethodResponse(f"{name}-response", response_args, child), response_args)
    answer_args = aws.apigateway.IntegrationResponseArgs(
        rest_api=rest_api,
        resource_id=resource_id,
        http_method=method.http_method,
        status_code=response.status_code,
        response_parameters={f"method.response.header.{header}": f"'{value}'" for header, value in headers.items()},
    )
    # API Gateway has no place for the answer before there is an integration.
    after_integration = pulumi.ResourceOptions(parent=parent, depends_on=[integration])
    answer = aws.apigateway.IntegrationResponse(f"{name}-answer", answer_args, after_integration)
    definition.add(answer, answer_args)
