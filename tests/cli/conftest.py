"""Fixtures: a command line that sees neither this checkout's sandbox nor this machine's AWS settings."""

import os
import socket
from pathlib import Path

import pytest

from tests.cli.support import CommandLine


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder as the checkout in which a sandbox is looked for, and no AWS in the environment."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    checkout = tmp_path_factory.mktemp("checkout")
    monkeypatch.setattr("cli.explain.command.CHECKOUT", checkout)
    return checkout


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Runs commands in this process."""
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
