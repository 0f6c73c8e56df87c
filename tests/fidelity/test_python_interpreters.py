"""The interpreter for a runtime is the same minor version, else the nearest that works."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from sandbox.lambda_runtime.interpreters import (
    NoInterpreterError,
    best_interpreter,
    installed_candidates,
    probed_minor,
)


def choose(runtime: str, *installed: int, broken: Iterable[int] = ()) -> int:
    """The minor version that is chosen among these."""

    def candidates(minor: int) -> list[Path]:
        return [Path(f"/python3.{minor}")] if minor in installed else []

    def probe(path: Path) -> int | None:
        minor = int(path.name.partition(".")[2])
        return None if minor in broken else minor

    return best_interpreter(runtime, candidates, probe).minor


@pytest.mark.parametrize(
    ("runtime", "installed", "expected"),
    [
        ("python3.12", (11, 12, 13), 12),
        ("python3.12", (11, 13), 13),
        ("python3.12", (11,), 11),
        ("python3.13", (11, 12), 12),
        ("python3.14", (11, 12, 13), 13),
        ("python3.9", (12, 13), 12),
    ],
)
def test_the_same_minor_version_else_the_nearest_and_newer_first(
    runtime: str, installed: tuple[int, ...], expected: int
) -> None:
    assert choose(runtime, *installed) == expected


def test_an_interpreter_that_does_not_work_is_passed_over() -> None:
    assert choose("python3.12", 11, 12, 13, broken=[12, 13]) == 11


def test_no_interpreter_says_what_to_install() -> None:
    with pytest.raises(NoInterpreterError, match=r"no Python 3\.11 or newer for the runtime python3\.12; install one"):
        choose("python3.12")
    with pytest.raises(NoInterpreterError, match=r"nodejs22\.x is not a Python 3 runtime"):
        choose("nodejs22.x", 11)


def test_an_executable_that_is_none_or_claims_another_version_is_no_interpreter(tmp_path: Path) -> None:
    fake = tmp_path / "python3.12"
    assert probed_minor(fake) is None
    fake.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    fake.chmod(0o755)
    assert probed_minor(fake) is None
    fake.write_text("#!/bin/sh\necho 3 11\n", encoding="utf-8")
    assert probed_minor(fake) == 11


def test_path_comes_before_pyenv_and_pyenv_before_uv_and_shims_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {
        "shim": tmp_path / "shims" / "python3.14",
        "path": tmp_path / "bin" / "python3.14",
        "old": tmp_path / "pyenv" / "versions" / "3.14.9" / "bin" / "python3.14",
        "new": tmp_path / "pyenv" / "versions" / "3.14.10" / "bin" / "python3.14",
        "uv": tmp_path / "uv" / "cpython-3.14.2-linux" / "bin" / "python3.14",
    }
    for place in places.values():
        place.parent.mkdir(parents=True)
        place.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert installed_candidates(14) == [places["path"], places["new"], places["old"], places["uv"]]
