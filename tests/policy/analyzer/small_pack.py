"""A pack of three rules that say what they were asked, so that tests can see levels, settings and dispatch."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unittest.mock import Mock

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from guardrails.analyzer.servicer import Analyzer
from guardrails.properties import Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Rule, Severity, StackRule, Undecided, Violation
from guardrails.settings import Setting, Settings
from tests.policy.judging import Declared, analyze_request, analyze_stack_request

TODAY = dt.date(2026, 11, 21)
COLOUR = Setting(name="colours", schema={"type": "array", "items": {"type": "string"}}, default=[], meaning="Allowed.")
MOST = Setting(name="most", schema={"type": "number", "minimum": 1}, default=2, meaning="How many there may be.")
BOX = Declared(type="test:index:Box", name="box", properties={"colour": "red"})


class RefusedError(Exception):
    """What gRPC raises where a servicer aborts a call."""


def metadata(name: str, level: Level) -> Metadata:
    return Metadata(
        name=name,
        severity=Severity.HIGH,
        description=f"{name} holds.",
        remediation="Mend it.",
        judged="",
        why="",
        level=level,
    )


def colour(resource: Resource, settings: Settings) -> Iterator[Finding]:
    match resource.read("colour"):
        case Unknown():
            yield Undecided(resource=resource, properties=("colour",))
        case reading if known_text(reading) not in settings.texts("colours"):
            yield Violation(resource=resource, problem="its colour is not allowed.")
        case _:
            pass


def too_many(stack: Stack, settings: Settings) -> Iterator[Finding]:
    boxes = stack.of_type(BOX.type)
    if len(boxes) > settings.number("most"):
        yield Violation(resource=boxes[-1], problem="it is one too many.")


def failing(_resource: Resource, _settings: Settings) -> Iterable[Finding]:
    raise ValueError("hunter2")


COLOUR_RULE = ResourceRule(
    metadata=metadata("box-colour-allowed", Level.MANDATORY),
    types=frozenset({BOX.type}),
    check=colour,
    settings=(COLOUR,),
)
COUNT_RULE = StackRule(metadata=metadata("box-stack-not-full", Level.ADVISORY), check=too_many, settings=(MOST,))
FAILING_RULE = ResourceRule(
    metadata=metadata("lid-whatever-fails", Level.ADVISORY), types=frozenset({"test:index:Lid"}), check=failing
)
LID = Declared(type="test:index:Lid", name="lid", properties={})
RULES: tuple[Rule, ...] = (COLOUR_RULE, COUNT_RULE, FAILING_RULE)


class SmallPack:
    """An analyzer, asked with the engine's own messages."""

    def __init__(self, *, preview: bool = True, today: dt.date = TODAY) -> None:
        self.context = Mock(spec=grpc.ServicerContext)
        self.context.abort.side_effect = lambda code, text: (_ for _ in ()).throw(RefusedError(code, text))
        self.analyzer = Analyzer(RULES, today=lambda: today)
        self.analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(dry_run=preview), self.context)

    def configure(self, **policies: tuple[str, Mapping[str, Any]]) -> None:
        """Levels and settings; names have `_` where policies have `-`, and the rest is as the engine fills it in."""
        given = {rule.metadata.name: (rule.metadata.level.value, {}) for rule in RULES} | {
            name.replace("_", "-"): policy for name, policy in policies.items()
        }
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, (level, properties) in given.items():
            struct = struct_pb2.Struct()
            struct.update(dict(properties))
            request.policyConfig[name].properties.CopyFrom(struct)
            request.policyConfig[name].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
        self.analyzer.Configure(request, self.context)

    def exempt(self, *exemptions: Mapping[str, str], level: str = "advisory") -> None:
        """Configure exemptions alone."""
        self.configure(policy_exemption_stated=(level, {"exemptions": list(exemptions)}))

    def refusal(self, **policies: tuple[str, Mapping[str, Any]]) -> str:
        """What is said about a configuration that is refused."""
        try:
            self.configure(**policies)
        except RefusedError as refused:
            code, text = refused.args
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            return text
        raise AssertionError("accepted")

    def of_resource(self, declared: Declared) -> list[tuple[str, str, str, str]]:
        """(policy, level, URN, message) of each answer on one resource."""
        return _told(self.analyzer.Analyze(analyze_request(declared), self.context))

    def of_stack(self, *declared: Declared) -> list[tuple[str, str, str, str]]:
        """(policy, level, URN, message) of each answer on a stack."""
        return _told(self.analyzer.AnalyzeStack(analyze_stack_request(declared), self.context))


def _told(response: analyzer_pb2.AnalyzeResponse) -> list[tuple[str, str, str, str]]:
    return [
        (one.policyName, analyzer_pb2.EnforcementLevel.Name(one.enforcementLevel).lower(), one.urn, one.message)
        for one in response.diagnostics
    ]
