"""Walks the statements of policy documents for rules, and says what every rule says about a document that is no use.

A document that is not known yet waits; one that cannot be read, or has faulty statements, is a violation of each rule
that reads it, because nobody can show what it allows.
"""

from collections.abc import Callable, Iterator

from guardrails.policy_documents import Statement, Unreadable, document
from guardrails.properties import Missing, Reading, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Undecided, Violation

Judge = Callable[[str, Statement], Iterator[Finding]]
"""Judges one statement; the first argument is how it is named in messages: `policy, Statement[0]`."""


def judged(resource: Resource, name: str, reading: Reading, judge: Judge) -> Iterator[Finding]:
    """What `judge` finds in the statements that allow, or may turn out to allow, something."""
    match document(reading):
        case Unknown():
            yield Undecided(resource=resource, properties=(name,))
        case Missing():
            yield Violation(resource=resource, problem=f"{name} is missing.")
        case Unreadable(problem=problem):
            yield Violation(resource=resource, problem=f"{name} {problem}.")
        case found:
            for fault in found.faults:
                yield Violation(resource=resource, problem=f"{name}: {fault}.")
            for place in found.waiting:
                yield Undecided(resource=resource, properties=(f"{name}, {place}",))
            for statement in found.statements:
                if statement.effect != "Deny":
                    yield from judge(f"{name}, {statement.place}", statement)


def waits_for(resource: Resource, place: str, statement: Statement, *elements: str) -> Iterator[Finding]:
    """A note for those of the elements that are not known yet, the effect included."""
    for element in ("Effect", *elements):
        if element in statement.waiting:
            yield Undecided(resource=resource, properties=(f"{place}.{element}",))
