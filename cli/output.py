"""What is printed: lines for people, one JSON document for programs. Nothing that a caller sent can move the cursor.

Deliberately without colours and widths of terminals: the output is read in logs and pull requests as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def say(line: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(printable(line) + "\n")


def tell(line: str) -> None:
    """Print a line about the command itself, on standard error."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def say_json(document: Any) -> None:
    """Print a document as JSON, ASCII only, so that any terminal and any pipe can take it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def printable(text: str) -> str:
    """Return `text` with every character that does not print written as its escape, such as `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines with columns of equal width; the last column ends where its text ends."""
    if not rows:
        return []
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
