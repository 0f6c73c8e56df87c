"""The mutations of every rule as text: one line per property and outcome, and what it comes to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.policy.mutations.outcomes import ERRORS, Mutation, Outcome


def lines(found: Iterable[Mutation]) -> Iterator[str]:
    """The table. Of the further compliant stacks it has numbers and errors; its last line says how many errors."""
    total: Counter[Outcome] = Counter()
    rules = 0
    for name, of_rule in groupby(found, key=lambda mutation: mutation.rule.metadata.name):
        rules += 1
        mutations = tuple(of_rule)
        counted = Counter(mutation.outcome for mutation in mutations)
        total += counted
        yield f"{name}  ({_counts(counted)})"
        first = (one for one in mutations if not one.variant or one.outcome in ERRORS)
        for resource, of_resource in groupby(first, key=lambda mutation: mutation.resource):
            yield from _of_resource(resource, of_resource)
    yield f"\n{rules} rules, {total.total()} mutations: {_counts(total)}"
    yield f"errors: {sum(total[outcome] for outcome in ERRORS)}"


def _counts(counted: Counter[Outcome]) -> str:
    return ", ".join(f"{outcome.value} {counted[outcome]}" for outcome in Outcome if counted[outcome])


def _of_resource(resource: str, found: Iterable[Mutation]) -> Iterator[str]:
    yield f"  {resource}"
    not_read: list[str] = []
    for place, of_place in groupby(found, key=lambda mutation: mutation.place):
        changes: defaultdict[tuple[Outcome, str], list[str]] = defaultdict(list)
        for mutation in of_place:
            changes[mutation.outcome, mutation.note].append(mutation.change)
        if {outcome for outcome, _ in changes} == {Outcome.NOT_READ}:
            not_read.append(place)
            continue
        for (outcome, note), names in changes.items():
            because = f" ({' '.join(note.partition('To fix:')[0].split())})" if note else ""
            yield f"    {place}: {outcome.value}{because}: {', '.join(names)}"
    if not_read:
        yield f"    not read: {', '.join(not_read)}"
