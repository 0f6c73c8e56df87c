"""Which files there have to be, and their texts."""

from pathlib import Path
from typing import Final

from guardrails.catalogue import ALL_RULES
from guardrails.rules import PAGES
from tests.policy.fixtures.catalogue import fixtures_in_order
from tests.policy.pages.index import index
from tests.policy.pages.page import page

ROOT: Final = Path(__file__).resolve().parents[3]
FOLDER: Final = ROOT / PAGES
INDEX: Final = FOLDER / "README.md"


def expected() -> dict[Path, str]:
    """The pages of all rules that have a fixture, and the index, as they should be."""
    pages = {ROOT / fixture.rule.metadata.page: page(fixture) for fixture in fixtures_in_order()}
    return pages | {INDEX: index(INDEX.read_text(encoding="utf-8"), ALL_RULES)}


def superfluous(pages: dict[Path, str]) -> list[Path]:
    """Pages of rules that there are no longer."""
    return sorted(set(FOLDER.glob("*.md")) - pages.keys())
