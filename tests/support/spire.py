"""The real SPIRE for tests: its programs from the per-user cache, one server, provider and agent per test session.

`make spire-build` builds them, in about 8 minutes on two cores; tests that need them are skipped where that was not
done, with that as the reason. Nothing else is skipped.
"""

import contextlib
import json
import os
import signal
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.bootstrap import cache_directory
from sandbox.spire.build import OIDC_PROVIDER, SPIRE_VERSION, cached_folder, find_programs
from sandbox.spire.commands import SpireCommands
from sandbox.spire.processes import commands_of, end, ensure_running
from sandbox.spire.record import SpireRecord
from tests.support.sandbox import wait_until

TRUST_DOMAIN = "company.internal"
WORKLOAD = "/ns/prod/sa/api"


def spire_programs() -> Path:
    """The folder with SPIRE's programs; skips the test where they are not built."""
    programs = find_programs(cache_directory())
    if programs is None:
        pytest.skip(
            f"SPIRE {SPIRE_VERSION} is not built on this machine ({cached_folder(cache_directory())}): "
            "`make spire-build` builds it, in about 8 minutes"
        )
    return programs


@dataclass
class RunningSpire:
    """A SPIRE of the tests' own, in which whoever runs the tests is the workload."""

    state_directory: Path
    programs: Path
    record: SpireRecord

    @property
    def commands(self) -> SpireCommands:
        """What it is asked through."""
        return commands_of(self.record)

    @property
    def workload(self) -> str:
        """The SPIFFE ID of the workload."""
        return f"spiffe://{self.record.trust_domain}{WORKLOAD}"

    def key_ids(self) -> list[str]:
        """The ids of the keys that the OIDC provider publishes."""
        with urllib.request.urlopen(f"{self.record.issuer_url}/keys", timeout=10) as answer:
            document: Any = json.load(answer)
        return [key["kid"] for key in document["keys"]]

    def rotate(self) -> str:
        """A new key signs, published before as SPIRE does in time; its id."""
        key_id = self.commands.prepare_jwt_key()
        wait_until(lambda: key_id in self.key_ids(), what="the provider publishes the prepared key")
        self.commands.activate_jwt_key(key_id)
        return key_id

    def stop_provider(self) -> None:
        """Ends the OIDC discovery provider."""
        pid, _ = self.record.processes[OIDC_PROVIDER]
        os.kill(pid, signal.SIGKILL)

    def start_again(self) -> None:
        """Starts what has ended, as `make up` does."""
        self.record = ensure_running(
            self.state_directory, binaries=self.programs, trust_domain=self.record.trust_domain, workloads=workloads()
        )


def workloads() -> dict[str, list[str]]:
    """Whoever runs the tests."""
    return {WORKLOAD: [f"unix:uid:{os.getuid()}"]}


@contextlib.contextmanager
def running_spire(state_directory: Path, *, trust_domain: str = TRUST_DOMAIN) -> Generator[RunningSpire]:
    """A SPIRE that is ended with the test."""
    programs = spire_programs()
    state_directory.mkdir(exist_ok=True)
    record = ensure_running(state_directory, binaries=programs, trust_domain=trust_domain, workloads=workloads())
    try:
        yield RunningSpire(state_directory=state_directory, programs=programs, record=record)
    finally:
        end(state_directory)
