"""Installs the packages of a committed `package-lock.json` into the per-user cache, once per lock.

The lock has versions and integrity hashes and no addresses, so the registry is the one that npm is configured with.
No package's scripts are run.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

from sandbox.bootstrap import cache_directory
from sandbox.cached_folder import made_once


class PeerUnavailableError(Exception):
    """A peer cannot be measured here; the message says why, in a few words."""


def node() -> str:
    """The Node.js on PATH. Raises `PeerUnavailableError` when there is none."""
    found = shutil.which("node")
    if found is None:
        raise PeerUnavailableError("`node` is not on PATH")
    return found


def node_packages(project: Path) -> Path:
    """The folder that holds `node_modules` of the project's lock; installed now if this lock never was.

    Raises `PeerUnavailableError` when npm is missing or cannot install them.
    """
    lock = (project / "package-lock.json").read_bytes()
    name = f"{project.name}-{hashlib.sha256(lock).hexdigest()[:16]}"

    def install(scratch: Path) -> None:
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(project / file, scratch / file)
        _install(scratch)

    return made_once(cache_directory() / "benchmarks" / name, install)


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PeerUnavailableError("`npm` is not on PATH")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
        raise PeerUnavailableError(f"npm cannot install it ({reason[-200:]})")
