"""Do two resources refer to the same third one, for example to the same REST API?

Ids answer that in an update. In the preview of a new stack there are no ids yet, but the engine knows for every
property which resources its value comes from: two properties whose only source is the same REST API name the same API.
A value may be passed on (`rest_api=method.rest_api`), so sources are followed through resources that merely repeat it.

What cannot be told apart stays undecided: a value computed from several resources, or one that comes from outside the
stack.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum

from guardrails.properties import Known, Missing, Unknown, known_text
from guardrails.resources import Resource, Stack


class Agreement(Enum):
    """Whether two references name the same resource."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Reference:
    """A property that names a resource: its id when that is known, and where it comes from.

    `traced` is false when a source is not a resource of the expected kind, so that the sources prove nothing.
    A property that is missing or of the wrong type is the empty id: it equals no real one.
    """

    identifier: str | None
    sources: frozenset[str]
    traced: bool

    def agreement(self, other: "Reference") -> Agreement:
        """Compare by id, else by source."""
        if self.identifier is not None and other.identifier is not None:
            return Agreement.SAME if self.identifier == other.identifier else Agreement.DIFFERENT
        if self.traced and other.traced:
            if self.sources == other.sources and len(self.sources) == 1:
                return Agreement.SAME
            if self.sources.isdisjoint(other.sources):
                return Agreement.DIFFERENT
        return Agreement.UNDECIDED

    @property
    def anchors(self) -> frozenset[str]:
        """Keys under which two references that are the same can find each other: the id and the sources."""
        identifier = frozenset({f"id {self.identifier}"}) if self.identifier is not None else frozenset[str]()
        return identifier | frozenset(f"urn {source}" for source in self.sources)


def itself(resource: Resource) -> Reference:
    """The reference that a property holds which names this resource by its id."""
    return Reference(known_text(resource.read("id")), frozenset({resource.urn}), traced=True)


def reference(stack: Stack, resource: Resource, name: str, kinds: AbstractSet[str]) -> Reference:
    """The reference that property `name` of `resource` holds.

    `kinds` are the resource types whose id the property takes, for example the REST API for `restApi`.
    """
    resource = _first_holder(stack, resource, name, kinds)
    sources = resource.origins_of(name)
    traced = bool(sources) and all(urn in stack.by_urn and stack.by_urn[urn].type in kinds for urn in sources)
    match resource.read(name):
        case Unknown():
            return Reference(None, sources, traced)
        case Known(value=str(identifier)):
            return Reference(identifier, sources, traced)
        case _:
            return Reference("", frozenset(), traced=False)


def _first_holder(stack: Stack, resource: Resource, name: str, kinds: AbstractSet[str]) -> Resource:
    """Follow an unknown value that other resources of the stack only pass on to the first resource that holds it."""
    visited = {resource.urn}
    while isinstance(resource.read(name), Unknown):
        sources = [stack.by_urn[urn] for urn in resource.origins_of(name) if urn in stack.by_urn]
        if len(sources) != 1 or sources[0].type in kinds or sources[0].urn in visited:
            break
        if isinstance(sources[0].read(name), Missing):
            break
        resource = sources[0]
        visited.add(resource.urn)
    return resource
