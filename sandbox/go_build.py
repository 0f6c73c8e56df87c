"""Builds programs with Go from a module that a committed go.mod and go.sum pin, with progress and a log.

Deliberately leaves Go's own caches where the user has them, so that a build that was interrupted goes on where it was.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.prepared_folder import PROGRESS_SECONDS, Progress, disk_full

BUILD_SECONDS = 3600.0
STOP_SECONDS = 10.0
_OTHER_MACHINES = ("GOOS", "GOARCH", "GOARM", "GOAMD64")


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """What is built. `what` and `instead` stand in messages: "the engine", and what to do where it cannot be built."""

    what: str
    instead: str
    module_folder: Path
    linker_flags: str
    packages: Sequence[str]
    cgo: bool = False
    """Whether it needs a C compiler; without, the result is static."""

    def run(
        self,
        output: Path,
        *,
        go: str,
        log: Path,
        lock: int,
        progress: Progress,
        timeout_seconds: float = BUILD_SECONDS,
    ) -> None:
        """Builds into `output`: a file, or a folder (then with a slash at its end in Go's sense) for several packages.

        `lock` is a file descriptor that Go inherits: should this process be killed, the lock lasts as long as Go does,
        and no second build runs beside it. The log stays where it fails. Raises `SandboxError`.
        """
        command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-v"]
        command += ["-ldflags", self.linker_flags, "-o", str(output), *self.packages]
        started = time.monotonic()
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=self.module_folder,
                env=self.environment(),
                pass_fds=(lock,),
                start_new_session=True,  # so that its compilers can be ended with it
            )
            try:
                exit_code = self._wait(process, started, log, progress, timeout_seconds)
            finally:
                _end(process)
        if exit_code:
            raise self._failure(log)
        progress(f"Built {self.what} in {time.monotonic() - started:.0f} s.")

    def environment(self) -> dict[str, str]:
        """Go's environment: for this machine, and with the versions that the module pins."""
        # Whoever cross-compiles other projects would get a program for another machine; a workspace file in a parent
        # folder would replace our pinned versions.
        kept = {name: value for name, value in os.environ.items() if name not in _OTHER_MACHINES}
        return {**kept, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "1" if self.cgo else "0"}

    def _wait(
        self, process: subprocess.Popen[bytes], started: float, log: Path, progress: Progress, timeout_seconds: float
    ) -> int:
        while True:
            try:
                return process.wait(PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                elapsed = time.monotonic() - started
                if elapsed > timeout_seconds:
                    raise SandboxError(
                        f"Building {self.what} took more than {timeout_seconds:.0f} s and was stopped; see {log}. "
                        f"Run the same command again to go on, or {self.instead}."
                    ) from None
                progress(f"Building {self.what}: {elapsed:.0f} s, {_compiled_packages(log)} packages compiled ...")

    def _failure(self, log: Path) -> SandboxError:
        text = log.read_text(encoding="utf-8", errors="replace")
        if "no space left on device" in text:
            return disk_full(log.parent)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("go: downloading")]
        errors = [line for line in lines if ":" in line]  # package names, which -v prints, have none
        last = (errors or lines or ["it printed nothing"])[-1]
        return SandboxError(
            f"Go could not build {self.what}: {last} (all of it: {log}). Correct that, or {self.instead}, then run the "
            "same command again."
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends Go and the compilers it started, if they still run."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, kind)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _compiled_packages(log: Path) -> int:
    # `go build -v` prints the name of each package that it compiles, and "go: downloading ..." for modules.
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return sum(1 for line in lines if line and not line.startswith("go:"))
