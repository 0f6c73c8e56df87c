"""What the rules say of a stack, as a report shows it: no engine, no levels of the SDK, no values."""

from dataclasses import dataclass

from guardrails.rules import Level, Metadata


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A violation: `resource` is the resource's label, `problem` what is wrong, `level` what it does to an update."""

    rule: Metadata
    level: Level
    urn: str
    resource: str
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """A judgement that waits for values: those of `properties`."""

    rule: Metadata
    urn: str
    resource: str
    properties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exempted:
    """A violation that an exemption covers until the day `expires` (ISO 8601)."""

    rule: Metadata
    urn: str
    resource: str
    reason: str
    expires: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """All findings, in the order of the rules and the stack. `remarks` are about the configuration itself."""

    breaches: tuple[Breach, ...] = ()
    open: tuple[Open, ...] = ()
    exempted: tuple[Exempted, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether a preview or an update of this stack would be stopped."""
        return any(breach.level is Level.MANDATORY for breach in self.breaches)
