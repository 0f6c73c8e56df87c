"""`docs/policies/`: one page per rule and an index, which cannot drift from the rules' metadata."""

import ast
import re
from pathlib import Path

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.rules import Rule

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "policies"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+){2,}")

WITH_PAGES = [rule for rule in ALL_RULES if (ROOT / rule.metadata.page).is_file()]

in_each_rule = pytest.mark.parametrize("rule", WITH_PAGES, ids=lambda rule: rule.metadata.name)


def index_rows() -> list[str]:
    """The rows that the index's table must have."""
    return [
        f"| [{rule.metadata.name}]({rule.metadata.name}.md) | {rule.metadata.description} "
        f"| {rule.metadata.severity.value} |"
        for rule in WITH_PAGES
    ]


def test_the_index_lists_exactly_the_rules_of_the_pack() -> None:
    lines = (PAGES / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| [")] == index_rows()


def test_there_is_no_page_without_a_rule() -> None:
    pages = {page.name for page in PAGES.glob("*.md")} - {"README.md"}
    assert pages <= {f"{rule.metadata.name}.md" for rule in ALL_RULES}


def test_names_are_unique() -> None:
    assert len({rule.metadata.name for rule in ALL_RULES}) == len(ALL_RULES)


@in_each_rule
def test_a_name_says_service_resource_and_condition(rule: Rule) -> None:
    assert NAME.fullmatch(rule.metadata.name)


@in_each_rule
def test_a_page_says_what_why_and_how_to_fix_in_the_rules_own_words(rule: Rule) -> None:
    page = (ROOT / rule.metadata.page).read_text(encoding="utf-8")
    sections = re.split(r"^#+ ", page, flags=re.MULTILINE)[1:]
    titles = [section.partition("\n")[0] for section in sections]
    assert titles == [rule.metadata.name, "What is judged", "Why", "How to fix", "Complies", "Violates"]
    assert f"{rule.metadata.description} Severity {rule.metadata.severity.value}, enforcement mandatory." in sections[0]
    assert rule.metadata.remediation in sections[3]


@in_each_rule
def test_the_examples_of_a_page_are_python(rule: Rule) -> None:
    page = (ROOT / rule.metadata.page).read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert ast.parse(example).body


@in_each_rule
def test_every_text_is_a_whole_sentence(rule: Rule) -> None:
    assert rule.metadata.description.endswith(".")
    assert rule.metadata.remediation.endswith((".", ")."))
