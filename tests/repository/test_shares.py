"""The processes of `make test` run every test once: each folder of tests is in one share of the Makefile."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_folder_of_tests_is_in_one_share() -> None:
    said = re.search(r"^SHARES := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert said is not None
    shared = re.findall(r"\w+", said[1])
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}

    assert sorted(shared) == sorted(folders)
