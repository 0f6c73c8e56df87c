"""Which APIs of a stack answer under which custom domains, and whether these ask for a client certificate.

A domain that the stack does not declare shows nothing, so it counts as one that asks, until an operator lists it. What
routing rules and mappings name is matched by ids, and in the preview of new resources by what the ids come from.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Final

from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.authorization.rest.authorizers import REST_API
from guardrails.properties import Known, Missing, Node, Unknown, children, known_text
from guardrails.references import Agreement, Reference, itself, reference
from guardrails.resources import Resource, Stack
from guardrails.settings import Setting

APIS: Final = REST_API | HTTP_BODY_HOLDERS
DOMAIN_NAMES: Final = ("aws:apigateway/domainName:DomainName", "aws:apigatewayv2/domainName:DomainName")

_MAPPINGS: Final = {
    "aws:apigateway/basePathMapping:BasePathMapping": "restApi",
    "aws:apigatewayv2/apiMapping:ApiMapping": "apiId",
}
_ROUTING_RULE: Final = "aws:apigatewayv2/routingRule:RoutingRule"

PLAIN_DOMAINS: Final = Setting(
    name="plain_domains",
    schema={"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
    default=[],
    meaning="Custom domain names outside the stack that ask for no client certificate.",
)


class Asks(Enum):
    """Whether a domain asks for a client certificate."""

    YES = "yes"
    NO = "no"
    UNSEEN = "unseen"
    """The stack does not declare the domain."""

    MALFORMED = "malformed"
    """It says something that is no configuration of mutual TLS; what holds of both kinds of domain is demanded."""

    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """`resource` puts `certain` APIs under a domain; whether also `possible` ones cannot be told before the update."""

    resource: Resource
    asks: Asks
    certain: tuple[Resource, ...]
    possible: tuple[Resource, ...]


def mappings(stack: Stack, plain_domains: AbstractSet[str]) -> Iterator[Mapping]:
    """Every mapping of the stack onto a custom domain."""
    apis = [api for kind in sorted(APIS) for api in stack.of_type(kind)]
    for kind in (*_MAPPINGS, _ROUTING_RULE):
        for resource in stack.of_type(kind):
            agreements = [(api, _agreement(stack, resource, api)) for api in apis]
            yield Mapping(
                resource=resource,
                asks=_asks(stack, resource, plain_domains),
                certain=tuple(api for api, agreement in agreements if agreement is Agreement.SAME),
                possible=tuple(api for api, agreement in agreements if agreement is Agreement.UNDECIDED),
            )


def _asks(stack: Stack, mapping: Resource, plain_domains: AbstractSet[str]) -> Asks:
    domain = _domain(stack, mapping)
    if domain is not None:
        match domain.read("mutualTlsAuthentication"):
            case Missing():
                return Asks.NO
            case Unknown():
                return Asks.UNDECIDED
            case Known(value=dict()):
                return Asks.YES
            case _:
                return Asks.MALFORMED
    name = mapping.read("domainName")
    if isinstance(name, Unknown):
        return Asks.UNDECIDED
    return Asks.NO if known_text(name) in plain_domains else Asks.UNSEEN


def _domain(stack: Stack, mapping: Resource) -> Resource | None:
    named = reference(stack, mapping, "domainName", frozenset(DOMAIN_NAMES))
    for kind in DOMAIN_NAMES:
        for domain in stack.of_type(kind):
            name = known_text(domain.read("domainName"))
            if (name is not None and name == named.identifier) or named.sources == frozenset({domain.urn}):
                return domain
    return None


def _agreement(stack: Stack, mapping: Resource, api: Resource) -> Agreement:
    own = itself(api)
    if mapping.type != _ROUTING_RULE:
        return own.agreement(reference(stack, mapping, _MAPPINGS[mapping.type], APIS))
    found = {own.agreement(target) for target in _targets(stack, mapping)}
    for agreement in (Agreement.SAME, Agreement.UNDECIDED):
        if agreement in found:
            return agreement
    return Agreement.DIFFERENT


def _targets(stack: Stack, rule: Resource) -> Iterator[Reference]:
    """The APIs that a routing rule invokes; its actions come from their ids as a whole."""
    sources = rule.origins_of("actions")
    traced = len(sources) == 1 and all(urn in stack.by_urn and stack.by_urn[urn].type in APIS for urn in sources)
    waiting: list[Node] = [node for node in (rule.read("actions"),) if isinstance(node, Known | Unknown)]
    while waiting:
        match waiting.pop():
            case Unknown():
                yield Reference(None, sources, traced)
            case Known() as holder:
                for name, entry in children(holder):
                    identifier = known_text(entry)
                    if name == "apiId" and identifier:
                        yield Reference(identifier, sources, traced)
                    else:
                        waiting.append(entry)
