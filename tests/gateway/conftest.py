"""Two sandboxes for this folder: `sandbox` with every fidelity module, `emulator` without API Gateway's and ACM's."""

from collections.abc import Iterator

import pytest

from sandbox.fidelity.acm import ACM_MODULES
from sandbox.fidelity.gateway import GATEWAY_MODULES
from tests.gateway.rest_api import ApiWorkshop
from tests.support.sandbox import running_sandbox


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorkshop]:
    """Where everything is as on AWS."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield ApiWorkshop(running)


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorkshop]:
    """Where the gaps of the emulator show."""
    with running_sandbox(tmp_path_factory.mktemp("emulator"), leave_out=(*GATEWAY_MODULES, *ACM_MODULES)) as running:
        yield ApiWorkshop(running)
