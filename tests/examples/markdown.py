"""The fenced code of a page, so that tests run what readers copy. Deliberately no Markdown parser beyond fences."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: its language, the rest of the fence's first line, its code, and where that begins in the page."""

    language: str
    title: str
    code: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Every fenced block of the page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(language=found[1], title=found[2].strip(), code=found[3], line=text.count("\n", 0, found.start()) + 2)
        for found in _FENCE.finditer(text)
    ]
