"""Fixtures: a command line that sees neither this checkout's sandbox nor this machine's AWS settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.deployment import FUNCTION, deploy_folder
from tests.cli.support import CommandLine
from tests.functions.support import SETTINGS, signing_key_version
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root
from tests.support.ports import free_port
from tests.support.sandbox import RunningSandbox, running_sandbox


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
    return free_port()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def key_id(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hello authorizer, deployed; answers the `kid` of its signing key."""
    secret = sandbox.client("secretsmanager").create_secret(
        Name="hello-signing-key", SecretString=signing_key_version().value
    )
    task = make_task_root(tmp_path_factory.mktemp("task"), packages=AUTHORIZER_PACKAGES, chain="hello")
    variables = {**SETTINGS, "SIGNING_KEY_SECRET_ARN": secret["ARN"]}
    deploy_folder(sandbox, FUNCTION, task, "authorizer.handler.handle", variables)
    return secret["VersionId"]
