"""SPIRE is started whole or not at all, is known by its record, and is ended without harm to others.

With shell scripts in the place of SPIRE's programs, so that they fail when they are told to.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.processes import process_started
from sandbox.spire import processes
from sandbox.spire.build import AGENT, OIDC_PROVIDER, SERVER
from sandbox.spire.processes import end, ended_programs, ensure_running
from sandbox.spire.record import SpireRecord, read_record, write_record
from tests.engine.fake_tools import script
from tests.support.sandbox import wait_until

# Run as `spire-server run -config FILE`: makes the socket that the file names, and stays.
SERVER_SCRIPT = """
case "$1" in
    run) /bin/mkdir -p "$(/usr/bin/dirname "$(socket)")"; : > "$(socket)"; echo $$ > "$0.pid"; exec /bin/sleep 300;;
    healthcheck) exit 0;;
esac
"""


def test_a_program_that_does_not_start_ends_the_start_and_what_was_started(tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    socket = (
        r"""socket() { /bin/sed -n 's/.*socket_path = "\(.*\)"/\1/p' "${0%/*}/../.sandbox/spire/spire-server.conf"; }"""
    )
    script(folder / SERVER, socket + SERVER_SCRIPT)
    script(folder / OIDC_PROVIDER, "echo starting; echo 'address already in use' >&2; exit 1")
    state = tmp_path / ".sandbox"
    state.mkdir()

    with pytest.raises(SandboxError) as failure:
        ensure_running(state, binaries=folder, trust_domain="company.internal")

    log = state / "spire" / f"{OIDC_PROVIDER}.log"
    assert str(failure.value) == f"SPIRE's {OIDC_PROVIDER} ended while it started (address already in use); see {log}"
    assert read_record(state) is None
    assert process_started(int((folder / f"{SERVER}.pid").read_text())) is None
    assert not end(state)


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    state = tmp_path / ".sandbox"
    state.mkdir()
    with pytest.raises(SandboxError, match=r"SPIRE's spire-server ended while it started .*not found"):
        ensure_running(state, binaries=tmp_path / "nowhere", trust_domain="company.internal")
    assert read_record(state) is None


@pytest.fixture
def stranger() -> "subprocess.Popen[bytes]":
    """A process that is not SPIRE's."""
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def record_of(state: Path, *, pid: int, started: str) -> SpireRecord:
    (state / "spire").mkdir(parents=True)
    sockets = state / "sockets"
    sockets.mkdir()
    record = SpireRecord(
        trust_domain="company.internal",
        issuer_url="http://127.0.0.1:1",
        binaries="/nowhere",
        server_socket=str(sockets / "server.sock"),
        workload_socket=str(sockets / "agent.sock"),
        agent_id="spiffe://company.internal/sandbox/agent",
        processes={AGENT: (pid, started)},
    )
    write_record(state, record)
    return record


def test_another_process_with_the_same_number_is_left_alone(
    tmp_path: Path, stranger: "subprocess.Popen[bytes]"
) -> None:
    record = record_of(tmp_path / "state", pid=stranger.pid, started="long ago")
    try:
        assert ended_programs(record) == [AGENT]
        assert end(tmp_path / "state")
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n", timeout=10)


def test_what_does_not_listen_to_asking_is_ended_hard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    mark = tmp_path / "deaf"
    deaf = subprocess.Popen(["/bin/sh", "-c", f"trap '' TERM; : > {mark}; while :; do sleep 0.05; done"])
    wait_until(mark.exists, what="the process is deaf")
    record_of(tmp_path / "state", pid=deaf.pid, started=process_started(deaf.pid) or "")

    assert end(tmp_path / "state")
    assert deaf.wait(timeout=10) == -9
    assert read_record(tmp_path / "state") is None
    assert not (tmp_path / "state" / "sockets").exists()
    assert not end(tmp_path / "state")


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"processes": {}}'])
def test_a_damaged_record_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "spire").mkdir()
    (tmp_path / "spire" / "spire.json").write_text(content)
    with pytest.raises(
        SandboxError, match=r"spire\.json is damaged or of another version: delete it, then run `make spire`"
    ):
        read_record(tmp_path)


def test_the_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = record_of(tmp_path, pid=os.getpid(), started="now")
    assert read_record(tmp_path) == record
