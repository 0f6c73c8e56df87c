"""The engine built with Go from the module that go.mod and go.sum in this folder pin.

The result is the engine itself; the Python language host is not published as a Go module, so a small script that
starts ours (`language_host/`) is put beside it. Pulumi's executor, which runs the user's program, is part of the pinned
module and is copied from there.
"""

import shutil
import subprocess
from pathlib import Path

from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST
from sandbox.errors import SandboxError
from sandbox.go_build import BUILD_SECONDS, GoBuild
from sandbox.prepared_folder import Progress

MODULE_FOLDER = Path(__file__).resolve().parent
ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
BUILD = GoBuild(
    what="the engine",
    instead=f"install pulumi {ENGINE_VERSION} or newer (https://www.pulumi.com/docs/install/)",
    module_folder=MODULE_FOLDER,
    linker_flags=f"-s -w -X {VERSION_SYMBOL}=v{ENGINE_VERSION}",
    packages=(ENGINE_PACKAGE,),
)
"""It takes about 7 minutes on two cores, download of the modules included."""

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
    """Fills `target` with the engine, its language host and executor. `lock` as in `GoBuild.run`.

    Raises `SandboxError`.
    """
    progress(f"Building the Pulumi engine {ENGINE_VERSION} with Go, once on this machine (several minutes) ...")
    BUILD.run(target / "pulumi", go=go, log=log, lock=lock, progress=progress, timeout_seconds=timeout_seconds)
    sdk = subprocess.run(
        [go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK_MODULE],
        capture_output=True,
        text=True,
        cwd=MODULE_FOLDER,
        env=BUILD.environment(),
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
