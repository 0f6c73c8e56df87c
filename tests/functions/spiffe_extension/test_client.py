"""Where the extension does not answer, or is not ours, the function verifies itself, and says so once."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from jwt_verification.errors import JwtError
from spiffe_extension import socket_path
from spiffe_extension.client import ExtensionVerifier, svid_verifier
from spiffe_extension.frames import MAXIMUM_ANSWER_BYTES, MAXIMUM_REQUEST_BYTES, receive_frame
from spiffe_extension.socket_path import is_own_socket
from spiffe_extension.socket_server import MAXIMUM_CONNECTIONS, SocketServer
from spiffe_verifier.errors import SettingsError
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from tests.functions.spiffe.vectors import ATTACKS, WORKLOAD, WORLD


class Fallback:
    """Counts how often the library is made, and lines that are written."""

    clients: ClassVar[list[ExtensionVerifier]] = []

    def __init__(self) -> None:
        self.made = 0
        self.lines: list[str] = []

    def __call__(self) -> JwtSvidVerifier:
        self.made += 1
        return WORLD.verifier()

    def client(self, path: str, timeout_seconds: float = 5.0) -> ExtensionVerifier:
        made = ExtensionVerifier(path, otherwise=self, write=self.lines.append, timeout_seconds=timeout_seconds)
        self.clients.append(made)
        return made


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No test leaves a connection."""
    yield
    for client in Fallback.clients:
        client.close()
    Fallback.clients.clear()


