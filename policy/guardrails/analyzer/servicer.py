"""Answers the engine's calls (`proto/pulumi/analyzer.proto`; its side is `analyzer_plugin.go` of pulumi v3.255.0).

The order of calls: `Handshake`, `ConfigureStack` with the stack's name and whether this is a preview,
`GetAnalyzerInfo`, `Configure` with the level and the settings of every policy, then for every resource `Remediate` and
`Analyze`, and `AnalyzeStack` at the end. `pulumi policy analyze` and `publish` leave `ConfigureStack` out.

The engine shows a message at the resource that it names, or at the stack. It takes the version of the pack from
PulumiPolicy.yaml. The pack changes nothing, so `Remediate` answers at once and without a look at the resource.
"""
# ruff: noqa: ARG002, N802  # names and parameters are those of the protocol

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from guardrails.analyzer import decoding
from guardrails.configuration.active import unconfigured
from guardrails.configuration.exemptions import POLICY, SCHEMA, Today, today_in_utc
from guardrails.configuration.reading import ConfigurationError, Entry, configured
from guardrails.configuration.schema import settings_schema
from guardrails.judgement import Breach, Exempted, Failure, Judge, Open, Remark, by_rule
from guardrails.rules import Level, ResourceRule, Rule, Severity
from guardrails.waiting import waiting_message

PACK_NAME: Final = "gatehouse"
VERSION: Final = "0.1.0"
"""Shown where the engine has no PulumiPolicy.yaml to take it from."""

_LEVELS: Final = {Level.MANDATORY: analyzer_pb2.MANDATORY, Level.ADVISORY: analyzer_pb2.ADVISORY}
_LEVEL_WORDS: Final = {
    analyzer_pb2.MANDATORY: "mandatory",
    analyzer_pb2.ADVISORY: "advisory",
    analyzer_pb2.DISABLED: "disabled",
    analyzer_pb2.REMEDIATE: "remediate",
}
_SEVERITIES: Final = {
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
}

_Told = Breach | Failure | Exempted | Remark
"""What is told at once, at its resource; what is open is told at the end."""

