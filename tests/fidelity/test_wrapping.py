"""A wrap is installed once, and an emulator that changed is noticed at start."""

from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.fidelity.registry import FIDELITY_MODULES, apply_fidelity
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import EmulatorChangedError, require_parameters, wrap


def greet(name: str, *, loud: bool = False) -> str:
    """Stands for a function of the emulator."""
    return name.upper() if loud else name


def emulator() -> Any:
    """Stands for a module of the emulator."""
    return SimpleNamespace(__name__="emulator", greet=greet)


def polite(original: Any) -> Any:
    """A wrap."""
    return lambda *arguments, **named: f"dear {original(*arguments, **named)}"


def test_a_wrap_is_installed_once_for_each_module() -> None:
    owner = emulator()
    for _ in range(3):
        wrap(owner, "greet", ("name", "loud"), polite, by="one")
    assert owner.greet("you") == "dear you"
    wrap(owner, "greet", ("name", "loud"), polite, by="two")
    wrap(owner, "greet", ("name", "loud"), polite, by="one")
    assert owner.greet("you", loud=True) == "dear dear YOU"


def test_a_function_that_is_gone_or_takes_other_parameters_is_noticed() -> None:
    with pytest.raises(EmulatorChangedError, match=r"emulator\.greet takes \(name, loud\), expected \(name\)"):
        wrap(emulator(), "greet", ("name",), polite, by="one")
    with pytest.raises(EmulatorChangedError, match=r"emulator\.part is not in this version"):
        require_parameters(emulator(), "part", ())
    with pytest.raises(EmulatorChangedError, match="is not in this version"):
        wrap(emulator(), "part", (), polite, by="one")


def test_parameters_are_seen_through_wraps() -> None:
    owner = emulator()
    wrap(owner, "greet", ("name", "loud"), polite, by="one")
    require_parameters(owner, "greet", ("name", "loud"))


def test_a_module_that_is_left_out_must_exist() -> None:
    settings: Any = None  # nothing is applied
    with pytest.raises(ValueError, match="no such fidelity module: nothing"):
        apply_fidelity(settings, leave_out=("nothing",))


def test_no_module_is_listed_twice() -> None:
    assert len(set(FIDELITY_MODULES)) == len(FIDELITY_MODULES)
    assert FidelitySettings.__doc__
