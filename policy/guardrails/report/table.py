"""The report for a terminal."""

from guardrails.report.report import Report
from guardrails.report.rows import HEADINGS, cells, table_lines


def table(report: Report) -> str:
    """The map as columns, then findings and exemptions line by line."""
    lines = table_lines(HEADINGS, [cells(route) for route in report.routes]) if report.routes else ["No routes."]
    verdict = report.verdict
    for breach in verdict.breaches:
        lines += ["", f"{breach.level.value} violation of {breach.rule.name}", f"  {breach.resource}: {breach.problem}"]
        lines += [f"  To fix: {breach.rule.remediation}", f"  Why, with examples: {breach.rule.page}"]
    for exempted in verdict.exempted:
        lines += [
            "",
            f"exempted until {exempted.expires} from {exempted.rule.name}",
            f"  {exempted.resource}: {exempted.reason}",
        ]
    for waiting in verdict.open:
        lines += [
            "",
            f"not decided yet by {waiting.rule.name}",
            f"  {waiting.resource}: {', '.join(waiting.properties)} not known before the update",
        ]
    for remark in verdict.remarks:
        lines += ["", f"configuration: {remark}"]
    return "\n".join([*lines, "", report.headline])
