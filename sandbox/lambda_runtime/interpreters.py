"""Finds the installed Python that matches a Lambda runtime best. Deliberately installs none.

Looked at: `python3.X` on PATH, pyenv's and uv's versions, and the interpreter that this environment was made from.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

# The code that runs in functions supports 3.11 and newer.
OLDEST_MINOR = 11
NEWEST_MINOR = 14
# What functions need of the standard library that an interpreter can be built without, or lose with a library of the
# machine's. Only the compiled parts: those in Python are always there, and loading them takes three times as long.
PROBE = "import _ctypes, _hashlib, _ssl, sys, zlib; print(*sys.version_info[:2])"


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """An executable and its minor version (12 for Python 3.12)."""

    executable: Path
    minor: int


class NoInterpreterError(RuntimeError):
    """No installed Python can run functions."""


def best_interpreter(
    runtime: str, candidates: Callable[[int], Iterable[Path]], probe: Callable[[Path], int | None]
) -> Interpreter:
    """The interpreter for `runtime` (such as `python3.12`): the same minor version, else the nearest, newer first.

    `candidates` answers the executables that may be Python 3.<minor>, best first; `probe` the minor version of one that
    works. Raises `NoInterpreterError`.
    """
    wanted = runtime_minor(runtime)
    minors = sorted(range(OLDEST_MINOR, NEWEST_MINOR + 1), key=lambda minor: (abs(minor - wanted), -minor))
    for minor in minors:
        for executable in candidates(minor):
            if probe(executable) == minor:
                return Interpreter(executable=executable, minor=minor)
    raise NoInterpreterError(f"no Python 3.{OLDEST_MINOR} or newer for the runtime {runtime}; install one")


def runtime_minor(runtime: str) -> int:
    """12 for `python3.12`. Raises `NoInterpreterError` for what is no Python 3 runtime."""
    match = re.fullmatch(r"python3\.(\d+)", runtime)
    if match is None:
        raise NoInterpreterError(f"{runtime} is not a Python 3 runtime")
    return int(match.group(1))


def installed_candidates(minor: int) -> list[Path]:
    """Executables on this machine that may be Python 3.<minor>: those on PATH, then the newest patch releases."""
    name = f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    found = [Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    # A pyenv shim answers for whichever version is selected where it is called, or not at all.
    found = [path for path in found if path.parent.name != "shims"]
    found += _newest_first(pyenv.glob(f"3.{minor}.*/bin/{name}"))
    found += _newest_first(uv.glob(f"cpython-3.{minor}.*/bin/{name}"))
    if sys.version_info.minor == minor:
        found.append(Path(sys.base_prefix) / "bin" / name)
    return [path for path in dict.fromkeys(found) if os.access(path, os.X_OK)]


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], reverse=True)


def probed_minor(executable: Path) -> int | None:
    """The minor version of a Python 3 that starts isolated and has what functions need; otherwise `None`."""
    try:
        answer = subprocess.run(
            [executable, "-I", "-S", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = answer.stdout.split()
    return int(version[1]) if answer.returncode == 0 and version[:1] == ["3"] else None
