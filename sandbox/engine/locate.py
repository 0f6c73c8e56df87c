"""Where the engine comes from: PATH, then the per-user cache, then Pulumi's download, then a Go build.

PATH comes first because whoever installed an engine wants that one; the cache comes before the download, so the network
and its time limits are only ever waited for on a machine that has no engine yet.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sandbox.engine.build import build_engine
from sandbox.engine.download import OFFICIAL_RELEASES, DownloadError, download_engine
from sandbox.engine.on_path import engine_on_path
from sandbox.engine.release import ENGINE_VERSION, Engine, Platform
from sandbox.engine.store import EngineStore
from sandbox.errors import SandboxError


def locate_engine(
    cache: Path,
    progress: Callable[[str], object],
    *,
    search_path: str | None = None,
    releases: str = OFFICIAL_RELEASES,
    platform: Platform | None = None,
) -> Engine:
    """The engine to use, prepared now if need be; `progress` gets a line for each step and every 10 s of a long one.

    `cache` is the per-user cache (the engine goes into its `engine/` folder); `search_path` stands for PATH and
    `releases`, which must be https or on this machine, for Pulumi's download address. Raises `SandboxError`.
    """
    path = os.environ.get("PATH", "") if search_path is None else search_path
    installed = engine_on_path(path, cache=cache, progress=progress)
    if installed is not None:
        return installed
    machine = platform or Platform.current()
    store = EngineStore(cache=cache, platform=machine)

    def make(folder: Path, lock: int) -> bool:
        progress(f"Fetching the Pulumi engine {ENGINE_VERSION} ...")
        try:
            download_engine(folder, platform=machine, releases=releases)
        except DownloadError as error:
            reason = str(error)
        else:
            return False
        for left_over in folder.iterdir():
            shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        go = shutil.which("go", path=path)
        if go is None:
            raise SandboxError(
                f"There is no Pulumi engine: no `pulumi` {ENGINE_VERSION} or newer on PATH, the download failed "
                f"({reason}), and there is no `go` to build it with. Install pulumi "
                "(https://www.pulumi.com/docs/install/) or Go 1.25 or newer (https://go.dev/doc/install), then run "
                "the same command again."
            )
        progress(f"No download ({reason}).")
        build_engine(folder, go=go, log=store.build_log, lock=lock, progress=progress)
        return True

    return store.find_or_make(make, progress)
