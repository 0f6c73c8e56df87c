"""Commands whose output nobody reads any more (`make status | head`): they end, and say nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.__main__ import is_unread

ROOT = Path(__file__).resolve().parents[2]


def unread(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a module whose output goes to a pipe without a reader; its sandbox would be in `folder`."""
    (folder / "Pulumi.yaml").write_text("name: nothing\nruntime: python\n", encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, "PROGRAM": str(folder), "PYTHONPATH": "functions"},
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("sandbox", "status"), 0),  # has looked, and there is nothing else to do
        (("sandbox", "down"), 141),  # 128 + SIGPIPE, as of a program that writes to a closed pipe
    ],
)
def test_a_command_that_nobody_reads_ends_without_a_word(tmp_path: Path, command: tuple[str, ...], code: int) -> None:
    ended = unread(tmp_path, *command)
    assert (ended.returncode, ended.stderr) == (code, "")


def test_an_answer_of_the_command_line_that_nobody_reads_is_no_success(tmp_path: Path) -> None:
    truststore = tmp_path / "truststore.pem"
    truststore.write_text("nothing", encoding="ascii")
    ended = unread(tmp_path, "cli", "ca", "check", str(truststore))
    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_pipe_is_unread_once_its_reader_is_gone() -> None:
    reading, writing = os.pipe()
    try:
        assert not is_unread(writing)
        os.close(reading)
        assert is_unread(writing)
    finally:
        os.close(writing)
