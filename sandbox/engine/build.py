"""The engine built with Go from the module that go.mod and go.sum in this folder pin.

The result is the engine itself; the Python language host is not published as a Go module, so a small script that
starts ours (`language_host/`) is put beside it. Pulumi's executor, which runs the user's program, is part of the pinned
module and is copied from there. It deliberately leaves Go's own caches where the user has them.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST
from sandbox.engine.store import PROGRESS_SECONDS, Progress, disk_full
from sandbox.errors import SandboxError

MODULE_FOLDER = Path(__file__).resolve().parent
ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
BUILD_SECONDS = 3600.0
"""A build takes about 7 minutes on two cores, download of the modules included."""
STOP_SECONDS = 10.0

LANGUAGE_HOST_PYTHON_VARIABLE = "GATEHOUSE_LANGUAGE_HOST_PYTHON"
LANGUAGE_HOST_VARIABLE = "GATEHOUSE_LANGUAGE_HOST"

# The cache is shared by every checkout of the user, so this names none: each command says with two variables which
# interpreter and which checkout's language host it wants.
LANGUAGE_HOST_SCRIPT = f"""\
#!/bin/sh
if [ -z "${{{LANGUAGE_HOST_PYTHON_VARIABLE}:-}}" ] || [ -z "${{{LANGUAGE_HOST_VARIABLE}:-}}" ]; then
    echo "error: this pulumi was built for Gatehouse and runs from its commands (make up);" \\
        "install pulumi from https://www.pulumi.com/docs/install/ for other projects." >&2
    exit 1
fi
exec "${LANGUAGE_HOST_PYTHON_VARIABLE}" "${LANGUAGE_HOST_VARIABLE}" --use-executor "${{0%/*}}/{EXECUTOR}" "$@"
"""


def build_engine(
    target: Path, *, go: str, log: Path, lock: int, progress: Progress, timeout_seconds: float = BUILD_SECONDS
) -> None:
    """Fills `target` with the engine, its language host and executor.

    `lock` is a file descriptor that Go inherits: should this process be killed, the lock lasts as long as Go does, and
    no second build runs beside it. Raises `SandboxError`.
    """
    progress(f"Building the Pulumi engine {ENGINE_VERSION} with Go, once on this machine (several minutes) ...")
    command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-v"]
    command += [
        "-ldflags",
        f"-s -w -X {VERSION_SYMBOL}=v{ENGINE_VERSION}",
        "-o",
        str(target / "pulumi"),
        ENGINE_PACKAGE,
    ]
    _run_logged(command, log=log, lock=lock, progress=progress, timeout_seconds=timeout_seconds)
    sdk = subprocess.run(
        [go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK_MODULE],
        capture_output=True,
        text=True,
        cwd=MODULE_FOLDER,
        env=_environment(),
        check=False,
    )
    source = Path(sdk.stdout.strip()) / "python" / "cmd" / EXECUTOR
    if sdk.returncode or not source.is_file():
        reason = sdk.stderr.strip().splitlines()[-1:] or [f"{source} is missing"]
        raise SandboxError(
            f"Go did not give the module {SDK_MODULE} ({reason[0]}): run `go clean -modcache`, then try again."
        )
    shutil.copyfile(source, target / EXECUTOR)
    (target / EXECUTOR).chmod(0o755)
    (target / LANGUAGE_HOST).write_text(LANGUAGE_HOST_SCRIPT, encoding="utf-8")
    (target / LANGUAGE_HOST).chmod(0o755)
    log.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    # Whoever cross-compiles other projects would get an engine for another machine; a workspace file in a parent folder
    # would replace our pinned versions. Without cgo no C compiler is needed and the result is static, as Pulumi's is.
    kept = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GOARM", "GOAMD64")}
    return {**kept, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}


def _run_logged(command: list[str], *, log: Path, lock: int, progress: Progress, timeout_seconds: float) -> None:
    started = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=MODULE_FOLDER,
            env=_environment(),
            pass_fds=(lock,),
            start_new_session=True,  # so that its compilers can be ended with it
        )
        try:
            while True:
                try:
                    exit_code = process.wait(PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    elapsed = time.monotonic() - started
                    if elapsed > timeout_seconds:
                        raise SandboxError(
                            f"Building the engine took more than {timeout_seconds:.0f} s and was stopped; see {log}. "
                            "Run the same command again to go on, or install pulumi (https://www.pulumi.com/docs/install/)."
                        ) from None
                    progress(f"Building the engine: {elapsed:.0f} s, {_compiled_packages(log)} packages compiled ...")
        finally:
            _end(process)
    if exit_code:
        raise _failure(log)
    progress(f"Built the engine in {time.monotonic() - started:.0f} s.")


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


def _failure(log: Path) -> SandboxError:
    text = log.read_text(encoding="utf-8", errors="replace")
    if "no space left on device" in text:
        return disk_full(log.parent)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("go: downloading")]
    errors = [line for line in lines if ":" in line]  # package names, which -v prints, have none
    last = (errors or lines or ["it printed nothing"])[-1]
    return SandboxError(
        f"Go could not build the engine: {last} (all of it: {log}). Correct that, or install pulumi "
        f"{ENGINE_VERSION} or newer (https://www.pulumi.com/docs/install/), then run the same command again."
    )
