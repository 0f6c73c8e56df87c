"""Fixtures of the tests of API keys."""

from collections.abc import Iterator

import pytest

from tests.functions.keys.emulator import KeysEmulator
from tests.functions.keys.world import World
from tests.support.sandbox import RunningSandbox


@pytest.fixture
def world() -> World:
    """The key routes over fakes."""
    return World()


@pytest.fixture(scope="session")
def emulator(sandbox: RunningSandbox) -> Iterator[KeysEmulator]:
    """Tables, a log group and roles; every test uses customers, sources and keys of its own."""
    made = KeysEmulator(sandbox)
    yield made
    made.close()
