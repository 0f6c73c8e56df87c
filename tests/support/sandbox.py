"""Starts a real sandbox process for a test: own folder, free ports, ended with the test. Never the user's sandbox."""

import contextlib
import json
import os
import signal
import time
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.processes import process_started
from sandbox.server import SandboxEndpoints, ensure_running, log_path, stop
from sandbox.server.settings import emulator_directory

REGION = "ap-southeast-3"
ACCOUNT_ID = "111122223333"


@dataclass(frozen=True, kw_only=True)
class RunningSandbox:
    """A sandbox process of this test."""

    state_directory: Path
    endpoints: SandboxEndpoints
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The emulator's URL."""
        return self.endpoints.emulator_url

    @property
    def port(self) -> int:
        """The emulator's port."""
        return int(self.url.rpartition(":")[2])

    def client(self, service: str, *, credentials: dict[str, str] | None = None) -> Any:
        """A boto3 client of it, as root or with the given `Credentials` of STS; every call is made once."""
        given = credentials or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        kept = (service, given["AccessKeyId"])
        if kept not in self.clients:
            self.clients[kept] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given.get("SessionToken"),
                config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60),
            )
        return self.clients[kept]

    def get_json(self, path: str) -> Any:
        """The JSON answer of one of the sandbox's own paths."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
            return json.load(answer)

    def log(self) -> str:
        """The process's log so far."""
        return log_path(self.state_directory).read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """`kill -9`, and waits until the process is gone."""
        os.kill(self.endpoints.pid, signal.SIGKILL)
        wait_until(lambda: process_started(self.endpoints.pid) is None, what="the killed process is gone")


@contextlib.contextmanager
def running_sandbox(
    state_directory: Path, *, leave_out: tuple[str, ...] = (), with_provider: bool = False, **settings: Any
) -> Generator[RunningSandbox]:
    """A sandbox without the named fidelity modules; stopped at the end. `settings` go to `ensure_running`."""
    _keep_key(state_directory)
    endpoints = ensure_running(
        state_directory,
        region=REGION,
        account_id=ACCOUNT_ID,
        leave_out=leave_out,
        with_provider=with_provider,
        **settings,
    )
    running = RunningSandbox(state_directory=state_directory, endpoints=endpoints)
    try:
        yield running
    finally:
        for client in running.clients.values():
            client.close()
        stop(state_directory)


def _keep_key(state_directory: Path) -> None:
    """Gives the emulator the key that it makes when it is loaded, for tokens of no user pool, before it has one.

    User pools have keys of their own. To make it took an eighth of a small sandbox's start.
    """
    folder = emulator_directory(state_directory) / "state"
    for each in (*reversed(folder.parents[:2]), folder):
        each.mkdir(parents=True, mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError), (folder / "cognito-rsa-key.pem").open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(_key_of_no_pool())


@cache
def _key_of_no_pool() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def wait_until(holds: Any, *, what: str, patience: float = 30.0) -> Any:
    """Calls `holds` until it answers something true, and answers that; fails with `what` when patience ends."""
    give_up = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < give_up, f"not within {patience:.0f} s: {what}"
        time.sleep(0.02)
    return found
