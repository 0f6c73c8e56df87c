import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.engine.locate import locate_engine
from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST, Platform
from sandbox.engine.store import EngineStore
from sandbox.errors import SandboxError
from tests.engine.fake_tools import builds, installed_go, installed_pulumi, release_archive
from tests.engine.processes import PATIENCE_SECONDS, is_running, wait_until, wait_until_gone
from tests.engine.test_download import ARCHIVE, CHECKSUMS, LINUX, body, checksums, releases

NOWHERE = "http://127.0.0.1:1"
SYSTEM_PATH = "/usr/bin:/bin"

LOCATE = f"""
import sys
from pathlib import Path
from sandbox.engine.locate import locate_engine
from sandbox.errors import SandboxError
try:
    cache, search_path = sys.argv[1:]
    say = lambda line: print(line, flush=True)
    engine = locate_engine(Path(cache), say, search_path=search_path, releases="{NOWHERE}")
except SandboxError as error:
    sys.exit(str(error))
print("engine:", engine.executable, flush=True)
"""


def path_with(*folders: Path) -> str:
    return os.pathsep.join([*map(str, folders), SYSTEM_PATH])


def start_locating(cache: Path, search_path: str) -> subprocess.Popen[str]:
    """Another process that locates the engine, as a second checkout's command would."""
    return subprocess.Popen(
        [sys.executable, "-c", LOCATE, str(cache), search_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def left_in_cache(cache: Path) -> set[str]:
    return {path.name for path in (cache / "engine").iterdir() if not path.name.endswith(".lock")}


def test_an_installed_engine_comes_before_everything_else(tmp_path: Path) -> None:
    tools = installed_pulumi(installed_go(tmp_path / "bin"))

    engine = locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)

    assert engine.executable == tools / "pulumi"
    assert not engine.built
    assert not (tmp_path / "cache").exists()


def test_the_official_release_comes_before_a_build(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    archive = release_archive()

    with releases({CHECKSUMS: checksums(archive), ARCHIVE: body(archive)}) as address:
        engine = locate_engine(
            tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=address, platform=LINUX
        )

    assert not engine.built
    assert builds(tools) == 0
    assert engine.search_path == (engine.executable.parent,)


def test_without_a_download_the_engine_is_built_from_the_pinned_module(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    said: list[str] = []

    engine = locate_engine(tmp_path / "cache", said.append, search_path=path_with(tools), releases=NOWHERE)

    assert engine.built
    assert engine.executable.parent.name == f"{ENGINE_VERSION}-{Platform.current()}"
    assert all(os.access(engine.executable.parent / name, os.X_OK) for name in ("pulumi", LANGUAGE_HOST, EXECUTOR))
    arguments = (tools / "arguments").read_text()
    assert "-mod=readonly" in arguments
    assert f"Version=v{ENGINE_VERSION}" in arguments
    assert any("No download" in line for line in said)
    assert any("Built the engine in" in line for line in said)


def test_a_build_is_not_led_astray_by_the_users_go_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = installed_go(tmp_path / "bin")
    monkeypatch.setenv("GOOS", "plan9")
    monkeypatch.setenv("GOWORK", "/elsewhere/go.work")

    locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)

    folder, *variables = (tools / "circumstances").read_text().split()
    assert (Path(folder) / "go.mod").exists()
    assert variables == ["CGO_ENABLED=0", "GOWORK=off", "GOOS="]


def test_an_engine_in_the_cache_is_neither_downloaded_nor_built_again(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    said: list[str] = []

    first = locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)
    second = locate_engine(tmp_path / "cache", said.append, search_path=path_with(tools), releases=NOWHERE)

    assert second == first
    assert builds(tools) == 1
    assert said == []


def test_two_processes_at_once_build_one_engine(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin", build="sleep 1")

    both = [start_locating(tmp_path / "cache", path_with(tools)) for _ in range(2)]
    outputs = [process.communicate(timeout=PATIENCE_SECONDS) for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    assert len({output.splitlines()[-1] for output, _ in outputs}) == 1
    assert builds(tools) == 1


def test_an_interrupted_build_leaves_nothing_and_its_compiler_ends(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin", build="sleep 600")
    process = start_locating(tmp_path / "cache", path_with(tools))
    wait_until(lambda: builds(tools) == 1, "the start of the compiler")
    # The compiler's first sign comes while Python is still inside `Popen`; interrupted there, Python forgets its child.
    # `test_after_a_kill_...` shows what then happens: the next command waits for the compiler and cleans up.
    time.sleep(1)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode != 0
    wait_until_gone(int((tools / "builds").read_text()))
    assert all(name.endswith(".build.log") for name in left_in_cache(tmp_path / "cache"))


def test_after_a_kill_the_next_one_waits_for_the_compiler_and_cleans_up(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    tools = installed_go(tmp_path / "bin", build=f"while [ ! -e {go_on} ]; do sleep 0.05; done")
    killed = start_locating(tmp_path / "cache", path_with(tools))
    wait_until(lambda: builds(tools) == 1, "the start of the compiler")
    killed.kill()
    killed.communicate(timeout=PATIENCE_SECONDS)
    compiler = int((tools / "builds").read_text())
    half_made = left_in_cache(tmp_path / "cache")

    second = start_locating(tmp_path / "cache", path_with(tools))
    assert second.stdout is not None
    waiting = second.stdout.readline()
    assert is_running(compiler)
    go_on.touch()
    output, errors = second.communicate(timeout=PATIENCE_SECONDS)

    assert "Another process is preparing the engine" in waiting
    assert any(".partial-" in name for name in half_made)
    assert second.returncode == 0, output + errors
    assert left_in_cache(tmp_path / "cache") == {f"{ENGINE_VERSION}-{Platform.current()}"}


def test_an_engine_whose_files_were_deleted_is_made_again(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    first = locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)
    first.executable.unlink()

    second = locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)

    assert second.executable.exists()
    assert builds(tools) == 2


def test_no_go_and_no_download_is_one_line_that_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as failure:
        locate_engine(tmp_path / "cache", lambda _line: None, search_path=str(tmp_path), releases=NOWHERE)

    message = str(failure.value)
    assert "\n" not in message
    assert "Install pulumi (https://www.pulumi.com/docs/install/) or Go" in message
    assert "Connection refused" in message
    assert left_in_cache(tmp_path / "cache") == set()


def test_a_failing_build_tells_the_last_error_and_where_all_of_it_is(tmp_path: Path) -> None:
    complaint = "go: go.mod requires go >= 1.25.11 (running go 1.20; GOTOOLCHAIN=local)"
    tools = installed_go(tmp_path / "bin", build=f"echo 'go: downloading a v1'; echo fmt; echo '{complaint}'; exit 1")

    with pytest.raises(SandboxError) as failure:
        locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)

    log = tmp_path / "cache" / "engine" / f"{ENGINE_VERSION}-{Platform.current()}.build.log"
    assert "\n" not in str(failure.value)
    assert complaint in str(failure.value)
    assert str(log) in str(failure.value)
    assert complaint in log.read_text()
    assert left_in_cache(tmp_path / "cache") == {log.name}


def test_a_disk_that_fills_up_while_go_builds_is_one_line(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin", build="echo 'write /x: no space left on device'; exit 1")

    with pytest.raises(SandboxError, match="is full: free about 3 GB"):
        locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)


def test_a_disk_that_fills_up_while_the_engine_is_stored_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    def fill_the_disk(folder: Path, _lock: int) -> bool:
        (folder / "pulumi").write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(SandboxError, match="is full: free about 3 GB"):
        EngineStore(cache=tmp_path, platform=LINUX).find_or_make(fill_the_disk, lambda _line: None)

    assert left_in_cache(tmp_path) == set()


def test_what_a_failed_download_left_is_not_mixed_with_the_build(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    archive = release_archive({"pulumi/pulumi": "#!/bin/sh\n", "pulumi/extra/notes": "left over"})

    with releases({CHECKSUMS: checksums(archive), ARCHIVE: body(archive)}) as address:
        engine = locate_engine(
            tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=address, platform=LINUX
        )

    assert engine.built
    found = {path.name for path in engine.executable.parent.iterdir()}
    assert found == {"pulumi", LANGUAGE_HOST, EXECUTOR, "engine.json"}


def test_a_cached_engine_that_is_not_recorded_as_complete_is_not_used(tmp_path: Path) -> None:
    store = EngineStore(cache=tmp_path, platform=LINUX)
    for name in ("pulumi", LANGUAGE_HOST, EXECUTOR):
        store.directory.mkdir(parents=True, exist_ok=True)
        (store.directory / name).touch(mode=0o755)

    assert store.find() is None

    (store.directory / "engine.json").write_text(json.dumps({"built": True}))
    found = store.find()
    assert found is not None
    assert found.built


def test_a_built_engine_run_outside_of_our_commands_says_so(tmp_path: Path) -> None:
    tools = installed_go(tmp_path / "bin")
    engine = locate_engine(tmp_path / "cache", lambda _line: None, search_path=path_with(tools), releases=NOWHERE)
    environment = {"PATH": SYSTEM_PATH}

    ended = subprocess.run(
        [str(engine.executable.parent / LANGUAGE_HOST)], capture_output=True, text=True, env=environment, check=False
    )

    assert ended.returncode == 1
    assert "was built for Gatehouse" in ended.stderr
