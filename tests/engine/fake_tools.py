"""Stand-ins for `pulumi`, its language host and `go`: shell scripts, so that no test builds or downloads an engine."""

import io
import tarfile
from pathlib import Path

from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def installed_pulumi(folder: Path, *, version: str = f"v{ENGINE_VERSION}", language_host: bool = True) -> Path:
    """A folder for PATH with a `pulumi` that reports a version."""
    script(folder / "pulumi", f"echo {version}")
    if language_host:
        script(folder / LANGUAGE_HOST, "exit 0")
    return folder


def installed_go(folder: Path, *, build: str = "", sdk: Path | None = None) -> Path:
    """A folder for PATH with a `go`: `build` runs before it writes the engine; each build adds a line to `builds`."""
    sdk = sdk or folder / "sdk"
    script(sdk / "python" / "cmd" / EXECUTOR, "exit 0")
    script(
        folder / "go",
        f"""
        if [ "$1" = list ]; then echo {sdk}; exit 0; fi
        echo $$ >> {folder}/builds
        echo "$@" >> {folder}/arguments
        echo "$PWD CGO_ENABLED=$CGO_ENABLED GOWORK=$GOWORK GOOS=$GOOS" >> {folder}/circumstances
        {build}
        while [ "$1" != -o ]; do shift; done
        printf '#!/bin/sh\\necho v{ENGINE_VERSION}\\n' > "$2"
        chmod +x "$2"
        """,
    )
    return folder


def builds(folder: Path) -> int:
    """How often the `go` in `folder` was asked to build."""
    file = folder / "builds"
    return len(file.read_text().splitlines()) if file.exists() else 0


def release_archive(members: dict[str, str | tarfile.TarInfo] | None = None) -> bytes:
    """A .tar.gz as Pulumi releases it: file names to contents, or to a prepared entry without contents."""
    if members is None:
        runs = f"#!/bin/sh\necho v{ENGINE_VERSION}\n"
        members = {f"pulumi/{name}": runs for name in ("pulumi", LANGUAGE_HOST, EXECUTOR)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()
