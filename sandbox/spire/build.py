"""SPIRE's three programs, built once per machine with Go from the module that go.mod and go.sum in this folder pin.

The versions of all modules are those of SPIRE's own go.mod (minimal version selection with SPIRE as the only
requirement), the sums those of its go.sum. The server keeps its data in SQLite, whose Go package is C: so this build
needs a C compiler, the engine's does not. Deliberately no download of SPIRE's releases: they are on a host of their
own, and whoever has one names its folder with GATEHOUSE_SPIRE.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.go_build import GoBuild
from sandbox.prepared_folder import PreparedFolder, Progress

SPIRE_VERSION = "1.13.0"
"""The version that go.mod in this folder pins."""
SERVER, AGENT, OIDC_PROVIDER = "spire-server", "spire-agent", "oidc-discovery-provider"
PROGRAMS = (SERVER, AGENT, OIDC_PROVIDER)
FOLDER_VARIABLE = "GATEHOUSE_SPIRE"
INSTEAD = f"name a folder with SPIRE {SPIRE_VERSION}'s programs in {FOLDER_VARIABLE}"
BUILD = GoBuild(
    what="SPIRE",
    instead=INSTEAD,
    module_folder=Path(__file__).resolve().parent,
    linker_flags=f"-s -w -X github.com/spiffe/spire/pkg/common/version.gittag={SPIRE_VERSION}",
    packages=(
        "github.com/spiffe/spire/cmd/spire-server",
        "github.com/spiffe/spire/cmd/spire-agent",
        "github.com/spiffe/spire/support/oidc-discovery-provider",
    ),
    cgo=True,
)
_VERSION_SECONDS = 30


def cached_folder(cache: Path) -> Path:
    """Where the programs are, or will be: `<cache>/spire/<version>-<system>-<machine>/`."""
    return cache / "spire" / f"{SPIRE_VERSION}-{platform.system().lower()}-{platform.machine().lower()}"


def find_programs(cache: Path) -> Path | None:
    """The folder with the programs, if they are there: that which the environment names, else the cache's.

    Raises `SandboxError` where the environment names a folder that lacks one, or has another version.
    """
    if named := os.environ.get(FOLDER_VARIABLE, ""):
        return _checked(Path(named).expanduser())
    folder = cached_folder(cache)
    return folder if _is_complete(folder) else None


def locate_programs(cache: Path, progress: Progress, *, search_path: str | None = None) -> Path:
    """The folder with the programs, built now if need be; `progress` gets a line every 10 s. Raises `SandboxError`.

    `search_path` stands for PATH.
    """
    found = find_programs(cache)
    if found is not None:
        return found
    folder = cached_folder(cache)
    path = os.environ.get("PATH", "") if search_path is None else search_path

    def make(scratch: Path, lock: int) -> None:
        go = _tool("go", path, "Go 1.24.6 or newer (https://go.dev/doc/install)")
        if "CC" not in os.environ:
            _tool(
                "clang" if platform.system() == "Darwin" else "gcc",
                path,
                "a C compiler (Debian: apt install gcc), for SQLite, or name one in CC",
            )
        log = folder.with_name(f"{folder.name}.build.log")
        progress(f"Building SPIRE {SPIRE_VERSION} with Go, once on this machine (about 8 minutes on two cores) ...")
        BUILD.run(scratch, go=go, log=log, lock=lock, progress=progress)
        log.unlink(missing_ok=True)

    prepared = PreparedFolder(directory=folder, what="SPIRE", is_complete=lambda: _is_complete(folder))
    prepared.ensure(make, progress)
    return folder


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _tool(name: str, path: str, what: str) -> str:
    found = shutil.which(name, path=path)
    if found is None:
        raise SandboxError(
            f"SPIRE is built from its source, and there is no `{name}`: install {what}, or {INSTEAD}; then run the "
            "same command again. Without SPIRE the sandbox's own issuer goes on."
        )
    return found


def _checked(folder: Path) -> Path:
    for program in PROGRAMS:
        if not os.access(folder / program, os.X_OK):
            raise SandboxError(
                f"{FOLDER_VARIABLE} names {folder}, which has no program {program}: correct or unset it."
            )
    answer = subprocess.run(
        [folder / SERVER, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
    )
    version = (answer.stdout + answer.stderr).strip()
    if version != SPIRE_VERSION:
        raise SandboxError(
            f"{FOLDER_VARIABLE} names {folder}, whose version is {version[:40]!r} and not {SPIRE_VERSION}: correct or "
            "unset it."
        )
    return folder
