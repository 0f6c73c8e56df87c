"""An engine that the user installed: `pulumi` on PATH, new enough and able to run Python programs.

It deliberately installs and upgrades nothing: an engine that does not fit is left alone and the next source is tried.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sandbox.engine.release import ENGINE_VERSION, LANGUAGE_HOST, Engine, is_new_enough

VERSION_TIMEOUT_SECONDS = 20.0


def reported_version(executable: Path) -> str | None:
    """What `pulumi version` prints; None when it does not run or does not answer in time."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(executable), "version"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=VERSION_TIMEOUT_SECONDS,
            env=environment,
            text=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return answer.stdout.strip()


def engine_on_path(search_path: str, *, cache: Path, progress: Callable[[str], object]) -> Engine | None:
    """The engine that `search_path` (a PATH) leads to, or None, having said why one that is there is not used.

    An engine inside `cache` is passed over: it is ours and is found as such, with its own language host.
    """
    found = shutil.which("pulumi", path=search_path)
    if found is None:
        return None
    executable = Path(found)
    if executable.resolve().is_relative_to(cache.resolve()):
        return None
    version = reported_version(executable)
    if version is None:
        progress(f"Not using {executable}: `pulumi version` did not answer.")
        return None
    if not is_new_enough(version):
        progress(f"Not using {executable}: it is {version}, and {ENGINE_VERSION} or a newer 3.x is needed.")
        return None
    language_host = _language_host(executable, search_path)
    if language_host is None:
        progress(f"Not using {executable}: there is no {LANGUAGE_HOST} beside it or on PATH.")
        return None
    folders = dict.fromkeys((executable.parent, language_host.parent))
    return Engine(executable=executable, version=version, built=False, search_path=tuple(folders))


def _language_host(executable: Path, search_path: str) -> Path | None:
    # The engine's own order: PATH, then beside the executable that a link such as Homebrew's leads to.
    on_path = shutil.which(LANGUAGE_HOST, path=search_path)
    if on_path is not None:
        return Path(on_path)
    beside = executable.resolve().parent / LANGUAGE_HOST
    return beside if os.access(beside, os.X_OK) else None
