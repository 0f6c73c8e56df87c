"""The report for a terminal."""

from guardrails.report.report import Report
from guardrails.report.rows import HEADINGS, cells, table_lines
from guardrails.report.verdict import level_of, waiting_by_rule


def table(report: Report) -> str:
    """The map as columns, then findings and exemptions line by line."""
    lines = table_lines(HEADINGS, [cells(route) for route in report.routes]) if report.routes else ["No routes."]
    verdict = report.verdict
    for found in verdict.found:
        lines += ["", f"{level_of(found).value} violation of {found.rule.name}", indented(found.message)]
    for exempted in verdict.exempted:
        lines += ["", f"exempted violation of {exempted.found.rule.name}", indented(exempted.message)]
    for rule, message in waiting_by_rule(verdict):
        lines += ["", f"not decided by {rule}", indented(message)]
    for remark in verdict.remarks:
        lines += ["", f"{remark.level.value} remark on the configuration", indented(remark.message)]
    if report.switched_off:
        lines += ["", f"switched off by the configuration: {', '.join(report.switched_off)}"]
    return "\n".join([*lines, "", report.headline])


def indented(text: str) -> str:
    """The text two places to the right."""
    return "\n".join(f"  {line}" for line in text.splitlines())
