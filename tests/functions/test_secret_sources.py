"""The adapters of `secret_store`: the Lambda extension over a real socket, boto3 with its own stubs."""

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from secret_store.boto3_source import Boto3Secrets
from secret_store.errors import SecretUnavailable, SecretVersionMissing
from secret_store.extension_source import MAXIMUM_ANSWER_BYTES, ExtensionSecrets
from tests.functions.secrets_extension import SESSION_TOKEN, SecretsExtension
from tests.functions.support import KEY_ID, SECRET_ARN, signing_key_version
from tests.support.ports import free_port

ENVIRONMENT = {"AWS_SESSION_TOKEN": SESSION_TOKEN}
NOT_READY = (400, b"not ready to serve traffic, please wait")


@pytest.fixture
def extension() -> Iterator[SecretsExtension]:
    with SecretsExtension({(SECRET_ARN, "AWSCURRENT"): signing_key_version()}) as running:
        yield running


def source(extension: SecretsExtension, environment: dict[str, str] | None = None) -> ExtensionSecrets:
    return ExtensionSecrets(port=extension.port, environment=ENVIRONMENT if environment is None else environment)


def test_a_secret_is_read_from_the_extension(extension: SecretsExtension) -> None:
    version = source(extension).read(SECRET_ARN, "AWSCURRENT")
    assert (version.version_id, version.value) == (KEY_ID, signing_key_version().value)
    assert extension.requests == [(SECRET_ARN, "AWSCURRENT")]


def test_a_stage_that_no_version_has_is_missing_not_unavailable(extension: SecretsExtension) -> None:
    with pytest.raises(SecretVersionMissing, match="no version AWSPREVIOUS"):
        source(extension).read(SECRET_ARN, "AWSPREVIOUS")


@pytest.mark.parametrize("name", ["prod/key+1=x@y.z_-", "a b&versionStage=AWSPENDING#", "line\r\nX-Header: 1", "clé"])
def test_any_name_of_a_secret_reaches_the_extension_as_it_is(extension: SecretsExtension, name: str) -> None:
    extension.versions[name, "AWSCURRENT"] = signing_key_version()
    assert source(extension).read(name, "AWSCURRENT").version_id == KEY_ID


@pytest.mark.parametrize("environment", [{}, {"AWS_SESSION_TOKEN": ""}, {"AWS_SESSION_TOKEN": "a\r\nb"}])
def test_without_a_session_token_the_extension_is_not_asked(
    extension: SecretsExtension, environment: dict[str, str]
) -> None:
    with pytest.raises(SecretUnavailable, match="AWS_SESSION_TOKEN"):
        source(extension, environment).read(SECRET_ARN, "AWSCURRENT")
    assert extension.requests == []


def test_an_extension_that_is_not_ready_yet_is_waited_for(extension: SecretsExtension) -> None:
    extension.answer = NOT_READY

    def become_ready() -> None:
        while len(extension.requests) < 3:
            threading.Event().wait(timeout=0.01)
        extension.answer = None

    waiting = threading.Thread(target=become_ready)
    waiting.start()
    assert source(extension).read(SECRET_ARN, "AWSCURRENT").version_id == KEY_ID
    waiting.join(timeout=10)
    assert len(extension.requests) > 3


