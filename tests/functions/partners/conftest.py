"""Fixtures of the tests of the partner API."""

import pytest

from tests.functions.partners.world import World


@pytest.fixture
def world() -> World:
    """The partner API over fakes."""
    return World()


@pytest.fixture
def pem(world: World) -> str:
    """A good certificate of a registered client, `acme`."""
    text = world.authority.issue()
    world.register(text)
    return text
