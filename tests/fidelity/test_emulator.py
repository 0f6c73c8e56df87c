"""The emulator is loaded without the server that nobody runs, and leaves no stand-in of it behind."""

import sys

from sandbox.fidelity.emulator import emulator_module


def test_the_emulator_is_loaded_without_its_server() -> None:
    assert emulator_module("app").app
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"hypercorn", "h2", "wsproto"}
