"""The Lambda runtime's libraries are installed once, whole or not at all; its client speaks the Runtime API."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.lambda_runtime import packages
from sandbox.lambda_runtime.client import runtime_client
from sandbox.lambda_runtime.packages import installed_packages, installer

FINDS_TARGET = 'while [ "$1" != "--target" ]; do shift; done; '


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a shell script in the place of `uv`; the folder to install to is `$2`."""
    executable = tmp_path / "uv"
    monkeypatch.setenv("GATEHOUSE_UV", str(executable))

    def write(script: str) -> None:
        executable.write_text(f"#!/bin/sh\n{FINDS_TARGET}{script}\n", encoding="utf-8")
        executable.chmod(0o755)

    return write


def test_they_are_installed_once_and_found_again(tmp_path: Path, fake_uv: Any) -> None:
    said: list[str] = []
    fake_uv(f'echo called >> {tmp_path}/calls; echo "library" > "$2/boto3.py"')
    for _ in range(2):
        home = installed_packages(tmp_path / "cache", said.append)
        assert (home / "boto3.py").read_text(encoding="utf-8") == "library\n"
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "called\n"
    assert said == ["installing the Lambda runtime's libraries (once per machine)"]


def test_another_lock_is_another_folder(tmp_path: Path, fake_uv: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(":")
    first = installed_packages(tmp_path / "cache", lambda _: None)
    (tmp_path / "requirements.txt").write_text("boto3==2\n", encoding="utf-8")
    monkeypatch.setattr(packages, "LOCK_FILE", tmp_path / "requirements.txt")
    assert installed_packages(tmp_path / "cache", lambda _: None) != first


def test_a_failed_installation_is_one_line_and_leaves_nothing(tmp_path: Path, fake_uv: Any) -> None:
    fake_uv('echo half > "$2/half"; echo "trying"; echo "error: the index is not reachable" >&2; exit 2')
    with pytest.raises(SandboxError, match="error: the index is not reachable") as error:
        installed_packages(tmp_path / "cache", lambda _: None)
    assert "\n" not in str(error.value)
    assert [path.name for path in (tmp_path / "cache" / "lambda-runtime").iterdir()] == [".lock"]


def test_an_installer_that_does_not_exist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_UV", str(tmp_path / "nowhere"))
    with pytest.raises(SandboxError, match="nowhere"):
        installed_packages(tmp_path / "cache", lambda _: None)


def test_no_installer_at_all_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_UV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(SandboxError, match="run `make setup`"):
        installer()


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """Stands for the Lambda Runtime API: one invocation, and what was reported."""

    protocol_version = "HTTP/1.1"
    reported: list[tuple[str, str, bytes]]

    def do_GET(self) -> None:
        """The next invocation."""
        self.send_response(200)
        for name, value in (
            ("Lambda-Runtime-Aws-Request-Id", "request-1"),
            ("Lambda-Runtime-Deadline-Ms", "1234567890123"),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:..."),
            ("Content-Type", "application/json"),
            ("Content-Length", "9"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b'{"a": 12}')

    def do_POST(self) -> None:
        """A report; refused for an unknown invocation."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reported.append((self.path, self.headers["Content-Type"], body))
        self.send_response(400 if "unknown" in self.path else 202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the overridden method's name for it
        """Nothing."""


@pytest.fixture
def runtime_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[RuntimeApi]]:
    """A running API that the client is connected to."""
    RuntimeApi.reported = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{server.server_port}")
        runtime_client.initialize_client("tests")
        yield RuntimeApi
        runtime_client.close()
        server.shutdown()


def test_the_client_takes_invocations_and_reports_over_one_connection(runtime_api: type[RuntimeApi]) -> None:
    body, headers = runtime_client.next()
    assert body == b'{"a": 12}'
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "request-1"
    assert headers["Lambda-Runtime-Deadline-Ms"] == 1234567890123
    assert headers["Lambda-Runtime-Trace-Id"] is None
    runtime_client.post_invocation_result("request-1", b'"done"', "application/json")
    runtime_client.post_error("request-1", '{"errorMessage": "ä"}', "{}")
    path = "/2018-06-01/runtime/invocation/request-1"
    assert runtime_api.reported == [
        (f"{path}/response", "application/json", b'"done"'),
        (f"{path}/error", "application/json", '{"errorMessage": "ä"}'.encode()),
    ]


def test_a_refused_report_and_an_api_that_is_gone_are_errors(runtime_api: type[RuntimeApi]) -> None:
    with pytest.raises(RuntimeError, match="answered 400 to POST unknown/response"):
        runtime_client.post_invocation_result("unknown", b"1", "application/json")
