"""Installs the Lambda runtime's own libraries from the lock file, into the per-user cache, once per machine.

The wheels are those for AWS's own platform whatever this machine is: only their Python files are used (the one compiled
part, the client's HTTP, is replaced by `client/runtime_client.py`; `simplejson` does without its own).
Deliberately no fallback to the packages of this project's environment: functions must not see them.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.cached_folder import made_once
from sandbox.errors import SandboxError

LOCK_FILE = Path(__file__).with_name("requirements.txt")
# Wheels of AWS's runtime for Python 3.12 on x86_64, wherever this runs.
PYTHON_VERSION = "3.12"
PLATFORM = "x86_64-manylinux2014"


def installed_packages(cache: Path, progress: Callable[[str], None]) -> Path:
    """The folder to put on a function's module search path; installed now if this lock was never installed.

    Raises `SandboxError` when they cannot be fetched, `OSError` when the cache cannot be written.
    """
    home = cache / "lambda-runtime" / hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:16]

    def install(scratch: Path) -> None:
        progress("installing the Lambda runtime's libraries (once per machine)")
        _install(installer(), scratch)

    return made_once(home, install)


def installer() -> str:
    """The `uv` to use: `$GATEHOUSE_UV`, else the one beside this interpreter, else the one on PATH.

    Raises `SandboxError` when there is none.
    """
    explicit = os.environ.get("GATEHOUSE_UV")
    if explicit:
        return explicit
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("uv")
    if found is None:
        raise SandboxError("`uv` is not in this environment; run `make setup`, which installs it")
    return found


def _install(uv: str, target: Path) -> None:
    command = [uv, "pip", "install", "--quiet", "--target", str(target), "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-version", PYTHON_VERSION, "--python-platform", PLATFORM]
    command += ["--python", sys.executable, "-r", str(LOCK_FILE)]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except FileNotFoundError as error:
        raise SandboxError(f"`{uv}` (from $GATEHOUSE_UV) does not exist; unset it or name the real `uv`") from error
    if answer.returncode:
        lines = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
        reason = lines[-1] if lines else "it printed nothing"
        raise SandboxError(
            f"the Lambda runtime's libraries cannot be installed ({reason}); "
            "check that the package index is reachable and the disk is not full, then run this again"
        )
