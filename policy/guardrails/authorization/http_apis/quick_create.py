"""An HTTP API is not made by quick create, which gives it a route without an authorizer."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_QUICK: Final = ("target", "routeKey", "credentialsArn")


def check(api: Resource, _settings: Settings) -> Iterator[Finding]:
    """Refuse the properties that only quick create takes."""
    for name in _QUICK:
        match api.read(name):
            case Missing():
                pass
            case Unknown():
                yield Undecided(resource=api, properties=(name,))
            case Known() | Malformed():
                yield Violation(
                    resource=api,
                    problem=f"{name} makes API Gateway create a route by itself, and that one asks no authorizer.",
                )


QUICK_CREATE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-api-no-quick-create",
        severity=Severity.CRITICAL,
        description="An HTTP API makes no route by quick create.",
        remediation=(
            "Remove target, routeKey and credentialsArn from the Api and declare Integration, Authorizer and Route "
            "resources."
        ),
        judged=(
            "`aws:apigatewayv2/api:Api`, by its inputs: `target`, `routeKey` and `credentialsArn` are missing. An "
            "unknown one is reported as undecided: a program that leaves it out altogether says so at once."
        ),
        why=(
            "Quick create makes an integration, a default stage and a route (`$default` or the `routeKey`) that takes "
            "every request with authorization NONE. None of them is a resource of the program, so no other rule sees "
            "them."
        ),
        sources=("https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html",),
    ),
    types=HTTP_BODY_HOLDERS,
    check=check,
)
