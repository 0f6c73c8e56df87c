"""A sandbox process, the provider in front of it and a configured connection, once per session."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # pulumi_aws warns of classes of its own that nobody uses, once, while it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from sandbox.provider.server import ProviderServer, serve_provider

from sandbox.provider.aws_clients import EmulatorClients
from tests.provider.driver import ProviderDriver, connect
from tests.support.sandbox import REGION, running_sandbox


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox as it is delivered, but the provider runs in this process, where tests see into it."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), with_provider=False) as sandbox:
        yield sandbox.url


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("provider") / "ledger.jsonl"


@pytest.fixture(scope="session")
def provider(emulator_url: str, ledger: Path) -> Iterator[ProviderServer]:
    server = serve_provider(endpoint_url=emulator_url, port=0, ledger=ledger)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def aws(provider: ProviderServer) -> Iterator[ProviderDriver]:
    """A connection that is configured for `REGION`; whoever wants another configuration makes one of their own."""
    driver = connect(provider.port)
    yield driver.configure(region=REGION)
    driver.channel.close()


@pytest.fixture(scope="session")
def clients(emulator_url: str) -> EmulatorClients:
    """boto3 clients of the same account and region, to look at and change things behind the provider's back."""
    return EmulatorClients(endpoint_url=emulator_url, region=REGION)
