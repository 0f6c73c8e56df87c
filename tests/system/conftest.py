"""One deployed checkout for all system tests of a run; tests that break things make their own."""

import secrets
from collections.abc import Iterator

import pytest

from sandbox.commands.looking import deployed_caller
from sandbox.commands.session import Session, attach
from sandbox.tour.caller import Caller
from sandbox.tour.tenants import Tenant, TenantApi, fresh_source, new_tenant
from tests.support.checkout import Checkout, checked_out
from tests.support.partner_api import PartnerApi
from tests.system.contract_caller import ContractCaller


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
    """Every answer of tenant-api that a test asks for through it is held to the published contract."""
    deployed = deployed_caller(session)
    return ContractCaller(deployed.endpoints, deployed.outputs)


@pytest.fixture
def url(session: Session) -> str:
    """Where the sandbox's own log and faults are."""
    return session.endpoints.emulator_url


@pytest.fixture(scope="module")
def api(caller: Caller) -> TenantApi:
    return TenantApi(caller, fresh_source())


@pytest.fixture(scope="session")
def partner_api(caller: Caller, tmp_path_factory: pytest.TempPathFactory) -> PartnerApi:
    return PartnerApi(caller, tmp_path_factory.mktemp("partners"))


@pytest.fixture
def tenant(api: TenantApi) -> Tenant:
    """A tenant of the test's own."""
    return new_tenant(api, f"proof-{secrets.token_hex(6)}")
