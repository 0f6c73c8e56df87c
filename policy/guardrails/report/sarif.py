"""The report as SARIF 2.1.0, the format that code scanning services take (OASIS standard, March 2020).

A violation is a result at the line of the program that makes the resource, or in `Pulumi.yaml` where the document does
not tell; the resource's URN is its logical location. An exempted violation is a suppressed result with the exemption's
reason, so that nobody has to look for it elsewhere. The authorization map is no finding, but a property of the run.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from guardrails.catalogue import ALL_RULES
from guardrails.report.report import Report
from guardrails.report.verdict import Found, exemption_in_a_line, level_of, urn_of
from guardrails.rules import Level, Metadata, Severity

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Level.MANDATORY: "error", Level.ADVISORY: "warning"}

# What code scanning services sort by: a number from 0 to 10, as that of a CVE.
_SECURITY_SEVERITY: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}


def sarif(report: Report) -> str:
    """A log of one run, with every rule of the pack."""
    metadata = [rule.metadata for rule in ALL_RULES]
    index = {one.name: position for position, one in enumerate(metadata)}
    results = [_result(report, index, found) for found in report.verdict.found]
    results += [
        _result(report, index, one.found)
        | {"suppressions": [{"kind": "external", "status": "accepted", "justification": exemption_in_a_line(one)}]}
        for one in report.verdict.exempted
    ]
    driver = {"name": "gatehouse", "rules": [_rule(one) for one in metadata]}
    run = {
        "tool": {"driver": driver},
        "results": results,
        "properties": {"authorizationMap": [asdict(route) for route in report.routes]},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(metadata: Metadata) -> dict[str, Any]:
    return {
        "id": metadata.name,
        "shortDescription": {"text": metadata.description},
        "help": {"text": metadata.remediation},
        "defaultConfiguration": {"level": _LEVELS[metadata.level]},
        "properties": {"security-severity": _SECURITY_SEVERITY[metadata.severity], "tags": ["security"]},
    }


def _result(report: Report, index: Mapping[str, int], found: Found) -> dict[str, Any]:
    urn = urn_of(found)
    position = report.positions.get(urn)
    physical = {
        "artifactLocation": {"uri": position.file if position else "Pulumi.yaml"},
        "region": {"startLine": position.line if position else 1},
    }
    logical = {"logicalLocations": [{"fullyQualifiedName": urn, "kind": "resource"}]} if urn else {}
    return {
        "ruleId": found.rule.name,
        "ruleIndex": index[found.rule.name],
        "level": _LEVELS[level_of(found)],
        "message": {"text": found.message},
        "locations": [{"physicalLocation": physical, **logical}],
        # The same finding of two runs, wherever the line moved to.
        "partialFingerprints": {"resourceAndRule/v1": f"{found.rule.name} {urn}"},
    }
