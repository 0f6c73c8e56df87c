"""The small parts: processes, locks, ports, log file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import locks, processes
from sandbox.errors import SandboxError
from sandbox.server import logfile, ports

WAITS = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_process_is_known_by_its_start_not_only_its_number() -> None:
    started = processes.process_started(os.getpid())
    assert started is not None
    assert processes.process_started(os.getpid()) == started
    with subprocess.Popen(WAITS) as other:
        assert processes.process_started(other.pid) not in (None, started)
        other.kill()


def test_a_process_that_ended_is_none_even_before_its_parent_looks() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert processes.process_started(ended.pid) is None
    assert processes.process_started(ended.pid) is None


def test_a_lock_is_held_once_and_free_when_its_holder_is_gone(tmp_path: Path) -> None:
    held = locks.try_lock(tmp_path / "lock")
    assert held is not None
    assert locks.try_lock(tmp_path / "lock") is None
    with (
        pytest.raises(SandboxError, match="someone holds it for more than 0 s"),
        locks.locked(tmp_path / "lock", waiting=locks.at_most(0, "someone holds it")),
    ):
        pass
    held.close()
    with locks.locked(tmp_path / "lock", waiting=locks.at_most(0, "someone holds it")):
        assert locks.try_lock(tmp_path / "lock") is None


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert ports.remembered_ports(tmp_path) == {}
    ports.remember_ports(tmp_path, {"emulator": 4000, "provider": 4001})
    assert ports.remembered_ports(tmp_path) == {"emulator": 4000, "provider": 4001}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"emulator": 0}', '{"emulator": 70000}', '{"emulator": "4000"}'])
def test_ports_that_cannot_be_are_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content, encoding="utf-8")
    with pytest.raises(SandboxError, match="is damaged"):
        ports.remembered_ports(tmp_path)


def test_the_log_is_emptied_in_place_when_it_is_too_long(tmp_path: Path) -> None:
    path = logfile.log_path(tmp_path)
    with path.open("a", encoding="utf-8") as writer:
        writer.write("first\n")
        writer.flush()
        assert logfile.trim_log(tmp_path, most_bytes=100) is False
        writer.write("x" * 200 + "\n")
        writer.flush()
        assert logfile.trim_log(tmp_path, most_bytes=100) is True
        writer.write("after\n")
    assert path.read_text(encoding="utf-8") == "after\n"
    assert (tmp_path / "sandbox.log.1").read_text(encoding="utf-8").startswith("first\n")


def test_no_log_is_not_too_long(tmp_path: Path) -> None:
    assert logfile.trim_log(tmp_path) is False


def test_who_reads_a_note_while_it_is_written_finds_a_whole_one(tmp_path: Path) -> None:
    processes.note_process(tmp_path, os.getppid())
    with (tmp_path / processes.NOTE_NAME).open(encoding="utf-8") as reader:
        processes.note_process(tmp_path, os.getpid())
        assert json.load(reader)[0] == os.getppid()
    assert json.loads((tmp_path / processes.NOTE_NAME).read_text(encoding="utf-8"))[0] == os.getpid()
    assert [left.name for left in tmp_path.iterdir()] == [processes.NOTE_NAME]


def test_left_processes_are_ended_and_others_are_not(tmp_path: Path) -> None:
    with subprocess.Popen(WAITS) as left, subprocess.Popen(WAITS) as innocent:
        for name, process in (("left", left), ("recycled", innocent)):
            (tmp_path / name).mkdir()
            processes.note_process(tmp_path / name, process.pid)
        other_start = json.dumps([innocent.pid, "long ago"])
        (tmp_path / "recycled" / processes.NOTE_NAME).write_text(other_start, encoding="utf-8")
        (tmp_path / "half").mkdir()
        (tmp_path / "half" / processes.NOTE_NAME).write_text("[12", encoding="utf-8")
        assert processes.end_leftovers(tmp_path) == 1
        assert left.wait(timeout=30) != 0
        assert innocent.poll() is None
        innocent.kill()
