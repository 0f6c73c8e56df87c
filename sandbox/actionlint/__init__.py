"""actionlint, which reads GitHub workflows, built once per machine with Go from the module that go.mod and go.sum pin.

It is on no index as a wheel: the Python package of that name fetches a program from elsewhere while it is installed,
which no lock could vouch for. Deliberately without shellcheck and pyflakes, which actionlint would take from PATH: the
answer is then the same on every machine.
"""

import os
import shutil
import subprocess
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.go_build import GoBuild
from sandbox.prepared_folder import PreparedFolder, Progress

ACTIONLINT_VERSION = "1.7.12"
"""The version that go.mod in this folder pins."""
PROGRAM = "actionlint"
BUILD = GoBuild(
    what=PROGRAM,
    instead=f"put actionlint {ACTIONLINT_VERSION} on PATH",
    module_folder=Path(__file__).resolve().parent,
    linker_flags=f"-s -w -X github.com/rhysd/actionlint.version={ACTIONLINT_VERSION}",
    packages=("github.com/rhysd/actionlint/cmd/actionlint",),
)
_VERSION_SECONDS = 30
_LINT_SECONDS = 120


class NoActionlintError(SandboxError):
    """There is neither actionlint nor Go to build it with; the message says what to do."""


def locate_actionlint(cache: Path, progress: Progress, *, search_path: str | None = None) -> Path:
    """The program: that of PATH where it is this version, else the cache's, built now if need be.

    `search_path` stands for PATH. Raises `NoActionlintError`, and `SandboxError` where it could not be built.
    """
    path = os.environ.get("PATH", "") if search_path is None else search_path
    installed = shutil.which(PROGRAM, path=path)
    if installed is not None and _version(Path(installed)) == ACTIONLINT_VERSION:
        return Path(installed)
    folder = cache / "actionlint" / ACTIONLINT_VERSION

    def make(scratch: Path, lock: int) -> None:
        go = shutil.which("go", path=path)
        if go is None:
            raise NoActionlintError(
                f"The workflows are checked with actionlint {ACTIONLINT_VERSION}, which is built with Go, and there is "
                f"no `go`: install Go 1.25 or newer (https://go.dev/doc/install), or {BUILD.instead}."
            )
        progress(f"Building actionlint {ACTIONLINT_VERSION} with Go, once on this machine (about a minute) ...")
        log = folder.with_name(f"{folder.name}.build.log")
        BUILD.run(scratch / PROGRAM, go=go, log=log, lock=lock, progress=progress)
        log.unlink(missing_ok=True)

    program = folder / PROGRAM
    PreparedFolder(directory=folder, what=PROGRAM, is_complete=lambda: os.access(program, os.X_OK)).ensure(
        make, progress
    )
    return program


def lint(program: Path, root: Path) -> tuple[int, str]:
    """Exit code (0 for no finding) and findings for the workflows of the checkout `root`."""
    workflows = sorted(str(path.relative_to(root)) for path in (root / ".github" / "workflows").glob("*.yml"))
    if not workflows:
        raise SandboxError(f"{root} has no .github/workflows/*.yml: restore them from the repository.")
    answer = subprocess.run(
        [program, "-no-color", "-shellcheck=", "-pyflakes=", *workflows],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LINT_SECONDS,
        check=False,
    )
    return answer.returncode, answer.stdout


def _version(program: Path) -> str:
    answer = subprocess.run(
        [program, "-version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
    )
    return answer.stdout.partition("\n")[0].strip()
