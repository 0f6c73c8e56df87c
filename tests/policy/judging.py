"""Asks a rule about resources with the engine's own messages, and gives what the engine would be answered.

Everything between the engine and the rule takes part (the protocol's structures, markers of secrets and of unknown
values, levels), so a test sees the message that a user would see.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import Mock

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from guardrails.analyzer.servicer import Analyzer
from guardrails.nodes import SECRET, SIGNATURE, UNKNOWN_TEXT
from guardrails.rules import ResourceRule, Rule

UNKNOWN = UNKNOWN_TEXT
"""What the engine sends for a text that is not known in a preview."""

NO_CONTEXT = Mock(spec=grpc.ServicerContext)
"""The calls that judge do not touch what gRPC knows of a call."""


def secret(value: object) -> dict[str, object]:
    """What the engine sends for a value that is marked as a secret."""
    return {SIGNATURE: SECRET, "value": value}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource of a test; `sources` names, for a property, the resources that its value comes from.

    `after` names the resources of `dependsOn`; those of `sources` are dependencies anyway.
    """

    type: str
    name: str
    properties: Mapping[str, Any]
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    after: Sequence[str] = ()

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::test::{self.type}::{self.name}"

    def with_property(self, path: str, value: object) -> "Declared":
        """The same with one property (`a.b` for a nested one) set."""
        properties = copy.deepcopy(dict(self.properties))
        *parents, last = path.split(".")
        holder: Any = properties
        for parent in parents:
            holder = holder[parent]
        holder[last] = value
        return replace(self, properties=properties)

    def without(self, path: str) -> "Declared":
        """The same with one property removed."""
        properties = copy.deepcopy(dict(self.properties))
        *parents, last = path.split(".")
        holder: Any = properties
        for parent in parents:
            holder = holder[parent]
        del holder[last]
        return replace(self, properties=properties)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the user would see: violations as (message, URN), and the notes on what is decided later, if there are."""

    violations: tuple[tuple[str, str | None], ...]
    undecided: str | None

    @property
    def text(self) -> str:
        return "\n".join(message for message, _ in self.violations)


def judge(rule: Rule, *declared: Declared, preview: bool = True) -> Verdict:
    """Answer as the pack would: a resource rule on each resource, a stack rule on all of them together."""
    analyzer = Analyzer([rule])
    analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=preview), NO_CONTEXT)
    if isinstance(rule, ResourceRule):
        diagnostics = [
            one for each in declared for one in analyzer.Analyze(analyze_request(each), NO_CONTEXT).diagnostics
        ]
        diagnostics += analyzer.AnalyzeStack(analyze_stack_request(()), NO_CONTEXT).diagnostics  # what waits
    else:
        diagnostics = list(analyzer.AnalyzeStack(analyze_stack_request(declared), NO_CONTEXT).diagnostics)
    violations: list[tuple[str, str | None]] = []
    notes: list[str] = []
    for diagnostic in diagnostics:
        assert diagnostic.policyName == rule.metadata.name
        message = diagnostic.message.removeprefix(f"{rule.metadata.description}\n")
        if message.startswith("Not known yet"):
            assert diagnostic.enforcementLevel == analyzer_pb2.ADVISORY
            notes.append(message)
        else:
            violations.append((message, diagnostic.urn or None))
    return Verdict(violations=tuple(violations), undecided="\n".join(notes) or None)


def assert_compliant(rule: Rule, *declared: Declared) -> None:
    verdict = judge(rule, *declared)
    assert verdict == Verdict(violations=(), undecided=None)


def assert_violation(rule: Rule, *declared: Declared, culprit: Declared, says: str) -> None:
    """Exactly one violation, that of the culprit; it names it, what is wrong, what to do, and where to read on."""
    verdict = judge(rule, *declared)
    assert len(verdict.violations) == 1, verdict
    message, urn = verdict.violations[0]
    assert urn == culprit.urn
    assert f"{culprit.type.rpartition(':')[2]} '{culprit.name}'" in message
    assert says in message
    assert f"To fix: {rule.metadata.remediation}" in message
    assert rule.metadata.page in message


def assert_undecided(rule: Rule, *declared: Declared, culprit: Declared, waits_for: str) -> None:
    """No violation and no pass: a note that names the resource and what it waits for."""
    verdict = judge(rule, *declared)
    assert verdict.violations == ()
    assert verdict.undecided is not None, "passed silently"
    assert f"'{culprit.name}'" in verdict.undecided
    assert waits_for in verdict.undecided


def analyze_request(declared: Declared) -> analyzer_pb2.AnalyzeRequest:
    """What the engine asks about one resource."""
    return analyzer_pb2.AnalyzeRequest(
        type=declared.type, name=declared.name, urn=declared.urn, properties=_struct(declared)
    )


def analyze_stack_request(declared: Sequence[Declared]) -> analyzer_pb2.AnalyzeStackRequest:
    """What the engine asks about a stack; sources that are not in it are left out, as by the engine."""
    urns = {one.name: one.urn for one in declared}
    return analyzer_pb2.AnalyzeStackRequest(
        resources=[
            analyzer_pb2.AnalyzerResource(
                type=one.type,
                name=one.name,
                urn=one.urn,
                properties=_struct(one),
                dependencies=[
                    urns[name]
                    for name in dict.fromkeys((*one.after, *(name for names in one.sources.values() for name in names)))
                    if name in urns
                ],
                propertyDependencies={
                    name: analyzer_pb2.AnalyzerPropertyDependencies(
                        urns=[urns[source] for source in sources if source in urns]
                    )
                    for name, sources in one.sources.items()
                },
            )
            for one in declared
        ]
    )


def _struct(declared: Declared) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(declared.properties))
    return struct
