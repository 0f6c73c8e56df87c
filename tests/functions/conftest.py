"""Fixtures of the functions' tests."""

import itertools
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.functions.support import SETTINGS, Hello
from tests.support.sandbox import RunningSandbox, running_sandbox

MARK = "tests.functions imported before this test"


@pytest.fixture
def hello_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain settings of the hello authorizer in the environment."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def unchanged_import_state() -> Iterator[None]:
    """Undo what loading plugins does to `sys.path` and `sys.modules`."""
    path, modules = list(sys.path), sys.modules.copy()
    # A dict keeps the order of insertion: what is imported from here on stands behind the mark. To look up every module
    # after every test, was one part in thirty of these tests.
    sys.modules[MARK] = ModuleType(MARK)
    yield
    sys.path[:] = path
    later = list(itertools.takewhile(lambda name: name != MARK, reversed(sys.modules)))
    sys.modules.pop(MARK, None)
    for name in later:
        if name not in modules and name.startswith(("plugins.", "_")):
            del sys.modules[name]


@pytest.fixture
def hello() -> Hello:
    """The hello authorizer on fakes."""
    return Hello()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One sandbox process for all tests of functions that need an emulator; each makes tables and roles of its own."""
    with running_sandbox(tmp_path_factory.mktemp("functions")) as running:
        yield running