def test_an_extension_that_never_gets_ready_is_given_up(extension: SecretsExtension) -> None:
    extension.answer = NOT_READY
    with pytest.raises(SecretUnavailable, match="TimeoutError"):
        ExtensionSecrets(port=extension.port, environment=ENVIRONMENT, timeout_seconds=0.2).read(
            SECRET_ARN, "AWSCURRENT"
        )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"internal error"),
        (400, b"ThrottlingException"),
        (403, b"AccessDeniedException"),
        (200, b""),
        (200, b"secret value that is not JSON"),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"VersionId": "x"}'),
        (200, b'{"VersionId": 1, "SecretString": "secret value"}'),
        (200, b'{"VersionId": "x", "SecretBinary": "c2VjcmV0IHZhbHVl"}'),
        (200, b'{"a":' * 5_000),
    ],
)
def test_an_answer_that_is_no_secret_is_unavailable_and_never_repeated(
    extension: SecretsExtension, status: int, body: bytes
) -> None:
    extension.answer = (status, body)
    with pytest.raises(SecretUnavailable) as caught:
        source(extension).read(SECRET_ARN, "AWSCURRENT")
    assert "secret value" not in str(caught.value)
    assert SESSION_TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Generator[int]:
    """A server on a free port that hands each connection to `serve`, then closes it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        with connection:
            serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(timeout=10)


def test_an_extension_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(SecretUnavailable, match="ConnectionRefusedError"):
        ExtensionSecrets(port=free_port(), environment=ENVIRONMENT).read(SECRET_ARN, "AWSCURRENT")


def test_an_extension_that_never_answers_is_given_up() -> None:
    done = threading.Event()
    with server(lambda _connection: (done.wait(timeout=30), None)[1]) as port:
        try:
            with pytest.raises(SecretUnavailable, match="TimeoutError"):
                ExtensionSecrets(port=port, environment=ENVIRONMENT, timeout_seconds=0.1).read(SECRET_ARN, "AWSCURRENT")
        finally:
            done.set()


def test_an_extension_that_answers_byte_by_byte_without_end_is_given_up() -> None:
    done = threading.Event()

    def drip(connection: socket.socket) -> None:
        while not done.wait(timeout=0.02):
            try:
                connection.sendall(b"H")
            except OSError:
                return

    with server(drip) as port:
        try:
            with pytest.raises(SecretUnavailable, match="TimeoutError"):
                ExtensionSecrets(port=port, environment=ENVIRONMENT, timeout_seconds=0.3).read(SECRET_ARN, "AWSCURRENT")
        finally:
            done.set()


def test_an_answer_longer_than_any_secret_is_given_up() -> None:
    def flood(connection: socket.socket) -> None:
        connection.recv(65_536)  # closing with an unread request would reset the connection
        try:
            for _ in range(MAXIMUM_ANSWER_BYTES // 1_024 + 64):
                connection.sendall(b"x" * 1_024)
        except OSError:
            return

    with server(flood) as port, pytest.raises(SecretUnavailable, match="OSError"):
        ExtensionSecrets(port=port, environment=ENVIRONMENT).read(SECRET_ARN, "AWSCURRENT")


@pytest.fixture
def stubbed() -> Iterator[tuple[Boto3Secrets, Stubber]]:
    client: Any = boto3.client(
        "secretsmanager",
        region_name="ap-southeast-3",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stubber:
        yield Boto3Secrets(lambda: client), stubber


def test_a_secret_is_read_with_boto3(stubbed: tuple[Boto3Secrets, Stubber]) -> None:
    secrets, stubber = stubbed
    version_id = KEY_ID
    stubber.add_response(
        "get_secret_value",
        {"VersionId": version_id, "SecretString": "value"},
        {"SecretId": SECRET_ARN, "VersionStage": "AWSCURRENT"},
    )
    version = secrets.read(SECRET_ARN, "AWSCURRENT")
    assert (version.version_id, version.value) == (version_id, "value")
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ResourceNotFoundException", SecretVersionMissing),
        ("AccessDeniedException", SecretUnavailable),
        ("ThrottlingException", SecretUnavailable),
        ("DecryptionFailure", SecretUnavailable),
    ],
)
def test_errors_of_secrets_manager_become_ours(
    stubbed: tuple[Boto3Secrets, Stubber], code: str, error: type[Exception]
) -> None:
    secrets, stubber = stubbed
    stubber.add_client_error("get_secret_value", code, "a message")
    with pytest.raises(error) as caught:
        secrets.read(SECRET_ARN, "AWSCURRENT")
    assert "a message" not in str(caught.value)


def test_a_binary_secret_is_unavailable(stubbed: tuple[Boto3Secrets, Stubber]) -> None:
    secrets, stubber = stubbed
    stubber.add_response("get_secret_value", {"VersionId": KEY_ID, "SecretBinary": b"value"})
    with pytest.raises(SecretUnavailable, match="binary"):
        secrets.read(SECRET_ARN, "AWSCURRENT")


def test_a_network_that_is_down_is_unavailable() -> None:
    class Client:
        def get_secret_value(self, **_arguments: str) -> dict[str, str]:
            raise ConnectTimeoutError(endpoint_url="https://secretsmanager.example")

    with pytest.raises(SecretUnavailable, match="ConnectTimeoutError"):
        Boto3Secrets(Client).read(SECRET_ARN, "AWSCURRENT")


def test_the_client_is_made_at_the_first_read_and_once() -> None:
    made: list[str] = []

    class Client:
        def get_secret_value(self, **_arguments: str) -> dict[str, str]:
            return {"VersionId": KEY_ID, "SecretString": "value"}

    def factory() -> Client:
        made.append("client")
        return Client()

    secrets = Boto3Secrets(factory)
    assert made == []
    secrets.read(SECRET_ARN, "AWSCURRENT")
    secrets.read(SECRET_ARN, "AWSPREVIOUS")
    assert made == ["client"]


def test_the_real_client_has_short_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    from secret_store import boto3_source

    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-3")
    client = boto3_source._secrets_manager_client()
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (2, 3)
    assert client.meta.config.retries["total_max_attempts"] == 2
