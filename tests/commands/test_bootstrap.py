"""Setting up `.venv`: which interpreter, and what a person reads when it cannot be done."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import bootstrap


def test_a_supported_python_is_used_as_it_is() -> None:
    assert bootstrap.choose_python("/usr/bin/python3", (3, 12)) == "/usr/bin/python3"


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14), (2, 7)])
def test_an_unsupported_python_looks_for_the_newest_supported_one_on_path(version: tuple[int, int]) -> None:
    on_path = {"python3.12": "/opt/python3.12", "python3.11": "/opt/python3.11"}
    minors = {"/opt/python3.12": (3, 12), "/opt/python3.11": (3, 11)}

    assert bootstrap.choose_python("/usr/bin/python3", version, on_path.get, minors.get) == "/opt/python3.12"


def test_a_name_on_path_that_is_not_that_python_is_passed_over() -> None:
    on_path = {"python3.13": "/shims/python3.13", "python3.11": "/opt/python3.11"}
    minors = {"/opt/python3.11": (3, 11)}

    assert bootstrap.choose_python("/usr/bin/python3", (3, 9), on_path.get, minors.get) == "/opt/python3.11"


def test_without_any_supported_python_the_error_says_what_to_install() -> None:
    with pytest.raises(bootstrap.SetupError, match=r"Python 3\.9 cannot run Gatehouse.*install one of them"):
        bootstrap.choose_python("/usr/bin/python3", (3, 9), lambda _: None, lambda _: None)


def test_a_python_that_is_too_old_ends_with_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 6, 0))
    monkeypatch.setenv("PATH", "")

    assert bootstrap.main() == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: Python 3.6 cannot run Gatehouse")
    assert captured.err.count("\n") == 1


def test_a_full_disk_ends_with_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(bootstrap, "setup", full)

    assert bootstrap.main() == 1
    assert capsys.readouterr().err == "error: the disk is full: free some space, then run the same command again.\n"


def test_a_tool_that_meets_a_full_disk_is_reported_as_one() -> None:
    with pytest.raises(OSError, match="No space left on device"):
        bootstrap.run([sys.executable, "-c", "import os; os.write(os.open('/dev/full', os.O_WRONLY), b'x')"], "failed")


def test_a_failing_tool_is_reported_with_its_last_line_only() -> None:
    with pytest.raises(bootstrap.SetupError, match=r"^It could not be done \(second\)$"):
        bootstrap.run([sys.executable, "-c", "print('first\\nsecond'); raise SystemExit(3)"], "It could not be done")


def test_an_interrupted_installation_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".lock-digest")
    assert not bootstrap.is_current("digest")

    (tmp_path / ".lock-digest").write_text("digest")
    assert bootstrap.is_current("digest")
    assert not bootstrap.is_current("the digest of a newer lock file")


def test_the_installer_is_fetched_once_and_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[list[str]] = []

    def fetch(command: list[str], failure: str) -> None:
        fetched.append(command)
        binary = Path(command[command.index("--target") + 1]) / "bin" / "uv"
        binary.parent.mkdir()
        binary.touch(mode=0o755)

    monkeypatch.setattr(bootstrap, "run", fetch)
    first = bootstrap.installer("python3", tmp_path)
    second = bootstrap.installer("python3", tmp_path)

    assert first == second
    assert len(fetched) == 1
    assert "--require-hashes" in fetched[0]
    assert os.access(first, os.X_OK)


def test_an_installer_that_cannot_be_fetched_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], failure: str) -> None:
        raise bootstrap.SetupError(failure)

    monkeypatch.setattr(bootstrap, "run", fail)
    with pytest.raises(bootstrap.SetupError, match="install pip for this Python"):
        bootstrap.installer("python3", tmp_path)

    assert [entry.name for entry in (tmp_path / "uv").iterdir()] == [".lock"]


def test_the_file_can_be_read_by_an_old_python() -> None:
    source = Path(bootstrap.__file__).read_text()
    compile(source, "bootstrap.py", "exec", dont_inherit=True)
    program = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))"
    subprocess.run([sys.executable, "-c", program], input=source, text=True, check=True, timeout=60)
