"""Every operation that the OpenAPI body of an HTTP API declares asks a custom authorizer."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.accepted import ACCEPTED_ROUTES
from guardrails.authorization.openapi.judging import Dialect, judge
from guardrails.authorization.openapi.schemes import HTTP_AUTHORIZERS
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity
from guardrails.settings import Settings

HTTP_BODY_HOLDERS: Final = frozenset({"aws:apigatewayv2/api:Api"})

HTTP_DIALECT: Final = Dialect(versions={"openapi": ("3.0", "3.1")}, authorizers=HTTP_AUTHORIZERS, mock=False)


def check(api: Resource, settings: Settings) -> Iterator[Finding]:
    """Judge the body, if there is one."""
    yield from judge(api, HTTP_DIALECT, {"CUSTOM"} | settings.texts(ACCEPTED_ROUTES.name))


HTTP_BODY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-api-body-custom-authorization",
        severity=Severity.CRITICAL,
        description="Every operation in the OpenAPI body of an HTTP API asks a custom authorizer.",
        remediation=(
            "Give every operation a security of its own whose every alternative names one scheme of type apiKey with "
            "an x-amazon-apigateway-authorizer of type request. Let x-amazon-apigateway-cors answer preflights."
        ),
        judged=(
            "`aws:apigatewayv2/api:Api`, by its inputs. A `body` (OpenAPI 3, JSON or YAML) is judged like that of a "
            "REST API, see [apigateway-rest-api-body-custom-authorization]"
            "(apigateway-rest-api-body-custom-authorization.md), with these differences: a custom authorizer is of "
            "type `request`; a `jwt` authorizer passes only where the setting accepts `JWT`, and then with an issuer "
            "and an audience; OPTIONS is an operation like any other, because HTTP APIs have no mock integrations and "
            "answer preflights by their CORS configuration; an API key counts for nothing, because HTTP APIs have none."
        ),
        why=(
            "Operations in a body are no resources, so no rule on routes sees them. A route without an authorizer "
            "answers everyone who finds its URL."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html",
        ),
    ),
    types=HTTP_BODY_HOLDERS,
    check=check,
    settings=(ACCEPTED_ROUTES,),
)
