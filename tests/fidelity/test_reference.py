"""The reference names every gap that is closed, in the words of the module that closes it."""

import ast
import re

import pytest

from sandbox.fidelity.registry import FIDELITY_MODULES
from tests.support.checkout import ROOT

REFERENCE = ROOT / "docs" / "reference" / "sandbox-fidelity.md"
NO_GAPS = {"faults", "request_log", "service_models"}


def gap_of(module: str) -> str:
    """The gap that the module's docstring names first, without `Gap: `."""
    path = ROOT / "sandbox" / "fidelity" / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    first = " ".join((ast.get_docstring(ast.parse(source.read_text())) or "").split("\n\n")[0].split())
    assert first.startswith("Gap: "), f"{module} does not begin by naming its gap"
    return first.removeprefix("Gap: ")


@pytest.mark.parametrize("module", [name for name in FIDELITY_MODULES if name not in NO_GAPS])
def test_each_module_has_a_row_with_the_words_of_its_docstring(module: str) -> None:
    row = f"| `{module}` | {gap_of(module)} |"
    assert row in REFERENCE.read_text().splitlines(), f"add to {REFERENCE.name}: {row}"


def test_no_row_is_of_a_module_that_is_gone() -> None:
    named = set(re.findall(r"^\| `([a-z_.]+)` \|", REFERENCE.read_text(), re.MULTILINE))
    assert named == set(FIDELITY_MODULES) - NO_GAPS
