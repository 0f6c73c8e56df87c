"""The integrations that an OpenAPI body declares call HTTP servers over TLS, as those of resources have to.

Who may call an operation is judged by the authorization family.
"""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body, read_body
from guardrails.authorization.openapi.operations import Operation, operations
from guardrails.authorization.openapi.pointers import PointerError, follow
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Violation
from guardrails.settings import Settings
from guardrails.transport.integrations import INSIDE

_TYPES: Final = frozenset(
    {
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/restApiPut:RestApiPut",
        "aws:apigatewayv2/api:Api",
    }
)
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_TO_AWS: Final = frozenset({"aws", "aws_proxy", "mock"})
_TO_HTTP: Final = frozenset({"http", "http_proxy"})


def check(api: Resource, settings: Settings) -> Iterator[Finding]:
    """Judge the integration of every operation; one finding per operation."""
    for part in read_body(api):
        if not isinstance(part, Body):
            yield part
            continue
        for operation in operations(part):
            if not isinstance(operation, Operation):
                yield Violation(resource=api, problem=f"in its body, {operation.place} {operation.problem}.")
                continue
            problem = _problem(part, operation, inside=settings.flag(INSIDE.name))
            if problem is not None:
                yield Violation(resource=api, problem=f"in its body, the integration of {operation.place} {problem}")


def _problem(body: Body, operation: Operation, *, inside: bool) -> str | None:
    if _INTEGRATION not in operation.value:
        return None
    try:
        found = follow(body.document, operation.value[_INTEGRATION])
    except PointerError as error:
        return f"{error}."
    integration = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    kind, uri = str(integration.get("type")).lower(), integration.get("uri")
    if kind in _TO_AWS:
        return None
    if kind not in _TO_HTTP:
        return "has none of API Gateway's types."
    is_inside = str(integration.get("connectionType")).upper() == "VPC_LINK"
    if not (isinstance(uri, str) and uri.lower().startswith("https://")) and not _is_accepted(
        integration, uri, is_inside=is_inside, inside=inside
    ):
        return "calls a server in plain text; its uri does not begin with https://."
    tls = integration.get("tlsConfig")
    skips = cast("dict[str, object]", tls).get("insecureSkipVerification", False) if isinstance(tls, dict) else False
    return None if skips is False else "takes any server's certificate (insecureSkipVerification)."


def _is_accepted(integration: dict[str, object], uri: object, *, is_inside: bool, inside: bool) -> bool:
    """Behind a VPC link: a listener that is reached over TLS, or plain text where the operator accepts it."""
    if not is_inside or not isinstance(uri, str):
        return False
    tls = integration.get("tlsConfig")
    verified = cast("dict[str, object]", tls).get("serverNameToVerify") if isinstance(tls, dict) else None
    return inside or (uri.startswith("arn:") and isinstance(verified, str) and verified != "")


BODY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-api-body-integrations-encrypted",
        severity=Severity.HIGH,
        description="The integrations in an OpenAPI body call HTTP servers over TLS, and check their certificates.",
        remediation="Let the uri of every http and http_proxy integration begin with https://.",
        judged=(
            "`aws:apigateway/restApi:RestApi`, `aws:apigateway/restApiPut:RestApiPut` and `aws:apigatewayv2/api:Api`, "
            "by their inputs: the `x-amazon-apigateway-integration` of every operation of `body`, a `$ref` followed "
            "within the document, as [apigateway-integration-encrypted](apigateway-integration-encrypted.md) judges a "
            "resource. Without a body there is nothing to judge. One that cannot be read, or has parts that are no "
            "operations, is a violation here too."
        ),
        why=(
            "What a body declares is no resource, so that rules on integrations never see it. One `http://` among a "
            "hundred operations carries tokens and answers for everybody on the way to read and change."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html",
        ),
    ),
    types=_TYPES,
    check=check,
    settings=(INSIDE,),
)
