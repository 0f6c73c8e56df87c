"""The commands in the pages of docs/, for tests that run them. Deliberately runs nothing."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def code_lines(page: str) -> list[str]:
    """The lines of the page's code blocks, without their indentation."""
    return re.findall(r"^    (\S.*)$", text_of(page), re.MULTILINE)


def inline_code(page: str) -> list[str]:
    """What stands between backticks in the page's text."""
    return re.findall(r"`([^`\n]+)`", text_of(page))


def text_of(page: str) -> str:
    """A page, named from docs/ on."""
    return (ROOT / "docs" / page).read_text(encoding="utf-8")
