"""CORS of an HTTP API lets no foreign page use what a browser attaches by itself: cookies and client certificates."""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body, read_body
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_IN_BODY: Final = "x-amazon-apigateway-cors"


def check(api: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the configuration of the resource and that of its body."""
    yield from _judge(
        api,
        "corsConfiguration",
        api.read("corsConfiguration"),
        api.read("corsConfiguration", "allowCredentials"),
        api.read("corsConfiguration", "allowOrigins"),
    )
    for part in read_body(api):
        if not isinstance(part, Body):
            yield part
            continue
        value = part.document.get(_IN_BODY)
        entries: dict[str, object] = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        yield from _judge(
            api,
            f"{_IN_BODY} in its body",
            _plain(cast(object, value)),
            _plain(entries.get("allowCredentials")),
            _plain(entries.get("allowOrigins")),
        )


def _judge(api: Resource, place: str, whole: Reading, credentials: Reading, origins: Reading) -> Iterator[Finding]:
    match whole:
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=api, properties=(place,))
            return
        case Known(value=dict()):
            pass
        case Known() | Malformed():
            yield Violation(resource=api, problem=f"{place} is not an object.")
            return
    match credentials:
        case Missing() | Known(value=False):
            return  # what a page has to attach itself, it has to know
        case Known(value=True):
            yield from _judge_origins(api, place, origins)
        case Unknown():
            yield Undecided(resource=api, properties=(f"{place}.allowCredentials",))
        case Known() | Malformed():
            yield Violation(resource=api, problem=f"allowCredentials of {place} is not true or false.")


def _judge_origins(api: Resource, place: str, origins: Reading) -> Iterator[Finding]:
    match origins:
        case Missing():
            return  # no page is allowed anything
        case Unknown():
            yield Undecided(resource=api, properties=(f"{place}.allowOrigins",))
        case Known(value=list()):
            for element in cast("list[object]", origins.value):
                node = element if isinstance(element, Known | Unknown) else Known(element)
                yield from _judge_origin(api, place, node)
        case Known() | Malformed():
            yield Violation(resource=api, problem=f"allowOrigins of {place} is not a list.")


def _judge_origin(api: Resource, place: str, origin: Node) -> Iterator[Finding]:
    match origin:
        case Known(value=str(text)) if text and "*" not in text and text != "null":
            return
        case Unknown():
            yield Undecided(resource=api, properties=(f"{place}.allowOrigins",))
        case Known():
            yield Violation(resource=api, problem=f"{place} allows credentials to an origin that is not a single site.")


def _plain(value: object) -> Reading:
    return Missing() if value is None else Known(value)


CORS_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-api-cors-named-origins",
        severity=Severity.HIGH,
        description="CORS of an HTTP API allows credentials to named origins only.",
        remediation="List the origins of your own pages in allowOrigins, or set allowCredentials to false.",
        judged=(
            "`aws:apigatewayv2/api:Api`, by its inputs: `corsConfiguration`, and `x-amazon-apigateway-cors` in a "
            "`body`. Where `allowCredentials` is true, no entry of `allowOrigins` holds a `*` or is `null`. Without "
            "credentials any origin passes: a page then has to know the token that it sends."
        ),
        why=(
            "With credentials a browser attaches cookies and client certificates by itself. If every origin is "
            "allowed, any page that a caller visits can call the API in the caller's name and read the answers."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html",
            "https://fetch.spec.whatwg.org/#cors-protocol-and-credentials",
        ),
    ),
    types=HTTP_BODY_HOLDERS,
    check=check,
)
