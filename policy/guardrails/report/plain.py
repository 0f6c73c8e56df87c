"""The report as a JSON document for programs; its keys are stable, its order is that of the map."""

import json
from dataclasses import asdict
from typing import Any

from guardrails.report.report import Report


def plain(report: Report) -> str:
    """`{"routes": [...], "violations": [...], "undecided": [...], "exemptions": [...], "remarks": [...]}`."""
    verdict = report.verdict
    document: dict[str, Any] = {
        "routes": [asdict(route) for route in report.routes],
        "violations": [
            {"rule": one.rule.name, "level": one.level.value, "severity": one.rule.severity.value}
            | {"resource": one.urn, "problem": one.problem, "remediation": one.rule.remediation}
            for one in verdict.breaches
        ],
        "undecided": [
            {"rule": one.rule.name, "resource": one.urn, "properties": list(one.properties)} for one in verdict.open
        ],
        "exemptions": [
            {"rule": one.rule.name, "resource": one.urn, "reason": one.reason, "expires": one.expires}
            for one in verdict.exempted
        ],
        "remarks": list(verdict.remarks),
    }
    return json.dumps(document, indent=2)
