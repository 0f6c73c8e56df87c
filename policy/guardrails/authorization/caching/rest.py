"""A Lambda authorizer of a REST API keeps no decision, or keeps it under something that tells callers apart."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.caching.authorizers import (
    DeclaredAuthorizer,
    Seconds,
    each,
    in_body,
    in_resource,
    seconds,
)
from guardrails.authorization.caching.sources import is_header, rest_sources, tell_callers_apart
from guardrails.authorization.openapi.rest_bodies import REST_BODY_HOLDERS
from guardrails.authorization.rest.authorizers import AUTHORIZER
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Violation
from guardrails.settings import Settings


def check(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the authorizer, or every authorizer that a body declares."""
    declared = [in_resource(resource)] if resource.type == AUTHORIZER else in_body(resource)
    yield from each(declared, _judge)


def _judge(authorizer: DeclaredAuthorizer) -> Iterator[Finding]:
    match authorizer.read("type"):
        case Missing():
            kind = "TOKEN"  # the provider's default
        case Known(value=str(text)) if text.upper() in {"TOKEN", "REQUEST"}:
            kind = text.upper()
        case Known(value=str(text)) if text.upper() == "COGNITO_USER_POOLS":
            return  # API Gateway verifies the token itself, each time
        case Unknown():
            yield authorizer.undecided("type")
            return
        case Known() | Malformed():
            yield authorizer.violation("type is not TOKEN, REQUEST or COGNITO_USER_POOLS.")
            return
    kept = seconds(authorizer)
    if isinstance(kept, Violation):
        yield kept
        return
    yield from _judge_sources(authorizer, kind, kept)


def _judge_sources(authorizer: DeclaredAuthorizer, kind: str, kept: Seconds) -> Iterator[Finding]:
    match authorizer.read("identitySource"):
        case Missing() if kind == "TOKEN" or not authorizer.place:
            sources: tuple[str, ...] | None = (f"method.request.header.{authorizer.header}",)
        case Missing() | Known(value=""):
            sources = ()
        case Unknown():
            if kept.number != 0:
                yield authorizer.undecided("identitySource")
            return
        case Known(value=str(text)):
            sources = rest_sources(text)
        case Known() | Malformed():
            sources = None
    if sources is None:
        yield authorizer.violation("identitySource is no list of identity sources, such as method.request.header.NAME.")
    elif kind == "TOKEN" and not (len(sources) == 1 and is_header(sources[0])):
        yield authorizer.violation("identitySource of a TOKEN authorizer is not exactly one header.")
    elif kept.number == 0 or tell_callers_apart(sources):
        return
    elif kept.number is None:
        yield authorizer.undecided("authorizerResultTtlInSeconds")
    elif not sources:
        yield authorizer.violation("it keeps decisions without an identity source, so one caller's holds for all.")
    else:
        yield authorizer.violation(
            "it keeps decisions under sources that do not tell callers apart, so one caller's holds for all."
        )


REST_CACHE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-authorizer-cache-tells-callers-apart",
        severity=Severity.CRITICAL,
        description="A Lambda authorizer of a REST API keeps no decision that would hold for another caller.",
        remediation=(
            "Name the header or query parameter with the caller's credential in identitySource, or set "
            "authorizerResultTtlInSeconds to 0."
        ),
        judged=(
            "`aws:apigateway/authorizer:Authorizer`, and the authorizers that the `body` of a RestApi or RestApiPut "
            "declares, by their inputs. With `authorizerResultTtlInSeconds` 0 nothing is kept. Otherwise (a missing "
            "value is 300) at least one identity source is a header or query parameter that can carry a credential, or "
            "the API key. `stageVariables`, `context` and headers that every client sends alike (`Host`, `Origin`, "
            "`User-Agent`, ...) do not tell callers apart. A missing `identitySource` is the `Authorization` header, "
            "as the provider fills it in; in a body, a `request` authorizer then has none. A TOKEN authorizer has "
            "exactly one header. What is no identity source at all is a violation.\n\n"
            "Whether the sources are all that the decision depends on cannot be seen from here, with one exception: a "
            "client certificate, see [apigateway-authorizer-certificate-decision-not-cached]"
            "(apigateway-authorizer-certificate-decision-not-cached.md)."
        ),
        why=(
            "API Gateway finds a kept decision by the identity sources alone. If these are the same for two callers, "
            "the second one gets the policy of the first, and the authorizer is never asked."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html",
        ),
    ),
    types=REST_BODY_HOLDERS | {AUTHORIZER},
    check=check,
)
