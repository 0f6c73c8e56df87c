"""An API behind a domain that asks for a client certificate has no second entrance that asks for none."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.domains.mapped import PLAIN_DOMAINS, Asks, Mapping, mappings
from guardrails.properties import Known, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

_SWITCH: Final = "disableExecuteApiEndpoint"


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Demand that the default endpoint is off, once for each API, and that no other domain lets callers in without."""
    every = list(mappings(stack, settings.texts(PLAIN_DOMAINS.name)))
    yield from _other_domains(every)
    reported: set[str] = set()
    for mapping in every:
        if mapping.asks is Asks.NO:
            continue
        if not mapping.certain:
            yield from _without_api(mapping)
        for api in mapping.certain:
            if api.urn not in reported:
                found = list(_judge(api, mapping))
                yield from found
                reported |= {api.urn} if found else set[str]()
        for api in mapping.possible:
            if api.urn not in reported and not _is_off(api):
                yield Undecided(resource=mapping.resource, properties=("its API",))
                break


def _other_domains(every: list[Mapping]) -> Iterator[Finding]:
    """APIs under a domain that asks for a certificate and under one that does not."""
    asked = {api.urn for mapping in every if mapping.asks is Asks.YES for api in mapping.certain}
    for mapping in every:
        if mapping.asks not in {Asks.NO, Asks.MALFORMED, Asks.UNDECIDED}:
            continue
        certain = [api for api in mapping.certain if api.urn in asked]
        possible = [api for api in mapping.possible if api.urn in asked]
        if certain and mapping.asks is not Asks.UNDECIDED:
            yield Violation(
                resource=mapping.resource,
                problem=f"it puts {certain[0].label} under a domain that asks for no client certificate, beside one "
                "that asks for it.",
            )
        elif certain or possible:
            yield Undecided(resource=mapping.resource, properties=("its API", "domainName", "mutualTlsAuthentication"))


def _is_off(api: Resource) -> bool:
    reading = api.read(_SWITCH)
    return isinstance(reading, Known) and reading.value is True


def _without_api(mapping: Mapping) -> Iterator[Finding]:
    if mapping.possible or mapping.asks is not Asks.YES:
        return
    yield Violation(
        resource=mapping.resource,
        problem="its domain asks for a client certificate, but its API is not declared in this stack, so nothing shows "
        "that the API has no default endpoint.",
    )


def _judge(api: Resource, mapping: Mapping) -> Iterator[Finding]:
    match api.read(_SWITCH):
        case Known(value=True):
            return
        case Unknown():
            yield Undecided(resource=api, properties=(_SWITCH,))
            return
        case _:
            pass
    match mapping.asks:
        case Asks.YES | Asks.MALFORMED:
            yield Violation(
                resource=api,
                problem=f"{_SWITCH} is not true, so it answers without a client certificate beside its domain.",
            )
        case Asks.UNSEEN:
            yield Violation(
                resource=api,
                problem=f"{_SWITCH} is not true, and the domain of its mapping {mapping.resource.name!r} is not "
                "declared in this stack, so nothing shows that it asks for no client certificate.",
            )
        case Asks.UNDECIDED | Asks.NO:
            yield Undecided(resource=mapping.resource, properties=("domainName", "mutualTlsAuthentication"))


DEFAULT_ENDPOINT_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-rest-api-no-default-endpoint-beside-mtls",
        severity=Severity.CRITICAL,
        description="An API behind a domain with mutual TLS has no entrance without it.",
        remediation=(
            "Set disableExecuteApiEndpoint to true on the RestApi or Api, in the stack that declares its domain, and "
            "put the API under no domain without mutual TLS."
        ),
        judged=(
            "The stack: every API that a BasePathMapping, ApiMapping or RoutingRule puts under a DomainName with "
            "`mutualTlsAuthentication` has `disableExecuteApiEndpoint` true, and no other mapping puts it under a "
            "domain without. A domain that the stack does not declare counts as one with mutual TLS, until the setting "
            "lists it; a mapping of an API that the stack does not declare onto such a domain is a violation.\n\n"
            "In the preview of a new API the provider may report a missing switch as not known yet; it is judged in "
            "the update then."
        ),
        why=(
            "The client certificate is demanded by the domain, not by the API. As long as "
            "`https://API.execute-api.REGION.amazonaws.com` answers too, a caller without a certificate goes that way."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mutual-tls.html",
        ),
    ),
    check=check,
    settings=(PLAIN_DOMAINS,),
)
