"""A plain emulator and the provider in front of it, once per session; a configured connection per test."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sandbox.provider.server import serve_provider
from sandbox.provider.aws_clients import EmulatorClients
from tests.provider.driver import connect

REGION = "eu-west-1"
START_LIMIT = 60.0


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulator")
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": "111122223333",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    log = (folder / "emulator.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"], env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/_ministack/ready", process, folder / "emulator.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@pytest.fixture(scope="session")
def ledger(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("provider") / "ledger.jsonl"


@pytest.fixture(scope="session")
def provider(emulator_url, ledger):
    server = serve_provider(endpoint_url=emulator_url, port=0, ledger=ledger)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def aws(provider):
    """A connection that is configured for `REGION`."""
    driver = connect(provider.port)
    yield driver.configure(region=REGION)
    driver.channel.close()


@pytest.fixture(scope="session")
def clients(emulator_url):
    """boto3 clients of the same account and region, to look at and change things behind the provider's back."""
    return EmulatorClients(endpoint_url=emulator_url, region=REGION)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text(errors='replace')}")
