"""A Lambda authorizer of an HTTP API keeps no decision that would hold for another caller or another route."""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.authorization.caching.authorizers import (
    DeclaredAuthorizer,
    Seconds,
    each,
    in_body,
    in_resource,
    seconds,
)
from guardrails.authorization.caching.sources import ROUTE_KEY, http_sources, tell_callers_apart
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.properties import Known, Malformed, Missing, Node, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Violation
from guardrails.settings import Settings

HTTP_AUTHORIZER: Final = "aws:apigatewayv2/authorizer:Authorizer"

_SOURCES: Final = "identitySources"


def check(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the authorizer, or every authorizer that a body declares."""
    declared = [in_resource(resource)] if resource.type == HTTP_AUTHORIZER else in_body(resource)
    yield from each(declared, _judge)


def _judge(authorizer: DeclaredAuthorizer) -> Iterator[Finding]:
    name = "type" if authorizer.place else "authorizerType"
    match authorizer.read(name):
        case Known(value=str(text)) if text.upper() == "REQUEST":
            pass
        case Known(value=str(text)) if text.upper() == "JWT":
            return  # API Gateway verifies the token itself, each time
        case Unknown():
            yield authorizer.undecided(name)
            return
        case _:
            yield authorizer.violation(f"{name} is not REQUEST or JWT.")
            return
    match authorizer.read("authorizerPayloadFormatVersion"):
        case Known(value=str() | float() as version) if str(version) in {"1.0", "2.0"}:  # YAML makes a number of 2.0
            yield from _judge_cache(authorizer, is_second=str(version) == "2.0")
        case Missing():
            yield from _belongs_to_websocket(authorizer)
        case Unknown():
            yield authorizer.undecided("authorizerPayloadFormatVersion")
        case Known() | Malformed():
            yield authorizer.violation("authorizerPayloadFormatVersion is not 1.0 or 2.0.")


def _belongs_to_websocket(authorizer: DeclaredAuthorizer) -> Iterator[Finding]:
    """Only a WebSocket API's authorizer has no payload version, and that one keeps no decisions."""
    only_http = ("authorizerResultTtlInSeconds", "enableSimpleResponses")
    unknown = [name for name in only_http if isinstance(authorizer.read(name), Unknown)]
    set_here = [name for name in only_http if not isinstance(authorizer.read(name), Missing | Unknown)]
    if authorizer.place or set_here:
        because = f" although {' and '.join(set_here)} of an HTTP API is set" if set_here else ""
        yield authorizer.violation(f"authorizerPayloadFormatVersion is missing{because}.")
    elif unknown:
        yield authorizer.undecided(*unknown)


def _judge_cache(authorizer: DeclaredAuthorizer, *, is_second: bool) -> Iterator[Finding]:
    match authorizer.read("enableSimpleResponses"):
        case Missing() | Known(value=False):
            simple = False
        case Known(value=True) if is_second:
            simple = True
        case Known(value=True):
            yield authorizer.violation("enableSimpleResponses needs authorizerPayloadFormatVersion 2.0.")
            return
        case Unknown():
            yield authorizer.undecided("enableSimpleResponses")
            return
        case Known() | Malformed():
            yield authorizer.violation("enableSimpleResponses is not true or false.")
            return
    kept = seconds(authorizer)
    if isinstance(kept, Violation):
        yield kept
    elif kept.number != 0:
        yield from _judge_sources(authorizer, kept, simple=simple)


def _judge_sources(authorizer: DeclaredAuthorizer, kept: Seconds, *, simple: bool) -> Iterator[Finding]:
    name = "identitySource" if authorizer.place else _SOURCES
    sources = _sources(authorizer, name)
    if isinstance(sources, Unknown):
        yield authorizer.undecided(name)
        return
    if sources is None:
        yield authorizer.violation(f"{name} is no list of identity sources, such as $request.header.NAME.")
        return
    if not sources:
        problem = "it keeps decisions without an identity source, so one caller's holds for all."
    elif not tell_callers_apart(sources):
        problem = "it keeps decisions under sources that do not tell callers apart, so one caller's holds for all."
    elif simple and ROUTE_KEY not in sources:
        problem = (
            f"it keeps simple responses without {ROUTE_KEY} as a source, so a yes for one route opens every route."
        )
    else:
        return
    if kept.number is None:
        yield authorizer.undecided("authorizerResultTtlInSeconds")
    else:
        yield authorizer.violation(problem)


def _sources(authorizer: DeclaredAuthorizer, name: str) -> tuple[str, ...] | Unknown | None:
    match authorizer.read(name):
        case Missing():
            return ()
        case Unknown() as unknown:
            return unknown
        case Known(value=str(text)) if authorizer.place:
            return http_sources(part.strip() for part in text.split(",")) if text.strip() else ()
        case Known(value=list()) as listed if not authorizer.place:
            nodes = cast("list[Node]", listed.value)
            texts = [node.value for node in nodes if isinstance(node, Known) and isinstance(node.value, str)]
            if len(texts) == len(nodes):
                return http_sources(texts)
            return next((node for node in nodes if isinstance(node, Unknown)), None)
        case _:
            return None


HTTP_CACHE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-authorizer-cache-tells-callers-apart",
        severity=Severity.CRITICAL,
        description="A Lambda authorizer of an HTTP API keeps no decision for another caller or another route.",
        remediation=(
            "Name the header or query parameter with the caller's credential in identitySources, add $context.routeKey "
            "where responses are simple, or set authorizerResultTtlInSeconds to 0. Set authorizerPayloadFormatVersion "
            "to 2.0."
        ),
        judged=(
            "`aws:apigatewayv2/authorizer:Authorizer`, and the authorizers that the `body` of an Api declares, by "
            "their inputs. `authorizerType` is `REQUEST` or `JWT`; of `JWT` nothing more is asked here, because API "
            "Gateway verifies the token each time. A Lambda authorizer has an `authorizerPayloadFormatVersion` (`1.0` "
            "or `2.0`); only that of a WebSocket API has none, and then neither a TTL nor simple responses. "
            "`enableSimpleResponses` goes with `2.0` alone.\n\n"
            "With `authorizerResultTtlInSeconds` 0 nothing is kept. Otherwise (a missing value counts as 300) the "
            "identity sources have at least one header or query parameter that can carry a credential, and, where "
            "responses are simple, `$context.routeKey`. A source that is not known yet leaves the rule undecided."
        ),
        why=(
            "API Gateway finds a kept decision by the identity sources alone, for all routes. Under sources that two "
            "callers share, the second gets the decision of the first. A simple response is yes or no: kept without "
            "the route, the yes for the most harmless route opens all of them."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html",),
    ),
    types=HTTP_BODY_HOLDERS | {HTTP_AUTHORIZER},
    check=check,
)