_ON_EXEMPTIONS: Final = "Every exemption covers something and has not expired."


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """One policy pack for one preview, update or analysis. Its methods have the names of the protocol's calls."""

    def __init__(self, rules: Iterable[Rule], *, today: Today = today_in_utc) -> None:
        self._rules = tuple(rules)
        self._today = today
        self._configuration = unconfigured(self._rules)
        # Engines that do not say it by ConfigureStack set the variable. `pulumi policy analyze` does neither: it judges
        # a state, where a secret that cannot be decrypted is as little known as a value in a preview, and so is a file.
        said = os.environ.get("PULUMI_DRY_RUN")
        self._preview = said != "false"
        self._of_a_state = said is None
        self.configured = threading.Event()
        """Set by the last call before resources are judged."""
        self._renew()

    def _renew(self) -> None:
        self._judge = Judge(self._configuration, preview=self._preview, today=self._today)
        self._nothing_found: dict[str, analyzer_pb2.AnalyzeResponse] = {}
        self._waiting: list[Open] = []  # calls come side by side; adding to a list is one step

    def Handshake(
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Nothing is needed of the engine."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Remember whether values may be unknown. The stack's configuration, secrets included, is not looked at."""
        self._preview = request.dry_run
        self._of_a_state = False
        self._renew()
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        """Every rule with its metadata and the schema of its settings, and what exemptions are configured under."""
        policies = [*(_information(rule) for rule in self._rules), _exemptions_information()]
        return analyzer_pb2.AnalyzerInfo(name=PACK_NAME, version=VERSION, supportsConfig=True, policies=policies)

    def Configure(
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Take levels, settings and exemptions. What is refused changes nothing, and the engine ends the operation."""
        entries = {
            name: Entry(level=_LEVEL_WORDS.get(given.enforcementLevel), properties=decoding.plain(given.properties))
            for name, given in request.policyConfig.items()
        }
        try:
            self._configuration = configured(self._rules, entries)
        except ConfigurationError as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        self._renew()
        self.configured.set()
        return empty_pb2.Empty()

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """The pack changes nothing."""
        return analyzer_pb2.RemediateResponse()

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge one resource by its inputs. Rules on other types are named, lest they count as passed."""
        nothing_found = self._nothing_found.get(request.type)
        if nothing_found is None:
            nothing_found = self._nothing_found[request.type] = self._passing_by(request.type)
        if not self._judge.looks_at(request.type):
            return nothing_found
        judged = self._judge.of_resource(decoding.resource(request, with_files=not self._of_a_state))
        self._waiting.extend(outcome for outcome in judged if isinstance(outcome, Open))
        outcomes = [outcome for outcome in judged if not isinstance(outcome, Open)]
        if not outcomes:
            return nothing_found
        response = _response(outcomes)
        response.not_applicable.extend(nothing_found.not_applicable)
        return response

    def _passing_by(self, type_token: str) -> analyzer_pb2.AnalyzeResponse:
        return analyzer_pb2.AnalyzeResponse(
            not_applicable=[
                analyzer_pb2.PolicyNotApplicable(policy_name=name, reason="It does not judge this type.")
                for name in sorted(self._judge.passes_by(type_token))
            ]
        )

    def AnalyzeStack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge all resources together by their outputs; then say, rule by rule, what waits for the update."""
        judged = self._judge.of_stack(decoding.stack(request))
        self._waiting.extend(outcome for outcome in judged if isinstance(outcome, Open))
        response = _response(outcome for outcome in judged if not isinstance(outcome, Open))
        response.diagnostics.extend(_notes(self._waiting))
        self._waiting.clear()
        return response

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing lasts long enough to be given up; the engine ends the process next."""
        return empty_pb2.Empty()


def _information(rule: Rule) -> analyzer_pb2.PolicyInfo:
    metadata = rule.metadata
    on_resource = isinstance(rule, ResourceRule)
    return analyzer_pb2.PolicyInfo(
        name=metadata.name,
        description=metadata.description,
        enforcementLevel=_LEVELS[metadata.level],
        configSchema=_schema(settings_schema(rule)["properties"]),
        policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE if on_resource else analyzer_pb2.POLICY_TYPE_STACK,
        severity=_SEVERITIES[metadata.severity],
        remediation_steps=metadata.remediation,
        url=metadata.page,
    )


def _exemptions_information() -> analyzer_pb2.PolicyInfo:
    return analyzer_pb2.PolicyInfo(
        name=POLICY,
        description=_ON_EXEMPTIONS,
        enforcementLevel=analyzer_pb2.ADVISORY,
        configSchema=_schema({"exemptions": SCHEMA}),
        policy_type=analyzer_pb2.POLICY_TYPE_STACK,
        severity=analyzer_pb2.POLICY_SEVERITY_MEDIUM,
        remediation_steps="Remove the exemption from the policy configuration, or state it anew.",
        url="docs/how-to/policy-configuration.md",
    )


def _schema(properties: Mapping[str, Any]) -> analyzer_pb2.PolicyConfigSchema:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return analyzer_pb2.PolicyConfigSchema(properties=struct)


def _response(outcomes: Iterable[_Told]) -> analyzer_pb2.AnalyzeResponse:
    return analyzer_pb2.AnalyzeResponse(diagnostics=[_diagnostic(outcome) for outcome in outcomes])


def _diagnostic(outcome: _Told) -> analyzer_pb2.AnalyzeDiagnostic:
    if isinstance(outcome, Remark):
        message = f"{_ON_EXEMPTIONS}\n{outcome.message}"
        return _message(POLICY, _ON_EXEMPTIONS, Severity.MEDIUM, message, outcome.level, urn="")
    found = outcome.found if isinstance(outcome, Exempted) else outcome
    match outcome:
        case Breach(level=level):
            pass
        case Failure():
            level = Level.MANDATORY
        case Exempted():
            level = Level.ADVISORY
    rule, urn = found.rule, found.resource.urn if found.resource is not None else ""
    message = f"{rule.description}\n{outcome.message}"
    return _message(rule.name, rule.description, rule.severity, message, level, urn=urn)


def _notes(waiting: Iterable[Open]) -> Iterator[analyzer_pb2.AnalyzeDiagnostic]:
    """One note per rule, at the stack: it names every resource and property that the rule waits for."""
    for rule, of_one_rule in by_rule(waiting).items():
        message = waiting_message(of_one_rule)
        yield _message(rule.name, rule.description, rule.severity, message, Level.ADVISORY, urn="")


def _message(
    policy: str, description: str, severity: Severity, message: str, level: Level, *, urn: str
) -> analyzer_pb2.AnalyzeDiagnostic:
    return analyzer_pb2.AnalyzeDiagnostic(
        policyName=policy,
        policyPackName=PACK_NAME,
        policyPackVersion=VERSION,
        description=description,
        message=message,
        urn=urn,
        enforcementLevel=_LEVELS[level],
        severity=_SEVERITIES[severity],
    )
