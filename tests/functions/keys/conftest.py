"""Fixtures of the tests of API keys."""

import pytest

from tests.functions.keys.world import World


@pytest.fixture
def world() -> World:
    """The key routes over fakes."""
    return World()
