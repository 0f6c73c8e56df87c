"""What a rule is: metadata that its documentation is made from, a check, and what a check can find.

Checks are pure: they get a `Resource` or a `Stack` and the rule's settings, yield findings and know nothing of the
engine. What a finding does (block, or leave a note), which exemptions apply and how a message is laid out is the
analyzer's business.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrails.resources import Resource, Stack
from guardrails.settings import Setting, Settings

PAGES: Final = "docs/policies"
"""Where every rule has its page, seen from the root of the project that ships this pack."""


class Level(StrEnum):
    """What a violation does: a mandatory one ends the preview or the update, an advisory one is shown."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Severity(StrEnum):
    """How bad a violation is, in the engine's four words."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


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
    """`name` is `<service>-<resource>-<condition>`; all texts are whole sentences.

    `remediation` says what to do. `judged` and `why` are Markdown paragraphs of the rule's page: what exactly is looked
    at and what each answer means, and what goes wrong without the rule. `sources` are the pages that the rule rests on.
    """

    name: str
    severity: Severity
    description: str
    remediation: str
    judged: str
    why: str
    level: Level = Level.MANDATORY
    sources: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """Path of the rule's page."""
        return f"{PAGES}/{self.name}.md"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceRule:
    """Judges one resource of one of `types` by its inputs, before it is created or changed.

    `types` is `None` for a rule that judges resources of every type.
    """

    metadata: Metadata
    types: frozenset[str] | None
    check: Callable[[Resource, Settings], Iterable[Finding]]
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StackRule:
    """Judges how the resources of a stack fit together. The engine runs it at the end of a preview or an update."""

    metadata: Metadata
    check: Callable[[Stack, Settings], Iterable[Finding]]
    settings: tuple[Setting, ...] = ()


Rule = ResourceRule | StackRule


def violation_message(metadata: Metadata, finding: Violation) -> str:
    """What the terminal shows below the rule's description."""
    return (
        f"{finding.resource.label}: {finding.problem}\n"
        f"To fix: {metadata.remediation}\n"
        f"Why, with examples: {metadata.page}"
    )
