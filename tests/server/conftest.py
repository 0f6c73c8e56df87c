"""One process for tests that only look at it; tests of start and stop make their own."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with every fidelity module."""
    with running_sandbox(tmp_path_factory.mktemp("server")) as running:
        yield running
