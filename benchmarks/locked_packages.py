"""Packages from a lock file of their own, such as a peer's, in the per-user cache: never in this project's environment.

As in an archive for Lambda, sources alone are installed; `compiled=True` also has their bytecode.
"""

import compileall
import hashlib
import subprocess
import sys
from pathlib import Path

from components.wheels import WheelPlatform, uv_command
from sandbox.bootstrap import cache_directory
from sandbox.cached_folder import made_once
from sandbox.lambda_runtime.packages import installer


def locked_packages(lock_file: Path, *, compiled: bool = False, platform: WheelPlatform | None = None) -> Path:
    """The folder with the packages of `lock_file`; installed now if this lock never was, for this interpreter.

    With `platform`, they are the wheels that a layer for it would have, which may be others than this machine's own.

    Raises:
        RuntimeError: they cannot be installed.
    """
    wanted = "" if platform is None else str(platform)
    identity = hashlib.sha256(lock_file.read_bytes() + sys.version.encode() + wanted.encode()).hexdigest()[:16]
    name = f"{lock_file.parent.name}-{identity}{'-compiled' if compiled else ''}"

    def install(scratch: Path) -> None:
        _install(lock_file, scratch, platform)
        if compiled and not compileall.compile_dir(scratch, quiet=2):
            raise RuntimeError(f"the packages of {lock_file} do not compile")

    return made_once(cache_directory() / "benchmarks" / name, install)


def _install(lock_file: Path, target: Path, platform: WheelPlatform | None) -> None:
    if platform is None:
        command = [installer(), "pip", "install", "--quiet", "--target", str(target), "--require-hashes", "--no-deps"]
        command += ["--only-binary", ":all:", "--python", sys.executable, "-r", str(lock_file)]
    else:
        command = uv_command(installer(), python=sys.executable, lock=lock_file, target=target, platform=platform)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the packages of {lock_file} cannot be installed:\n{done.stderr}")
