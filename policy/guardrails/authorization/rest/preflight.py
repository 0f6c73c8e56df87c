"""The one method that may answer anyone: a CORS preflight, OPTIONS answered by API Gateway itself (MOCK).

Browsers send a preflight without credentials, so it cannot pass an authorizer (Fetch standard, "CORS-preflight
fetch"). With a MOCK integration it reaches no backend, which is what makes the exemption safe; the method's own inputs
do not show its integration, so this is judged on the whole stack.

Every other method without CUSTOM, and an OPTIONS that names an authorizer, are the business of the rule on methods.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from guardrails.authorization.rest.authorizers import REST_API
from guardrails.authorization.rest.methods import METHOD
from guardrails.properties import Unknown, known_text
from guardrails.references import Agreement, Reference, reference
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

INTEGRATION: Final = "aws:apigateway/integration:Integration"
PATH_HOLDERS: Final = REST_API | {"aws:apigateway/resource:Resource"}
"""What `resourceId` can come from: a Resource's id, or the root resource of a RestApi."""

_PLACE: Final = {"restApi": REST_API, "resourceId": PATH_HOLDERS, "httpMethod": frozenset[str]()}
"""The properties that tie an integration to its method, and what each may come from."""


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Demand exactly MOCK integrations, and at least one, for every open OPTIONS method."""
    integrations = _Integrations(stack)
    for method in stack.of_type(METHOD):
        if (
            known_text(method.read("authorization")) == "NONE"
            and known_text(method.read("httpMethod")) == "OPTIONS"
            and known_text(method.read("authorizerId")) is None
        ):
            yield from _judge(method, integrations)


def _judge(method: Resource, integrations: "_Integrations") -> Iterator[Finding]:
    for name in ("restApi", "resourceId"):
        if not isinstance(method.read(name), Unknown) and known_text(method.read(name)) is None:
            yield Violation(resource=method, problem=f"{name} is not an id, so its integration cannot be found.")
            return
    certain, possible = integrations.of(method)
    for integration in certain:
        if not isinstance(integration.read("type"), Unknown) and not _is_mock(integration):
            yield Violation(
                resource=method,
                problem=f"it is an OPTIONS method without authorization, but its integration {integration.name!r} "
                "is not MOCK: anyone reaches that backend.",
            )
            return
    if all(_is_mock(integration) for integration in (*certain, *possible)) and certain:
        return
    if certain or possible:
        yield Undecided(resource=method, properties=("its integration (restApi, resourceId, httpMethod, type)",))
    else:
        yield Violation(
            resource=method,
            problem="it is an OPTIONS method without authorization, and no MOCK integration is declared for it.",
        )


def _is_mock(integration: Resource) -> bool:
    return known_text(integration.read("type")) == "MOCK"


class _Integrations:
    """Finds a method's integrations without comparing every method with every integration."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._by_anchor: defaultdict[str, list[Resource]] = defaultdict(list)
        self._adrift: list[Resource] = []
        for integration in stack.of_type(INTEGRATION):
            place = self._reference(integration, "resourceId")
            for anchor in place.anchors:
                self._by_anchor[anchor].append(integration)
            if place.identifier is None and not place.traced:
                self._adrift.append(integration)

    def of(self, method: Resource) -> tuple[list[Resource], list[Resource]]:
        """The integrations that certainly belong to the method, and those that possibly do."""
        nearby = {
            integration.urn: integration
            for anchor in sorted(self._reference(method, "resourceId").anchors)
            for integration in self._by_anchor[anchor]
        }
        nearby |= {integration.urn: integration for integration in self._adrift}
        certain: list[Resource] = []
        possible: list[Resource] = []
        for integration in nearby.values():
            agreements = {
                self._reference(method, name).agreement(self._reference(integration, name)) for name in _PLACE
            }
            if agreements == {Agreement.SAME}:
                certain.append(integration)
            elif Agreement.DIFFERENT not in agreements:
                possible.append(integration)
        return certain, possible

    def _reference(self, resource: Resource, name: str) -> Reference:
        return reference(self._stack, resource, name, _PLACE[name])


PREFLIGHT_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-method-preflight-answered-by-mock",
        severity=Severity.CRITICAL,
        description="An OPTIONS method without authorization is answered by a MOCK integration only.",
        remediation=(
            "Give the OPTIONS method one Integration of type MOCK (same restApi, resourceId and httpMethod), "
            "or protect it with authorization CUSTOM."
        ),
        judged=(
            "The stack: for every `OPTIONS` method with authorization `NONE`, the "
            "`aws:apigateway/integration:Integration` resources with the same `restApi`, `resourceId` and "
            "`httpMethod`. There is at least one, and all are of type `MOCK`. Integrations are matched by ids, "
            "and in the preview of new resources by what the ids come from."
        ),
        why=(
            "Browsers send a CORS preflight without credentials, so it cannot pass an authorizer. That is "
            "harmless only as long as API Gateway answers it itself: with any other integration, `OPTIONS` is a "
            "door to the backend that anyone may use."
        ),
    ),
    check=check,
)
