"""How the tests are shared out: what the table names exists, and what belongs together stays together."""

from pathlib import Path

import pytest

from tests.support.distribution import STARTED_FIRST, SYSTEM, TOGETHER, rank, share

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", [*STARTED_FIRST, *SYSTEM, *TOGETHER])
def test_every_path_of_the_table_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/policy/test_variables.py::test_a[b::c@d]", "tests/policy/test_variables.py"),
        ("tests/fidelity/test_faults.py::test_a", "tests/fidelity/"),
        ("tests/system/test_secrets.py::test_a", "tests/system/"),
        ("tests/system/test_commands.py::test_a", "tests/system/"),
        ("tests/system/test_faults.py::test_a", "tests/system/test_faults.py"),
    ],
)
def test_a_share_is_a_module_or_what_looks_at_the_same_processes(nodeid: str, expected: str) -> None:
    assert share(nodeid) == expected


def test_what_waits_for_processes_comes_before_what_only_computes() -> None:
    nodeids = ["tests/policy/test_variables.py::a", "tests/system/test_secrets.py::a", "tests/system/test_faults.py::a"]
    assert sorted(nodeids, key=rank) == nodeids[::-1]
