"""The tables and roles that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.functions.tenant_data.emulator import TenantEmulator
from tests.support.sandbox import RunningSandbox


@pytest.fixture(scope="session")
def emulator(sandbox: RunningSandbox) -> Iterator[TenantEmulator]:
    """Tables and roles; every test uses customers of its own."""
    made = TenantEmulator(sandbox)
    yield made
    made.close()
