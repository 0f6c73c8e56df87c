"""Import cfn-lint without the solver and the graphs that only whole templates need.

cfn-lint imports sympy to solve a template's conditions, and networkx to find circular references: together that takes
twice as long as all the rest. The judge's template has no conditions and nothing that refers to anything, so something
stands in for both while cfn-lint is imported: an empty formula is all that is ever solved, and without networkx a
template has no graph, which cfn-lint's rules are prepared for. Whatever else of sympy is called, fails.

Deliberately nothing stays behind in `sys.modules`: whoever imports sympy or networkx afterwards gets the real ones.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final


class EmptyFormula:
    """For `EncodedCNF`: a formula without clauses, which nobody adds any to."""

    def copy(self) -> EmptyFormula:
        """Itself: it does not change."""
        return self


def satisfiable(formula: EmptyFormula) -> dict[str, bool]:
    """What sympy answers for a formula without clauses: a solution that sets nothing."""
    del formula
    return {}


class _Condition:
    """For everything that conditions are made of."""

    def __init__(self, *arguments: Any) -> None:
        del arguments
        raise RuntimeError("the judge's template has no conditions, see sandbox/provider/cfn_lint_import.py")


_STANDING_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    "sympy": dict.fromkeys(("And", "Dummy", "Equivalent", "Implies", "Not", "Or", "Symbol"), _Condition),
    "sympy.assumptions.cnf": {"EncodedCNF": EmptyFormula},
    "sympy.logic.boolalg": dict.fromkeys(
        ("Boolean", "BooleanFalse", "BooleanFunction", "BooleanTrue", "to_nnf"), _Condition
    ),
    "sympy.logic.inference": {"satisfiable": satisfiable},
    "networkx": {},
}


def import_cfn_lint() -> None:
    """Makes `import cfnlint` quick for this process. Raises ImportError when cfn-lint wants more than it did."""
    with _standing_in():
        import cfnlint

        del cfnlint


@contextmanager
def _standing_in() -> Generator[None]:
    modules: dict[str, ModuleType] = {}
    for name, members in _STANDING_IN.items():
        if name not in sys.modules:
            modules[name] = ModuleType(name)
            vars(modules[name]).update(members)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
