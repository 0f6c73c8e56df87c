"""What API Gateway sends on, it sends encrypted, and to a server whose certificate it has checked.

Judged by the integration's own inputs. Integrations of Lambda and of AWS's services are encrypted by AWS. What an
OpenAPI body declares is `bodies`' business.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand, is_not_true
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

REST_INTEGRATION: Final = "aws:apigateway/integration:Integration"
HTTP_INTEGRATION: Final = "aws:apigatewayv2/integration:Integration"
_TO_AWS: Final = frozenset({"AWS", "AWS_PROXY", "MOCK"})
_TO_HTTP: Final = frozenset({"HTTP", "HTTP_PROXY"})

INSIDE: Final = Setting(
    name="plain_text_in_private_networks",
    schema={"type": "boolean"},
    default=False,
    meaning="Whether what goes through a VPC link may be plain text.",
)


def check(integration: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand https of integrations that call HTTP servers."""
    is_rest = integration.type == REST_INTEGRATION
    kind, target = ("type", "uri") if is_rest else ("integrationType", "integrationUri")
    match integration.read(kind):
        case Known(value=str(value)) if value in _TO_AWS:
            return
        case Known(value=str(value)) if value in _TO_HTTP:
            yield from _encrypted(integration, target, settings)
            if is_rest:
                yield from demand(
                    integration,
                    "tlsConfig.insecureSkipVerification",
                    is_not_true,
                    otherwise="tlsConfig.insecureSkipVerification is not false: any server's certificate is taken.",
                )
        case Unknown():
            yield Undecided(resource=integration, properties=(kind,))
        case _:
            yield Violation(resource=integration, problem=f"{kind} is none of API Gateway's types of integrations.")


def _encrypted(integration: Resource, target: str, settings: Settings) -> Iterator[Finding]:
    match integration.read(target):
        case Known(value=str(uri)) if uri.lower().startswith("https://"):
            return
        case Known(value=str(uri)) if uri.lower().startswith(("http://", "arn:")):
            yield from _in_private(integration, target, is_listener=uri.lower().startswith("arn:"), settings=settings)
        case Unknown():
            yield Undecided(resource=integration, properties=(target,))
        case _:
            yield Violation(resource=integration, problem=f"{target} does not begin with https://.")


def _in_private(integration: Resource, target: str, *, is_listener: bool, settings: Settings) -> Iterator[Finding]:
    """A listener or a service behind a VPC link is named by its ARN, and reached over TLS where `tlsConfig` is set."""
    match integration.read("connectionType"):
        case Known(value="VPC_LINK"):
            pass
        case Unknown():
            yield Undecided(resource=integration, properties=("connectionType",))
            return
        case _:
            yield Violation(
                resource=integration, problem=f"{target} is in plain text; it does not begin with https://."
            )
            return
    if settings.flag("plain_text_in_private_networks"):
        return
    verified = integration.read("tlsConfig", "serverNameToVerify")
    if is_listener and isinstance(verified, Unknown):
        yield Undecided(resource=integration, properties=("tlsConfig.serverNameToVerify",))
    elif not is_listener or isinstance(verified, Missing) or not _is_name(verified):
        problem = f"{target} is reached in plain text inside the network."
        yield Violation(resource=integration, problem=problem)


def _is_name(verified: object) -> bool:
    return isinstance(verified, Known) and isinstance(verified.value, str) and verified.value != ""


INTEGRATION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-integration-encrypted",
        severity=Severity.HIGH,
        description="An integration calls HTTP servers over TLS, and checks their certificates.",
        remediation=(
            "Let the URI begin with https://, leave tlsConfig.insecureSkipVerification false, and give integrations "
            "with a listener's ARN a tlsConfig.serverNameToVerify."
        ),
        judged=(
            f"`{REST_INTEGRATION}` (`type`, `uri`) and `{HTTP_INTEGRATION}` (`integrationType`, `integrationUri`), by "
            "their inputs. Types that call AWS or nobody are encrypted by AWS. `HTTP` and `HTTP_PROXY` need a URI "
            "that begins with `https://`; behind a VPC link an ARN with `tlsConfig.serverNameToVerify` will do, and "
            "plain text only where `plain_text_in_private_networks` allows it. `tlsConfig.insecureSkipVerification` "
            "is absent or false. What an OpenAPI body declares is judged by "
            "[apigateway-api-body-integrations-encrypted](apigateway-api-body-integrations-encrypted.md)."
        ),
        why=(
            "API Gateway passes on the caller's headers, the bearer token among them, and the answer with the "
            "tenant's data. Over http:// everybody on the way reads and changes both, and without a certificate that "
            "is checked so does whoever takes the server's place."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html",
            "https://docs.aws.amazon.com/apigateway/latest/api/API_TlsConfig.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html",
        ),
    ),
    types=frozenset({REST_INTEGRATION, HTTP_INTEGRATION}),
    check=check,
    settings=(INSIDE,),
)
