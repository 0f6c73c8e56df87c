"""One sandbox process per state folder, whatever happened to it before; what people can cause is one line."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.processes import process_started
from sandbox.server import SandboxEndpoints, client, ensure_running, status, stop
from sandbox.server.identity import IDENTITY_FILE, read_identity
from sandbox.server.settings import ENDS_WITH_VARIABLE, ServerSettings
from tests.support.functions import deploy
from tests.support.ports import free_port
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox, running_sandbox, wait_until

FOR_EVER = "def handler(event, context):\n    while True:\n        pass\n"


@pytest.fixture(autouse=True)
def settled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code counts as unchanged, whoever edits it while the tests run."""
    monkeypatch.setattr(client, "FINGERPRINTED", ())


def ensure(folder: Path, **settings: int | str | tuple[str, ...] | None) -> SandboxEndpoints:
    """A running sandbox of the folder, without provider."""
    return ensure_running(folder, **{"region": REGION, "with_provider": False, **settings})  # pyright: ignore[reportArgumentType] - of mixed types on purpose


def test_it_starts_once_answers_and_stops(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        assert sandbox.client("sts").get_caller_identity()["Account"] == ACCOUNT_ID
        assert ensure(tmp_path) == sandbox.endpoints
        found = status(tmp_path)
        assert (found.running, found.endpoints) == (True, sandbox.endpoints)
        assert stop(tmp_path) is True
        assert process_started(sandbox.endpoints.pid) is None
        assert status(tmp_path).detail == "not running"
        assert stop(tmp_path) is False


def test_a_folder_that_never_had_a_sandbox_is_not_running(tmp_path: Path) -> None:
    assert status(tmp_path / "none").running is False
    assert stop(tmp_path / "none") is False
    assert not (tmp_path / "none").exists()


def test_several_starters_at_the_same_time_start_one_process(tmp_path: Path) -> None:
    found: list[SandboxEndpoints] = []
    starters = [threading.Thread(target=lambda: found.append(ensure(tmp_path))) for _ in range(4)]
    try:
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join(timeout=120)
        assert len(found) == 4
        assert len(set(found)) == 1
    finally:
        stop(tmp_path)


def test_two_folders_run_side_by_side_each_with_its_own_state(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "one") as one, running_sandbox(tmp_path / "two") as two:
        one.client("secretsmanager").create_secret(Name="only-here", SecretString="value")
        assert two.client("secretsmanager").list_secrets()["SecretList"] == []


def test_ports_and_state_stay_from_start_to_start(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        first.client("secretsmanager").create_secret(Name="kept", SecretString="value")
    with running_sandbox(tmp_path) as second:
        assert second.url == first.url
        assert second.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "value"


def test_it_survives_the_terminal_and_takes_nothing_of_the_callers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    with running_sandbox(tmp_path) as sandbox:
        pid = sandbox.endpoints.pid
        assert os.getsid(pid) != os.getsid(0)
        if sys.platform == "linux":
            assert Path(f"/proc/{pid}/fd/0").readlink() == Path("/dev/null")
            variables = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
            assert "AWS_PROFILE" not in variables
            assert "PROXY" not in variables


@pytest.mark.skipif(sys.platform != "linux", reason="sockets of another process are only seen on Linux")
def test_it_listens_on_the_loopback_only(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        deploy(sandbox, "any", "def handler(event, context):\n    return 1\n")()
        folder = Path(f"/proc/{sandbox.endpoints.pid}/fd")
        own = {str(link.readlink()) for link in folder.iterdir() if link.exists() or link.is_symlink()}
        for table, loopback in (("tcp", "0100007F"), ("tcp6", "0" * 24 + "01000000")):
            for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                columns = line.split()
                if columns[3] == "0A" and f"socket:[{columns[9]}]" in own:
                    assert columns[1].split(":")[0] == loopback


def test_only_their_owner_reads_state_and_log(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with running_sandbox(folder) as sandbox:
        sandbox.client("secretsmanager").create_secret(Name="private", SecretString="value")
        client.save(sandbox.endpoints)
        for path in (folder, folder / "emulator" / "state", folder / "emulator" / "state" / "secretsmanager.json"):
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_taken_port_is_one_line_that_names_it_and_the_sandbox_can_move(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        port = sandbox.port
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(SandboxError) as error:
            ensure(tmp_path)
        message = str(error.value)
        assert f"port {port} of 127.0.0.1" in message
        assert "make up PORT=" in message
        assert "\n" not in message
        if sys.platform == "linux":
            assert f"process {os.getpid()}, " in message
        with running_sandbox(tmp_path, emulator_port=free_port()) as moved:
            assert moved.port != port
    with running_sandbox(tmp_path) as again:
        assert again.port == moved.port


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"pid": 1}'], ids=["empty", "text", "list", "other"])
def test_a_damaged_pid_file_is_no_sandbox(tmp_path: Path, content: str) -> None:
    (tmp_path / IDENTITY_FILE).write_text(content, encoding="utf-8")
    assert status(tmp_path).running is False
    with running_sandbox(tmp_path) as sandbox:
        assert sandbox.endpoints.pid


def test_damaged_ports_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"emulator": "many"}', encoding="utf-8")
    with pytest.raises(SandboxError, match=r"ports\.json is damaged; `make reset`"):
        ensure(tmp_path)


def test_a_pid_that_now_belongs_to_another_program_is_left_alone(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        content = json.loads((tmp_path / IDENTITY_FILE).read_text(encoding="utf-8"))
        sandbox.kill()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as innocent:
        (tmp_path / IDENTITY_FILE).write_text(json.dumps({**content, "pid": innocent.pid}), encoding="utf-8")
        assert status(tmp_path).detail == "not running; it ended without a clean stop"
        assert stop(tmp_path) is False
        assert innocent.poll() is None
        innocent.kill()


def test_after_kill_9_the_next_start_works_and_ends_functions_that_were_left(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        function = deploy(sandbox, "for-ever", FOR_EVER, Timeout=600)
        sandbox.client("lambda").invoke(FunctionName=function.name, InvocationType="Event")
        pid = wait_until(lambda: function_process(tmp_path), what="the function runs")
        sandbox.kill()
        assert process_started(pid) is not None
        assert status(tmp_path).detail == "not running; it ended without a clean stop"
        assert ensure(tmp_path).emulator_url == sandbox.url
        wait_until(lambda: process_started(pid) is None, what="the function left behind is ended")


def function_process(state: Path) -> int | None:
    """The process of a function that runs."""
    for note in (state / "emulator" / "tmp").glob("*/process.json"):
        return json.loads(note.read_text(encoding="utf-8"))[0]
    return None


def test_a_stop_ends_functions_that_compute_for_ever(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        function = deploy(sandbox, "for-ever", FOR_EVER, Timeout=600)
        sandbox.client("lambda").invoke(FunctionName=function.name, InvocationType="Event")
        pid = wait_until(lambda: function_process(tmp_path), what="the function runs")
        stop(tmp_path)
        assert process_started(pid) is None


def test_a_process_that_does_not_react_is_ended_hard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "STOP_PATIENCE_SECONDS", 0.2)
    with running_sandbox(tmp_path) as sandbox:
        os.kill(sandbox.endpoints.pid, signal.SIGSTOP)
        assert stop(tmp_path) is True
        assert process_started(sandbox.endpoints.pid) is None


def test_sigterm_stops_it_cleanly_and_saves(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        sandbox.client("secretsmanager").create_secret(Name="last", SecretString="value")
        os.kill(sandbox.endpoints.pid, signal.SIGTERM)
        wait_until(lambda: process_started(sandbox.endpoints.pid) is None, what="it stops")
        assert read_identity(tmp_path) is None
        assert "Traceback" not in sandbox.log()
        ensure(tmp_path)
        assert sandbox.client("secretsmanager").get_secret_value(SecretId="last")["SecretString"] == "value"


@pytest.mark.parametrize(
    "changed", [{"region": "eu-west-1"}, {"account_id": "444455556666"}, {"leave_out": ("unsupported_services",)}],
    ids=["region", "account", "code"],
)  # fmt: skip
def test_other_settings_replace_the_process_and_keep_the_port(tmp_path: Path, changed: dict[str, str]) -> None:
    with running_sandbox(tmp_path) as sandbox:
        other = ensure(tmp_path, **changed)
        assert other.pid != sandbox.endpoints.pid
        assert other.emulator_url == sandbox.url
        assert process_started(sandbox.endpoints.pid) is None


def test_a_state_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(SandboxError, match="Not a directory") as error:
        ensure(tmp_path / "file" / "state")
    assert "\n" not in str(error.value)


def test_a_starter_that_is_killed_leaves_a_process_that_the_next_one_uses(tmp_path: Path) -> None:
    start = "import pathlib, sys; from sandbox.server import ensure_running; "
    start += f"ensure_running(pathlib.Path(sys.argv[1]), region={REGION!r}, with_provider=False)"
    try:
        with subprocess.Popen([sys.executable, "-c", start, str(tmp_path)], cwd=client.PROJECT_DIRECTORY) as starter:
            first = wait_until(lambda: read_identity(tmp_path), what="the process has begun")
            starter.kill()
        endpoints = ensure(tmp_path)
        # The killed one may have asked for other code than these tests do; then it was replaced, and is gone.
        assert endpoints.pid == first.pid or process_started(first.pid) is None
        assert status(tmp_path).endpoints == endpoints
    finally:
        stop(tmp_path)


def test_it_ends_with_the_process_that_it_was_told_not_to_outlive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as owner:
        monkeypatch.setenv(ENDS_WITH_VARIABLE, str(owner.pid))
        endpoints = ensure(tmp_path)
        assert status(tmp_path).running
        owner.kill()
    wait_until(lambda: process_started(endpoints.pid) is None, what="the sandbox has ended")
    assert status(tmp_path).detail == "not running"


def test_a_disk_that_takes_nothing_is_one_line(tmp_path: Path) -> None:
    ensure(tmp_path)  # the libraries of the Lambda runtime are installed from here on
    stop(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file may grow: as on a full disk, but for the reason
        with pytest.raises(SandboxError, match="the sandbox cannot run: File too large; mend that") as error:
            ensure(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(error.value)
    assert status(tmp_path).running is False
    with running_sandbox(tmp_path) as sandbox:
        assert sandbox.endpoints.pid


def test_a_start_that_fails_inside_names_the_log(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as error:
        ensure(tmp_path, leave_out=("no-such-module",))
    assert str(tmp_path / "sandbox.log") in str(error.value)
    assert "ValueError: no such fidelity module: no-such-module" in str(error.value)
    assert "\n" not in str(error.value)
    assert status(tmp_path).running is False


def test_changed_code_is_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "requirements-dev.txt").touch()
    monkeypatch.setattr(client, "PROJECT_DIRECTORY", tmp_path)
    monkeypatch.setattr(client, "FINGERPRINTED", ("code",))
    settings = ServerSettings(state_directory=tmp_path, region=REGION, lambda_runtime_packages=tmp_path)
    found = {client.fingerprint(settings)}
    for change in ("one = 1\n", "one = 2\n"):
        (tmp_path / "code" / "module.py").write_text(change, encoding="utf-8")
        found.add(client.fingerprint(settings))
    assert len(found) == 3
    (tmp_path / "code" / "__pycache__").mkdir()
    (tmp_path / "code" / "__pycache__" / "module.py").touch()
    assert client.fingerprint(settings) in found


def test_web_pages_and_strangers_cannot_reset_it(sandbox: RunningSandbox) -> None:
    for path, headers in (
        ("/_ministack/reset", {}),
        ("/_ministack/config", {}),
        ("/_gatehouse/save", {"Origin": "https://evil.example"}),
        ("/_ministack/health", {"Origin": "https://evil.example"}),
    ):
        request = urllib.request.Request(f"{sandbox.url}{path}", data=b"", headers=headers, method="POST")
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=30)
        error.value.close()
        assert error.value.code == 403
