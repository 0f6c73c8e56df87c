"""What a rule is: metadata that its documentation is checked against, a check, and what a check can find.

Checks are pure: they get a `Resource` or a `Stack`, yield findings and know nothing of the engine. What a finding does
(block, or leave a note) and how its message is laid out is the adapter's business (`guardrails.pack`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pulumi_policy import Severity

from guardrails.resources import Resource, Stack

PAGES: Final = "docs/policies"
"""Where every rule has its page, seen from the root of the project that ships this pack."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """`resource` breaks the rule. `problem` continues its name, and never repeats a value that may be secret."""

    resource: Resource
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Undecided:
    """The rule cannot judge `resource` yet, because `properties` are not known before the update."""

    resource: Resource
    properties: tuple[str, ...]


Finding = Violation | Undecided


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """`name` is `<service>-<resource>-<condition>`; `remediation` says what to do, in full sentences."""

    name: str
    severity: Severity
    description: str
    remediation: str

    @property
    def page(self) -> str:
        """Path of the rule's page."""
        return f"{PAGES}/{self.name}.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceRule:
    """Judges one resource of one of `types` by its inputs, before it is created or changed."""

    metadata: Metadata
    types: frozenset[str]
    check: Callable[[Resource], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True, slots=True)
class StackRule:
    """Judges how the resources of a stack fit together. The engine runs it at the end of a preview or an update."""

    metadata: Metadata
    check: Callable[[Stack], Iterable[Finding]]


Rule = ResourceRule | StackRule


def violation_message(metadata: Metadata, finding: Violation) -> str:
    """What the terminal shows below the rule's description."""
    return (
        f"{finding.resource.label}: {finding.problem}\n"
        f"To fix: {metadata.remediation}\n"
        f"Why, with examples: {metadata.page}"
    )


def undecided_message(findings: Iterable[Undecided]) -> str:
    """One line per resource that has to wait for the update: which properties it waits for."""
    return "\n".join(
        f"{finding.resource.label}: {', '.join(finding.properties)} not known yet; decided again in the update."
        for finding in findings
    )
