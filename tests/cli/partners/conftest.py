"""The commands of operators, on fakes."""

from pathlib import Path

import pytest

from tests.cli.partners.place import FakePlace, Partners
from tests.cli.support import CommandLine


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> FakePlace:
    made = FakePlace()
    monkeypatch.setattr("cli.certificates.workplace.workplace", lambda _options: made)
    return made


@pytest.fixture
def partners(command_line: CommandLine, place: FakePlace, tmp_path: Path) -> Partners:
    return Partners(command_line, place, tmp_path)
