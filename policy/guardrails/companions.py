"""The resources that belong to another one because a property of theirs names it: a bucket's policy, a pool's web ACL.

Matched as `references` does, by id or by origin, without comparing each with each. Which companion a resource needs,
and what must be in it, is the rules' business.
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from guardrails.properties import Known, Malformed, Reading, known_text
from guardrails.references import Agreement, Reference, reference
from guardrails.resources import Resource, Stack


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """`certain` name the owner; of `possible` it cannot be told before the update."""

    certain: tuple[Resource, ...]
    possible: tuple[Resource, ...]


class Companions:
    """All resources of `types`, to be found by whom their property `name` names, which is of `kinds`."""

    def __init__(self, stack: Stack, types: Iterable[str], name: str, kinds: AbstractSet[str]) -> None:
        self._references: Final[dict[str, Reference]] = {}
        self._near: Final[defaultdict[str, dict[str, Resource]]] = defaultdict(dict)
        self._untraced: Final[dict[str, Resource]] = {}
        for type_token in types:
            for companion in stack.of_type(type_token):
                named = reference(stack, companion, name, kinds)
                if named.identifier == "":
                    continue  # it names nothing
                self._references[companion.urn] = named
                for anchor in named.anchors:
                    self._near[anchor][companion.urn] = companion
                if not named.traced:
                    self._untraced[companion.urn] = companion

    def of(self, owner: Resource, *, identity: str = "id") -> Found:
        """Who names `owner`, by what it puts out as `identity`."""
        own = Reference(_identifier(owner.read(identity)), frozenset({owner.urn}), traced=True)
        nearby = {urn: one for anchor in own.anchors for urn, one in self._near[anchor].items()} | self._untraced
        certain: list[Resource] = []
        possible: list[Resource] = []
        for urn in sorted(nearby):
            agreement = own.agreement(self._references[urn])
            if agreement is Agreement.SAME:
                certain.append(nearby[urn])
            elif agreement is Agreement.UNDECIDED:
                possible.append(nearby[urn])
        return Found(certain=tuple(certain), possible=tuple(possible))


def _identifier(own: Reading) -> str | None:
    """A resource's own id; none before it exists, and one that equals no other where it is of a wrong type."""
    return (known_text(own) or "") if isinstance(own, Known | Malformed) else None
