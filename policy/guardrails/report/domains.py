"""Under which names an API answers: custom domains with and without a client certificate, and its default endpoint."""

from dataclasses import dataclass
from typing import Final

from guardrails.properties import Known, Missing, known_text
from guardrails.report.named import as_text, named
from guardrails.report.routes import UNKNOWN_YET
from guardrails.resources import Resource, Stack

DEFAULT_ENDPOINT: Final = "default endpoint"

# The resource that puts an API under a domain, the property that names the API, and the type of the domain.
_MAPPINGS: Final = (
    ("aws:apigateway/basePathMapping:BasePathMapping", "restApi", "aws:apigateway/domainName:DomainName"),
    ("aws:apigatewayv2/apiMapping:ApiMapping", "apiId", "aws:apigatewayv2/domainName:DomainName"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entrances:
    """Domains that demand a client certificate, and all other names."""

    mutual_tls: tuple[str, ...]
    others: tuple[str, ...]


def entrances(stack: Stack, api: Resource) -> Entrances:
    """The names under which an API of this stack answers."""
    mutual_tls: list[str] = []
    others: list[str] = []
    for mapping_type, api_property, domain_type in _MAPPINGS:
        for mapping in stack.of_type(mapping_type):
            target = named(stack, mapping, api_property, frozenset({api.type}))
            if target is None or target.urn != api.urn:
                continue
            domain = _domain(stack, mapping, domain_type)
            name = as_text(domain or mapping, "domainName", UNKNOWN_YET)
            demands_certificate = domain is not None and not isinstance(domain.read("mutualTlsAuthentication"), Missing)
            (mutual_tls if demands_certificate else others).append(name)
    match api.read("disableExecuteApiEndpoint"):
        case Known(value=True):
            pass
        case _:
            others.append(DEFAULT_ENDPOINT)
    return Entrances(mutual_tls=tuple(sorted(mutual_tls)), others=tuple(sorted(others)))


def _domain(stack: Stack, mapping: Resource, domain_type: str) -> Resource | None:
    by_reference = named(stack, mapping, "domainName", frozenset({domain_type}))
    name = known_text(mapping.read("domainName"))
    by_name = (one for one in stack.of_type(domain_type) if name and known_text(one.read("domainName")) == name)
    return by_reference or next(by_name, None)
