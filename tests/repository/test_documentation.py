"""The documentation says nothing that is not so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "policy").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *(ROOT / "spire").rglob("*.md"),
    ]
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
MAXIMUM_LINES_OF_A_DECISION = 60


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_command_in_a_page_exists(page: Path) -> None:
    commands = re.findall(r"(?:^|[`(\s])make (?:-s )?([a-z-]+)", page.read_text())
    in_code = set(re.findall(r"`make (?:-s )?([a-z-]+)", page.read_text()))
    in_code |= set(re.findall(r"^\s{4}make (?:-s )?([a-z-]+)", page.read_text(), re.MULTILINE))

    assert in_code <= set(commands)
    assert in_code <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_in_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=name_of)
def test_a_decision_fits_on_a_page_and_is_in_the_index(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= MAXIMUM_LINES_OF_A_DECISION
    assert f"({page.name})" in (ROOT / "docs" / "adr" / "README.md").read_text()


def test_the_readme_shows_the_two_commands_first() -> None:
    code = re.findall(r"^\s{4}(make \w+)", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert code[:2] == ["make up", "make test"]
