"""Setting up `.venv`: which interpreter, and what a person reads when it cannot be done."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import bootstrap

RUNNING = "/home/of-pyenv/python3"


def choose(version: tuple[int, int], *, optimized: bool = False, named: bool = False, **installed: bool) -> str:
    """What is chosen where `python3_<minor>_<place>` say what else is installed, and whether that is optimized."""

    def of_version(minor: int) -> list[bootstrap.Interpreter]:
        return [
            bootstrap.Interpreter(name, (3, minor), better)
            for name, better in installed.items()
            if name.startswith(f"python3_{minor}_")
        ]

    return bootstrap.choose_python(
        RUNNING,
        version,
        named=named,
        probe=lambda executable: bootstrap.Interpreter(executable, version, optimized),
        installed=of_version,
    )


def test_a_supported_python_is_used_as_it_is_if_it_is_optimized_or_named_or_there_is_no_better_one() -> None:
    others = {"python3_12_of_the_distribution": True, "python3_13_of_the_distribution": True}

    assert choose((3, 12), optimized=True, **others) == RUNNING
    assert choose((3, 12), named=True, **others) == RUNNING
    assert choose((3, 11), **others) == RUNNING  # whoever has chosen a version gets that version
    assert choose((3, 12), python3_12_of_pyenv=False) == RUNNING


def test_an_optimized_python_of_the_same_version_stands_in_for_one_that_is_not() -> None:
    assert choose((3, 12), python3_12_of_pyenv=False, python3_12_first=True, python3_12_next=True) == "python3_12_first"


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14), (2, 7)])
@pytest.mark.parametrize("named", [False, True])
def test_an_unsupported_python_looks_for_the_newest_supported_one(version: tuple[int, int], named: bool) -> None:
    older = {"python3_11_first": True}

    assert choose(version, named=named, **older, python3_12_first=False) == "python3_12_first"
    assert choose(version, named=named, python3_12_first=False, python3_12_next=True, **older) == "python3_12_next"


def test_without_any_supported_python_the_error_says_what_to_install() -> None:
    with pytest.raises(bootstrap.SetupError, match=r"Python 3\.9 cannot run Gatehouse.*install one of them"):
        choose((3, 9))


def python(path: Path, script: str) -> Path:
    """An executable file, in a folder of its own."""
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_on_path_are_those_that_run_have_that_version_and_are_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = sys.version_info[:2]
    name = f"python3.{version[1]}"
    # As a distribution's smallest part of Python: modules of the standard library are missing.
    without = "import sys; sys.modules['asyncio'] = None; exec(sys.argv[3])"
    part = f'exec {shlex.quote(sys.executable)} -c {shlex.quote(without)} "$@"'
    python(tmp_path / "broken" / name, "exit 1")
    python(tmp_path / "other" / name, "echo 3 10 1")
    python(tmp_path / "part" / name, part)
    good = python(tmp_path / "good" / name, f'exec {shlex.quote(sys.executable)} "$@"')
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / name).write_text("no program", encoding="utf-8")
    folders = ["", "none", "broken", "other", "part", "text", "good"]
    monkeypatch.setenv("PATH", os.pathsep.join(folder and str(tmp_path / folder) for folder in folders))

    [found] = bootstrap.on_path(version[1])

    assert (found.executable, found.version) == (str(good), version)


@pytest.mark.parametrize(
    ("arguments", "prefix", "optimized"),
    [
        ("'--enable-shared' '--enable-optimizations'", "/opt/python", True),
        ("'--enable-shared'", "/opt/python", False),
        ("'--enable-shared'", "/usr", True),
        ("", "/opt/python", False),
    ],
)
def test_an_interpreter_says_how_it_was_compiled(tmp_path: Path, arguments: str, prefix: str, optimized: bool) -> None:
    said = f"import sys, sysconfig; sys.base_prefix = {prefix!r}; sysconfig.get_config_var = lambda _: {arguments!r}"
    script = f'exec {shlex.quote(sys.executable)} -c {shlex.quote(said + "; exec(sys.argv[3])")} "$@"'
    found = bootstrap.probed(str(python(tmp_path / "bin" / "python3", script)))

    assert found is not None
    assert found.optimized is optimized


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
    def full(*, named: bool) -> None:
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
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".lock-digest")
    python(tmp_path / "bin" / "python", "")
    assert not bootstrap.is_current("digest")

    (tmp_path / ".lock-digest").write_text("digest")
    assert bootstrap.is_current("digest")
    assert not bootstrap.is_current("the digest of a newer lock file")


def test_where_nothing_changed_nobody_looks_for_another_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[bool] = []

    def choose_python(running: str, version: tuple[int, int], *, named: bool) -> str:
        chosen.append(named)
        return running

    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".lock-digest")
    monkeypatch.setattr(bootstrap, "choose_python", choose_python)
    monkeypatch.setattr(bootstrap, "installer", lambda python, cache: "uv")
    monkeypatch.setattr(bootstrap, "run", lambda command, failure: None)
    python(tmp_path / "bin" / "python", "")

    for named in (False, False, True, True, False):
        bootstrap.setup(named=named)

    assert chosen == [False, True, False]


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
