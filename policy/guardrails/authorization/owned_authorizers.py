"""Does the authorizer that a method or a route names belong to its own API?

One answer for both kinds of API: by ids where they are known, and in the preview of new resources by what the ids come
from. Which kind of authorizer it has to be is the caller's question, asked of each one that belongs to the API.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from guardrails.properties import Unknown, known_text
from guardrails.references import Agreement, Reference, reference
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Undecided, Violation


class OwnedAuthorizers:
    """All authorizers of one type in a stack; `owner` is the property that names their API, of `kinds`.

    `an_api` is how messages call such an API, with its article: `a REST API`.
    """

    def __init__(self, stack: Stack, authorizer_type: str, owner: str, kinds: AbstractSet[str], *, an_api: str) -> None:
        self._stack = stack
        self._type = authorizer_type
        self._owner = owner
        self._kinds = kinds
        self._an_api = an_api
        self._api = an_api.partition(" ")[2]
        self._references = [self._api_of(one) for one in stack.of_type(authorizer_type)]
        self._by_id: defaultdict[str, list[Resource]] = defaultdict(list)
        for authorizer in stack.of_type(authorizer_type):
            identifier = known_text(authorizer.read("id"))
            if identifier:
                self._by_id[identifier].append(authorizer)
        self._possible: dict[Reference, bool] = {}

    def judge(self, member: Resource, of_kind: Callable[[Resource], Iterable[Finding]]) -> Iterator[Finding]:
        """Judge a method or route that names an authorizer; `of_kind` judges each authorizer that is of its API.

        Nothing is found where `authorizerId` is missing: another rule demands it.
        """
        reading = member.read("authorizerId")
        identifier = known_text(reading)
        if identifier is None and not isinstance(reading, Unknown):
            return
        if not isinstance(member.read(self._owner), Unknown) and known_text(member.read(self._owner)) is None:
            yield Violation(
                resource=member, problem=f"{self._owner} is not the id of {self._an_api}, so nothing matches it."
            )
            return
        named = self._by_id.get(identifier, []) if identifier else []
        candidates = named or self._sources(member)
        own = self._api_of(member)
        agreements = [own.agreement(self._api_of(one)) for one in candidates]
        same = [one for one, agreement in zip(candidates, agreements, strict=True) if agreement is Agreement.SAME]
        if same and (named or len(same) == len(candidates)):  # ids are unique within one API only
            for authorizer in same:
                yield from of_kind(authorizer)
        elif not candidates and identifier:
            yield Violation(resource=member, problem="authorizerId names no Authorizer that this stack declares.")
        elif not candidates and not self._may_be_of(own):
            yield Violation(resource=member, problem=f"no Authorizer of its {self._api} is declared in this stack.")
        elif candidates and set(agreements) == {Agreement.DIFFERENT}:
            names = ", ".join(repr(authorizer.name) for authorizer in candidates)
            yield Violation(resource=member, problem=f"its authorizer {names} belongs to another {self._api}.")
        else:
            yield Undecided(resource=member, properties=("authorizerId", self._owner))

    def _api_of(self, resource: Resource) -> Reference:
        return reference(self._stack, resource, self._owner, self._kinds)

    def _sources(self, member: Resource) -> list[Resource]:
        """The authorizers that the member's authorizerId comes from and whose own id is not known yet."""
        by_urn = self._stack.by_urn
        return [
            by_urn[urn]
            for urn in sorted(member.origins_of("authorizerId") & by_urn.keys())
            if by_urn[urn].type == self._type and known_text(by_urn[urn].read("id")) is None
        ]

    def _may_be_of(self, api: Reference) -> bool:
        """Whether any authorizer may belong to the API; asked once for each API, not for each of its members."""
        if api not in self._possible:
            self._possible[api] = any(api.agreement(named) is not Agreement.DIFFERENT for named in self._references)
        return self._possible[api]
