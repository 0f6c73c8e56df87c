"""The report for a pull request's comment or a job's summary.

Names come from the program under review, so every text is escaped: it can neither form markup nor leave its cell.
"""

import re
from collections.abc import Sequence
from typing import Final

from guardrails.report.difference import Difference
from guardrails.report.report import Report
from guardrails.report.rows import HEADINGS, cells
from guardrails.report.verdict import exemption_in_a_line, in_a_line, waiting_by_rule

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&@:])")


def escaped(text: str) -> str:
    """The text as Markdown that shows it and nothing else; controls of terminals and of writing direction are gone."""
    return _MARKUP.sub(r"\\\1", _CONTROL.sub(" ", text))


def markdown(report: Report) -> str:
    """The map as a table, then findings and exemptions as lists."""
    verdict = report.verdict
    lines = ["## Authorization map", "", escaped(report.headline), ""]
    lines += table_of(HEADINGS, [cells(route) for route in report.routes])
    lines += _section("Violations", [in_a_line(one) for one in verdict.found])
    lines += _section("Exemptions", [exemption_in_a_line(one) for one in verdict.exempted])
    lines += _section("Not decided", [f"{rule}: {message}" for rule, message in waiting_by_rule(verdict)])
    lines += _section("Configuration", [remark.message for remark in verdict.remarks])
    lines += _section("Rules switched off", list(report.switched_off))
    return "\n".join(lines)


def markdown_of_difference(difference: Difference) -> str:
    """What a pull request changes about who guards what; says so where nothing changes."""
    lines = ["## Changes of the authorization map", ""]
    if not difference.has_changes:
        return "\n".join([*lines, "None\\: every route is guarded as before\\."])
    for title, routes in (("Added routes", difference.added), ("Removed routes", difference.removed)):
        if routes:
            lines += [f"### {title}", "", *table_of(HEADINGS, [cells(route) for route in routes]), ""]
    if difference.changed:
        lines += ["### Changed routes", ""]
        rows = [
            (change.after.api, f"{change.after.method} {change.after.path}".strip(), heading, before, after)
            for change in difference.changed
            for heading, before, after in change.cells
        ]
        lines += [*table_of(("API", "ROUTE", "WHAT", "BEFORE", "AFTER"), rows), ""]
    lines += _section("New violations", list(difference.new_violations))
    lines += _section("Violations that are gone", list(difference.mended_violations))
    lines += _section("New exemptions", list(difference.new_exemptions))
    return "\n".join(lines)


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; nothing where there are no rows."""
    if not rows:
        return ["none", ""]
    return [
        _row([heading.lower() for heading in headings]),
        _row(["---"] * len(headings)),
        *(_row([escaped(cell) for cell in row]) for row in rows),
    ]


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _section(title: str, items: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", *(f"- {escaped(item)}" for item in items)] if items else []
