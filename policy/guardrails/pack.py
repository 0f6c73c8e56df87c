"""Hands the rules to the policy SDK, and their findings to the engine.

A violation blocks (MANDATORY, set on every rule: the SDK's default is advisory). What cannot be decided in a preview is
reported with the SDK's own advisory note for unknown values, after everything else of the rule has been judged and
reported; the update judges it again with the values known. A rule that fails is a violation, not a pass.
"""

import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
    proxy,
)
from pulumi_policy import Severity as SdkSeverity

from guardrails import secret_marks
from guardrails.catalogue import ALL_RULES
from guardrails.resources import Resource, Stack
from guardrails.rules import (
    Finding,
    Level,
    Metadata,
    ResourceRule,
    Rule,
    StackRule,
    Undecided,
    Violation,
    undecided_message,
    violation_message,
)
from guardrails.settings import defaults

PACK_NAME: Final = "gatehouse"

_LEVELS: Final = {Level.MANDATORY: EnforcementLevel.MANDATORY, Level.ADVISORY: EnforcementLevel.ADVISORY}


def serve() -> None:
    """Serve all rules to the engine. Returns only when the engine ends the process.

    Exits with a message where the pack cannot judge: it never starts half.
    """
    if find_spec("detect_secrets") is None:
        sys.exit("The policy pack needs detect-secrets: pip install -r requirements.txt in the folder of the pack.")
    try:
        secret_marks.keep()
    except secret_marks.UnsupportedSdkError as error:
        sys.exit(f"The policy pack cannot start: {error}.")
    PolicyPack(
        PACK_NAME, policies=[as_policy(rule) for rule in ALL_RULES], enforcement_level=EnforcementLevel.MANDATORY
    )


def as_policy(rule: Rule) -> Policy:
    """The SDK's policy for one rule."""
    metadata = rule.metadata
    if isinstance(rule, ResourceRule):
        return ResourceValidationPolicy(
            name=metadata.name,
            description=metadata.description,
            validate=_resource_validation(rule),
            enforcement_level=_LEVELS[metadata.level],
            severity=SdkSeverity(metadata.severity.value),
            remediation_steps=metadata.remediation,
            url=metadata.page,
        )
    return StackValidationPolicy(
        name=metadata.name,
        description=metadata.description,
        validate=_stack_validation(rule),
        enforcement_level=_LEVELS[metadata.level],
        severity=SdkSeverity(metadata.severity.value),
        remediation_steps=metadata.remediation,
        url=metadata.page,
    )


def _resource_validation(rule: ResourceRule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if rule.types is not None and args.resource_type not in rule.types:
            return
        resource = Resource(type=args.resource_type, name=args.name, urn=args.urn, properties=args.props)
        _report(rule.metadata, lambda: rule.check(resource, defaults(rule.settings)), report_violation)

    return validate


def _stack_validation(rule: StackRule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
        stack = Stack(resources=tuple(_with_origins(resource) for resource in args.resources))
        _report(rule.metadata, lambda: rule.check(stack, defaults(rule.settings)), report_violation)

    return validate


def _with_origins(resource: PolicyResource) -> Resource:
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        properties=resource.props,
        origins={
            name: frozenset(source.urn for source in sources)
            for name, sources in resource.property_dependencies.items()
        },
        dependencies=frozenset(source.urn for source in resource.dependencies),
    )


def _report(metadata: Metadata, check: Callable[[], Iterable[Finding]], report_violation: ReportViolation) -> None:
    undecided: list[Undecided] = []
    try:
        for finding in check():
            match finding:
                case Violation(resource=resource):
                    report_violation(violation_message(metadata, finding), resource.urn)
                case Undecided():
                    undecided.append(finding)
    except Exception as error:  # noqa: BLE001  # fail closed; its text may hold a value
        report_violation(
            f"This rule failed ({type(error).__name__}); it cannot show compliance. Report the defect.", None
        )
    if undecided:
        raise _advisory_note(undecided_message(undecided))


def _advisory_note(message: str) -> proxy.UnknownValueError:
    """The SDK turns this error into an advisory note; violations reported before it stay mandatory."""
    note = proxy.UnknownValueError(proxy.UNKNOWN_STRING_VALUE, [])
    note.message = message
    return note
