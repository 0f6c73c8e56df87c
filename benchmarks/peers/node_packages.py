"""Installs the packages of a committed `package-lock.json` into the per-user cache, once per lock.

The lock has versions and integrity hashes and no addresses, so the registry is the one that npm is configured with.
No package's scripts are run.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox.bootstrap import cache_directory


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
    homes = cache_directory() / "benchmarks"
    homes.mkdir(parents=True, exist_ok=True)
    home = homes / f"{project.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    with (homes / ".lock").open("w", encoding="utf-8") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not home.is_dir():
            scratch = Path(tempfile.mkdtemp(dir=homes))
            try:
                for name in ("package.json", "package-lock.json"):
                    shutil.copyfile(project / name, scratch / name)
                _install(scratch)
                scratch.rename(home)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return home


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PeerUnavailableError("`npm` is not on PATH")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
        raise PeerUnavailableError(f"npm cannot install it ({reason[-200:]})")