def answering(path: str, answer: Callable[[socket.socket], object]) -> threading.Thread:
    """Something else that listens at `path` and does `answer` with one connection."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    listening.listen(1)

    def serve() -> None:
        with listening:
            connection, _ = listening.accept()
            with connection:
                receive_frame(connection, maximum_bytes=MAXIMUM_REQUEST_BYTES, seconds=30)
                answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_where_nobody_listens_the_library_is_made_once_and_one_line_says_so(tmp_path: Path) -> None:
    fallback = Fallback()
    client = fallback.client(str(tmp_path / "none"))
    for _ in range(3):
        assert str(client.verify(WORLD.token()).spiffe_id) == WORKLOAD
    with pytest.raises(JwtError):
        client.verify(ATTACKS["invalid_signature"]["another key"])
    assert fallback.made == 1
    assert [json.loads(line)["problem"] for line in fallback.lines] == ["FileNotFoundError"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda _: None, "FrameError"),
        (lambda connection: connection.sendall(b"\x00\x00\x00\x05no"), "FrameError"),
        (lambda connection: connection.sendall((MAXIMUM_ANSWER_BYTES + 1).to_bytes(4, "big")), "FrameError"),
        (lambda connection: connection.sendall(b"\x00\x00\x00\x02{}"), "not one of this version"),
        (lambda connection: connection.sendall(b"\x00\x00\x00\x04true"), "not one of this version"),
        (lambda connection: connection.sendall(b"\x00\x00\x00\x17" + b'{"error":"verifier_fai"}'), "not one of"),
        (lambda connection: connection.sendall(b'\x00\x00\x00\x1b{"error":"verifier_failed"}'), "not one of"),
        (lambda connection: connection.recv(1), "TimeoutError"),
    ],
    ids=["ends", "half", "too long", "empty", "no object", "no JSON", "failed", "silent"],
)
def test_an_answer_that_is_none_lets_nobody_in_and_the_library_decides(
    tmp_path: Path, answer: Callable[[socket.socket], object], problem: str
) -> None:
    path = str(tmp_path / "socket")
    thread = answering(path, answer)
    fallback = Fallback()
    client = fallback.client(path, timeout_seconds=0.3)
    with pytest.raises(JwtError) as refused:
        client.verify(ATTACKS["invalid_signature"]["another key"])
    thread.join(30)
    assert refused.value.code == "invalid_signature"
    assert fallback.made == 1
    assert problem in json.loads(fallback.lines[0])["problem"]


def test_an_extension_that_was_started_again_is_asked_again(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    fallback = Fallback()
    client = fallback.client(path)
    for _ in range(2):
        server = SocketServer(path, WORLD.verifier(), failed=print)
        server.start()
        assert str(client.verify(WORLD.token()).spiffe_id) == WORKLOAD
        server.stop()
        connection = client._connection
        assert connection is not None
        connection.shutdown(socket.SHUT_RDWR)  # as the end of its process does
    assert not fallback.made


def test_a_socket_of_somebody_else_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "socket")
    server = SocketServer(path, WORLD.verifier(), failed=print)
    server.start()
    assert is_own_socket(path)
    fallback = Fallback()
    with monkeypatch.context() as patched:
        own = os.geteuid()
        patched.setattr(socket_path.os, "geteuid", lambda: own + 1)
        assert not is_own_socket(path)
        fallback.client(path).verify(WORLD.token())
    assert fallback.made == 1
    link = tmp_path / "link"
    link.symlink_to(path)
    assert not is_own_socket(str(link))  # whoever made the link could point it elsewhere
    server.stop()
    (tmp_path / "file").touch()
    assert not is_own_socket(str(tmp_path / "file"))


def test_the_socket_is_for_its_owner_only_and_gone_after_the_end(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    path.touch()  # what a process that was killed leaves
    server = SocketServer(str(path), WORLD.verifier(), failed=print)
    server.start()
    assert path.stat().st_mode & 0o777 == 0o600
    server.stop()
    assert not path.exists()


def test_too_many_connections_are_closed_and_the_others_go_on(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    server = SocketServer(path, WORLD.verifier(), failed=print)
    server.start()
    clients = [Fallback().client(path) for _ in range(MAXIMUM_CONNECTIONS)]
    for client in clients:
        client.verify(WORLD.token())
    one_more = Fallback()
    one_more.client(path).verify(WORLD.token())
    assert one_more.made == 1
    assert str(clients[0].verify(WORLD.token()).spiffe_id) == WORKLOAD
    server.stop()


def test_what_the_verifier_must_not_raise_is_reported_and_verified_in_process(tmp_path: Path) -> None:
    class Broken:
        def verify(self, token: object) -> None:
            raise RuntimeError(f"a mistake about {token!r}")

    path = str(tmp_path / "socket")
    failures: list[BaseException] = []
    server = SocketServer(path, Broken(), failed=failures.append)  # pyright: ignore[reportArgumentType] - that is the mistake
    server.start()
    fallback = Fallback()
    assert str(fallback.client(path).verify(WORLD.token()).spiffe_id) == WORKLOAD
    assert [type(failure) for failure in failures] == [RuntimeError]
    server.stop()


def test_the_environment_says_how_and_wrong_settings_are_refused_either_way() -> None:
    environment = WORLD.environment
    assert isinstance(svid_verifier(environment), JwtSvidVerifier)
    assert isinstance(svid_verifier({**environment, "SPIFFE_VERIFICATION": "in_process"}), JwtSvidVerifier)
    by_extension = {**environment, "SPIFFE_VERIFICATION": "extension"}
    assert isinstance(svid_verifier(by_extension), ExtensionVerifier)
    assert isinstance(svid_verifier({**by_extension, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}), ExtensionVerifier)
    with pytest.raises(SettingsError, match="SPIFFE_VERIFICATION"):
        svid_verifier({**environment, "SPIFFE_VERIFICATION": "Extension"})
    for how in ("extension", "in_process"):
        with pytest.raises(SettingsError, match="EXPECTED_AUDIENCE"):
            svid_verifier({**environment, "SPIFFE_VERIFICATION": how, "EXPECTED_AUDIENCE": ""})


def test_every_environment_has_a_path_of_its_own_and_both_sides_the_same() -> None:
    one = socket_path.socket_path({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})
    other = socket_path.socket_path({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9002"})
    assert one == "/tmp/spiffe-verifier-127-0-0-1-9001.sock"  # noqa: S108 - Lambda's
    assert one != other
    assert socket_path.socket_path({"AWS_LAMBDA_RUNTIME_API": "a:1", "TMPDIR": "/var/tmp/"}).startswith("/var/tmp/sp")  # noqa: S108
    long = socket_path.socket_path({"AWS_LAMBDA_RUNTIME_API": "a" * 300 + ":1", "TMPDIR": "/" + "b" * 90})
    assert len(long) < 104  # of macOS; Linux has 108
