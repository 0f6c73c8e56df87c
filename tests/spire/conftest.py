"""One real SPIRE for all tests of this folder: to start it takes two seconds."""

from collections.abc import Iterator

import pytest

from tests.support.spire import RunningSpire, running_spire


@pytest.fixture(scope="session")
def spire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpire]:
    """It is where a checkout would have it: in `.sandbox` of a folder."""
    with running_spire(tmp_path_factory.mktemp("spire") / ".sandbox") as running:
        yield running
