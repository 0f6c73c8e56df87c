"""Functions with compiled wheels run on a Python that is installed, and their layers are made for it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from components.function_platform import RUNTIMES
from sandbox.commands.layer_runtimes import MINORS, SETTINGS, runtime_configuration
from tests.components.stack_settings import declared

RUNTIME = "gatehouse:workloadRuntime"


def configuration(installed: Iterable[int], given: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a machine with these versions of Python adds to the program's settings."""
    return runtime_configuration(
        declared(),
        given or {},
        candidates=lambda minor: [Path(f"python3.{minor}")] if minor in installed else [],
        probe=lambda path: int(path.name.rpartition(".")[2]),
    )


@pytest.mark.parametrize(
    ("installed", "runtime"),
    [((11,), "python3.11"), ((12,), "python3.12"), ((11, 12), "python3.12"), ((11, 14), "python3.11")],
)
def test_the_nearest_installed_version_stands_in_for_the_proposed_one(installed: tuple[int, ...], runtime: str) -> None:
    assert configuration(installed)[RUNTIME] == runtime


@pytest.mark.parametrize("installed", [(13,), (11, 12, 13), (14,), ()])
def test_nothing_is_said_where_the_proposed_version_is_installed_or_none_would_do(installed: tuple[int, ...]) -> None:
    assert configuration(installed) == {}


def test_what_the_stack_says_itself_stays() -> None:
    assert RUNTIME not in configuration((11,), {RUNTIME: "python3.13"})


def test_a_program_without_these_settings_is_told_nothing() -> None:
    assert runtime_configuration({}, {}, candidates=lambda _minor: [Path("python3.11")], probe=lambda _path: 11) == {}


def test_the_settings_are_the_programs_and_the_versions_are_its_runtimes() -> None:
    assert set(SETTINGS) <= set(declared())
    assert tuple(f"python3.{minor}" for minor in MINORS) == RUNTIMES
