"""A decision that rests on a client certificate is not kept: the certificate cannot be part of what keeps it apart."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.caching.authorizers import DeclaredAuthorizer, each, in_body, in_resource, seconds
from guardrails.authorization.caching.http import HTTP_AUTHORIZER
from guardrails.authorization.domains.mapped import PLAIN_DOMAINS, Asks, mappings
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.authorization.rest.authorizers import AUTHORIZER, REST_API
from guardrails.companions import Companions
from guardrails.properties import known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

_REST_API_PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
_BY_THEMSELVES: Final = frozenset({"COGNITO_USER_POOLS", "JWT"})
"""Authorizers that API Gateway evaluates itself; they see no certificate."""


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Demand a TTL of 0 of every Lambda authorizer of every API behind such a domain."""
    holders = (
        Companions(stack, (AUTHORIZER,), "restApi", REST_API),
        Companions(stack, (_REST_API_PUT,), "restApiId", REST_API),
        Companions(stack, (HTTP_AUTHORIZER,), "apiId", HTTP_BODY_HOLDERS),
    )
    judged: set[str] = set()
    for mapping in mappings(stack, settings.texts(PLAIN_DOMAINS.name)):
        if mapping.asks is Asks.NO:
            continue
        for api in (*mapping.certain, *mapping.possible):
            if api.urn in judged or known_text(api.read("protocolType")) == "WEBSOCKET":
                continue
            sure = api in mapping.certain and mapping.asks in {Asks.YES, Asks.MALFORMED, Asks.UNSEEN}
            if sure:
                judged.add(api.urn)
            found = [companions.of(api) for companions in holders]
            certain = [api, *(one for each_found in found for one in each_found.certain)]
            possible = [one for each_found in found for one in each_found.possible]
            yield from _judge_all(certain, mapping.resource, sure=sure)
            yield from _judge_all(possible, mapping.resource, sure=False)


def _judge_all(holders: list[Resource], mapping: Resource, *, sure: bool) -> Iterator[Finding]:
    for holder in {one.urn: one for one in holders}.values():
        declared = [in_resource(holder)] if holder.type in {AUTHORIZER, HTTP_AUTHORIZER} else in_body(holder)
        for finding in each(declared, _judge):
            if sure or isinstance(finding, Undecided):
                yield finding
            else:
                yield Undecided(resource=holder, properties=(f"the API and domain of {mapping.name!r}",))


def _judge(authorizer: DeclaredAuthorizer) -> Iterator[Finding]:
    kind = known_text(authorizer.read("type")) or known_text(authorizer.read("authorizerType"))
    if kind and kind.upper() in _BY_THEMSELVES:
        return
    kept = seconds(authorizer)
    if isinstance(kept, Violation):
        yield kept
    elif kept.number is None:
        yield authorizer.undecided("authorizerResultTtlInSeconds")
    elif kept.number != 0:
        yield authorizer.violation(
            "it keeps decisions, and its API is behind a domain with mutual TLS: the decision for one certificate "
            "holds for the next one."
        )


CERTIFICATE_CACHE_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-authorizer-certificate-decision-not-cached",
        severity=Severity.CRITICAL,
        description="A Lambda authorizer of an API behind a domain with mutual TLS keeps no decision.",
        remediation="Set authorizerResultTtlInSeconds to 0.",
        judged=(
            "The stack: for every API that a BasePathMapping, ApiMapping or RoutingRule puts under a DomainName with "
            "`mutualTlsAuthentication`, its Authorizers, and those that its `body` declares, have "
            "`authorizerResultTtlInSeconds` 0; a missing value is 300. User pool and JWT authorizers, which API "
            "Gateway evaluates itself, are not judged. A domain that the stack does not declare counts as one with "
            "mutual TLS, until the setting lists it."
        ),
        why=(
            "Behind such a domain an authorizer compares the certificate of the connection with the token. The "
            "certificate is no identity source, so a kept decision is found again by the token alone: whoever stole "
            "the token gets in with any certificate that the domain trusts, and a revoked certificate until the TTL "
            "ends."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html",
            "https://datatracker.ietf.org/doc/html/rfc8705#section-3",
        ),
    ),
    check=check,
    settings=(PLAIN_DOMAINS,),
)
