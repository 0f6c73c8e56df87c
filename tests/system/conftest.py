"""One deployed checkout for all system tests of a run; tests that break things make their own."""

from collections.abc import Iterator

import pytest

from sandbox.commands.looking import deployed_caller
from sandbox.commands.session import Session, attach
from sandbox.tour.caller import Caller
from tests.support.checkout import Checkout, checked_out


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with checked_out(tmp_path_factory.mktemp("checkout")) as fresh:
        deployed = fresh.make("up")
        assert deployed.returncode == 0, deployed.stdout
        yield fresh


@pytest.fixture(scope="session")
def session(checkout: Checkout) -> Session:
    return attach(checkout.project)


@pytest.fixture(scope="session")
def caller(session: Session) -> Caller:
    return deployed_caller(session)
