"""Installs a lock's wheels for a Lambda platform, once per machine, into the per-user cache.

The folder's name is a digest of the lock, the platform and how it is installed; what is there is complete, because it
was moved there whole. `uv` installs where there is one (beside this Python or on PATH), else this Python's `pip`, which
every virtual environment that Pulumi makes has. Deliberately no Docker, and no fallback to packages of this machine.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from components.errors import ArgumentError
from components.wheels import WheelPlatform, check_lock, pip_command, uv_command

RECIPE = 1  # part of the digest: raise it when what is installed changes while lock and platform stay


class WheelInstaller(Protocol):
    """Gives the folder that holds a lock's packages, unpacked."""

    def installed(self, what: str, lock: Path, platform: WheelPlatform) -> Path:
        """The folder. Raises `ArgumentError`, beginning with `what`, when the packages cannot be had."""
        ...


def cache_directory() -> Path:
    """The per-user cache: `$GATEHOUSE_CACHE`, else `$XDG_CACHE_HOME/gatehouse`, else `~/.cache/gatehouse`."""
    explicit = os.environ.get("GATEHOUSE_CACHE")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gatehouse"


def run_command(command: Sequence[str]) -> tuple[int, str]:
    """Exit code and all output of a command. Raises OSError where it cannot be started."""
    answer = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return answer.returncode, answer.stdout


class WheelCache:
    """The `WheelInstaller` of deployments. Processes that want the same folder at once install it once."""

    def __init__(
        self, directory: Path | None = None, run: Callable[[Sequence[str]], tuple[int, str]] = run_command
    ) -> None:
        self._directory = directory
        self._run = run

    def installed(self, what: str, lock: Path, platform: WheelPlatform) -> Path:
        """See `WheelInstaller`."""
        contents = check_lock(what, lock)
        key = hashlib.sha256(b"%d %s\n%s" % (RECIPE, str(platform).encode(), contents)).hexdigest()[:16]
        homes = (self._directory or cache_directory()) / "layers"
        home = homes / f"{lock.parent.name}-{platform}-{key}"
        try:
            if not home.is_dir():
                homes.mkdir(parents=True, exist_ok=True)
                with (homes / ".lock").open("w", encoding="utf-8") as one_at_a_time:
                    fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
                    if not home.is_dir():
                        self._install(what, lock, platform, home)
        except OSError as error:
            raise ArgumentError(
                f"{what}: the cache {homes} cannot be written ({error.strerror or error}); "
                "free some space or name another folder in GATEHOUSE_CACHE."
            ) from error
        return home

    def _install(self, what: str, lock: Path, platform: WheelPlatform, home: Path) -> None:
        scratch = Path(tempfile.mkdtemp(dir=home.parent))
        try:
            command = installing_command(what, lock, scratch, platform)
            code, output = self._run(command)
            if code:
                lines = " ".join(line.strip() for line in output.splitlines() if line.strip())
                raise ArgumentError(
                    f"{what}: the wheels of {lock} cannot be installed for {platform} ({lines[-400:] or code}); check "
                    "that the package index is reachable and has a wheel for that platform, or run `make lock`."
                )
            scratch.chmod(0o755)  # made for one user only; a layer's files are read by others
            scratch.rename(home)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def installing_command(what: str, lock: Path, target: Path, platform: WheelPlatform) -> list[str]:
    """The command of the installer that is here. Raises `ArgumentError` when there is none."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if os.access(beside, os.X_OK) else shutil.which("uv")
    if uv is not None:
        return uv_command(uv, python=sys.executable, lock=lock, target=target, platform=platform)
    if importlib.util.find_spec("pip") is not None:
        return pip_command(sys.executable, lock=lock, target=target, platform=platform)
    raise ArgumentError(
        f"{what}: this Python's environment has neither uv nor pip; run `{sys.executable} -m ensurepip` or install uv."
    )
