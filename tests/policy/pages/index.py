"""The tables in `docs/policies/README.md`: all rules by family, between two marks; the prose around them is written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from guardrails.rules import Rule
from tests.policy.pages.page import family_of, family_purpose

BEGIN: Final = "<!-- rules: written by `make policy-pages` -->"
END: Final = "<!-- end of rules -->"


class NoMarksError(Exception):
    """The index has lost the marks between which the tables belong."""


def index(written: str, rules: Iterable[Rule]) -> str:
    """The page `written` with the tables of these rules. Raises `NoMarksError`."""
    before, begin, rest = written.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarksError(f"docs/policies/README.md needs the lines {BEGIN} and {END}; between them go the rules.")
    tables = "\n\n".join(_parts(rules))
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _parts(rules: Iterable[Rule]) -> Iterator[str]:
    families: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        families[family_of(rule)].append(rule)
    for family, of_family in families.items():
        yield f"## {family}"
        yield family_purpose(family)
        yield "\n".join(["| rule | demands | level | severity |", "|---|---|---|---|", *map(_row, of_family)])


def _row(rule: Rule) -> str:
    metadata = rule.metadata
    return (
        f"| [{metadata.name}]({metadata.name}.md) | {metadata.description} "
        f"| {metadata.level.value} | {metadata.severity.value} |"
    )
