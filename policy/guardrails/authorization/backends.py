"""A backend that an integration calls over HTTP is reached through a VPC link, so that nobody else reaches it.

What a backend asks of its other callers cannot be seen from the API; that it has others at all can.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.rest.preflight import INTEGRATION
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_HTTP_INTEGRATION: Final = "aws:apigatewayv2/integration:Integration"


def check(integration: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand a VPC link of every integration over HTTP."""
    name = "type" if integration.type == INTEGRATION else "integrationType"
    match integration.read(name):
        case Known(value="AWS" | "AWS_PROXY" | "MOCK"):
            return  # AWS's own services, called with a role or a permission
        case Known(value="HTTP" | "HTTP_PROXY"):
            pass
        case Unknown():
            yield Undecided(resource=integration, properties=(name,))
            return
        case _:
            yield Violation(resource=integration, problem=f"{name} is no type of integration.")
            return
    match integration.read("connectionType"):
        case Known(value="VPC_LINK"):
            return
        case Unknown():
            yield Undecided(resource=integration, properties=("connectionType",))
        case Missing() | Known() | Malformed():
            yield Violation(
                resource=integration,
                problem="it calls its backend over the internet, where others can call it without the authorizer.",
            )


BACKEND_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-integration-private-backend",
        level=Level.ADVISORY,
        severity=Severity.MEDIUM,
        description="An integration over HTTP reaches its backend through a VPC link.",
        remediation=(
            "Set connectionType to VPC_LINK and connectionId to a VpcLink. If the backend has to stay on the internet, "
            "let it verify that API Gateway calls, for example by a client certificate of the stage."
        ),
        judged=(
            "`aws:apigateway/integration:Integration` (`type`) and `aws:apigatewayv2/integration:Integration` "
            "(`integrationType`), by their inputs: `HTTP` and `HTTP_PROXY` have the `connectionType` `VPC_LINK`; a "
            "missing one is `INTERNET`. Integrations with AWS's own services and MOCK are not judged."
        ),
        why=(
            "The authorizer stands before the API, not before the backend. Whoever finds the backend's address calls "
            "it directly. Advisory, because the backend may ask its callers by itself, which cannot be seen here."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/private-integration.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html",
        ),
    ),
    types=frozenset({INTEGRATION, _HTTP_INTEGRATION}),
    check=check,
)
