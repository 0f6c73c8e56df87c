"""The report as a JSON document for programs; its keys are stable, its order is that of the map."""

import json
from dataclasses import asdict
from typing import Any

from guardrails.report.report import Report
from guardrails.report.verdict import Found, level_of, urn_of


def plain(report: Report) -> str:
    """An object of lists: `routes`, `violations`, `undecided`, `exemptions`, `switched_off` and `remarks`."""
    verdict = report.verdict
    document: dict[str, Any] = {
        "routes": [asdict(route) for route in report.routes],
        "violations": [_violation(one) for one in verdict.found],
        "undecided": [
            {"rule": one.rule.name, "resource": one.resource.urn, "properties": list(one.properties)}
            for one in verdict.open
        ],
        "exemptions": [
            _violation(one.found) | {"reason": one.exemption.reason, "expires": one.exemption.expires.isoformat()}
            for one in verdict.exempted
        ],
        "switched_off": list(report.switched_off),
        "remarks": [{"level": remark.level.value, "message": remark.message} for remark in verdict.remarks],
    }
    return json.dumps(document, indent=2)


def _violation(found: Found) -> dict[str, Any]:
    return {
        "rule": found.rule.name,
        "level": level_of(found).value,
        "severity": found.rule.severity.value,
        "resource": urn_of(found) or None,
        "message": found.message,
    }
