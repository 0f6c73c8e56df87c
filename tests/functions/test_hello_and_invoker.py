"""The hello system's own functions: the backend, and the invoker against a real HTTP server on loopback."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest

import hello.handler
import invoker.handler
from invoker.handler import CallError, UnauthorizedError, build_handler
from secret_store.errors import SecretUnavailable, SecretUnusable
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.support import (
    AUDIENCE,
    ISSUER,
    KEY_ID,
    NOW,
    RAW_KEY,
    SECRET_ARN,
    SETTINGS,
    Clock,
    signing_key_version,
)
from tests.support.ports import free_port

NEXT_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
API_URL = "https://a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com/prod"
ENVIRONMENT = {**SETTINGS, "API_URL": API_URL}


def test_the_backend_says_hello() -> None:
    assert hello.handler.handle({}, None) == {"statusCode": 200, "body": "Hello, world!"}


class Api:
    """An API that records what it is sent and answers as it is told."""

    def __init__(self, status: int = 200, body: str = "Hello, world!") -> None:
        self.answer = (status, body)
        self.requests: list[tuple[str, Mapping[str, str]]] = []

    def get(self, url: str, headers: Mapping[str, str]) -> tuple[int, str]:
        self.requests.append((url, headers))
        return self.answer

    @property
    def tokens(self) -> list[str]:
        return [headers["Authorization"].removeprefix("Bearer ") for _url, headers in self.requests]


@pytest.fixture
def secrets() -> InMemorySecrets:
    return InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): signing_key_version()})


def invoke(api: Api, secrets: InMemorySecrets, times: int = 1, environment: dict[str, str] = ENVIRONMENT) -> Any:
    handle = build_handler(environment, source=secrets, get=api.get, clock=Clock())
    return [handle({}, None) for _ in range(times)][-1]


def test_success_is_exactly_the_seeds_answer(secrets: InMemorySecrets) -> None:
    assert invoke(Api(), secrets) == {"statusCode": 200, "body": "Hello, world!"}


def test_hello_is_called_once_with_a_bearer_token_that_lives_for_a_minute(secrets: InMemorySecrets) -> None:
    api = Api()
    invoke(api, secrets)
    [(url, headers)] = api.requests
    assert url == f"{API_URL}/hello"
    assert set(headers) == {"Authorization"}
    [token] = api.tokens
    decoded = jwt.decode(token, RAW_KEY, algorithms=["HS256"], audience=AUDIENCE, options={"verify_exp": False})
    assert decoded.pop("jti")
    assert decoded == {"iss": ISSUER, "aud": AUDIENCE, "sub": "apigw-invoker", "iat": NOW, "exp": NOW + 60}
    assert jwt.get_unverified_header(token)["kid"] == KEY_ID


def test_every_invocation_mints_a_token_of_its_own(secrets: InMemorySecrets) -> None:
    api = Api()
    invoke(api, secrets, times=3)
    identities = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in api.tokens}
    assert len(identities) == 3


def test_the_current_version_signs_from_the_first_invocation_after_a_rotation(secrets: InMemorySecrets) -> None:
    api = Api()
    handle = build_handler(ENVIRONMENT, source=secrets, get=api.get, clock=Clock())
    handle({}, None)
    secrets.rotate(SECRET_ARN, signing_key_version(NEXT_ID))
    handle({}, None)
    assert [jwt.get_unverified_header(token)["kid"] for token in api.tokens] == [KEY_ID, NEXT_ID]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_an_error_whose_message_is_unauthorized(secrets: InMemorySecrets, status: int) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        invoke(Api(status, '{"message":"Unauthorized"}'), secrets)
    assert str(caught.value) == "Unauthorized"


@pytest.mark.parametrize("status", [204, 301, 404, 429, 500, 502, 504])
def test_any_other_status_is_an_error_that_says_where_to_look(secrets: InMemorySecrets, status: int) -> None:
    api = Api(status, "body-of-the-answer")
    with pytest.raises(CallError, match=f"answered {status}; see the API's access log") as caught:
        invoke(api, secrets)
    assert "body-of-the-answer" not in str(caught.value)
    assert api.tokens[0] not in str(caught.value)


def test_nothing_is_signed_with_the_placeholder_or_without_the_secret(secrets: InMemorySecrets) -> None:
    api = Api()
    secrets.versions[SECRET_ARN, "AWSCURRENT"] = SecretVersion(version_id=KEY_ID, value="{}")
    with pytest.raises(SecretUnusable, match="rotate the secret"):
        invoke(api, secrets)
    secrets.failure = SecretUnavailable("down")
    with pytest.raises(SecretUnavailable):
        invoke(api, secrets)
    assert api.requests == []


@pytest.mark.parametrize("name", ["API_URL", *SETTINGS])
def test_a_missing_setting_is_named(secrets: InMemorySecrets, name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(KeyError, match=name):
        invoke(Api(), secrets, environment=environment)


@pytest.mark.parametrize(
    "url", ["", "a1b2c3d4e5.example/prod", "ftp://example.com", "file:///etc/passwd", "https:///prod"]
)
def test_an_api_url_that_is_none_is_refused(secrets: InMemorySecrets, url: str) -> None:
    with pytest.raises(ValueError, match="API_URL is the invoke URL"):
        invoke(Api(), secrets, environment={**ENVIRONMENT, "API_URL": url})


class HttpApi:
    """The same over HTTP: a server on a free loopback port."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"Hello, world!", dict[str, str]()
        self.requests: list[tuple[str, str, str | None]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.requests.append((self.command, self.path, self.headers.get("Authorization")))
                self.send_response(api.status)
                for name, value in api.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(api.body)))
                self.end_headers()
                self.wfile.write(api.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/_aws/execute-api/a1b2c3d4e5/prod"


@pytest.fixture
def http_api() -> Iterator[HttpApi]:
    api = HttpApi()
    thread = threading.Thread(target=api.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()
    thread.join(timeout=10)


def invoke_over_http(url: str, secrets: InMemorySecrets) -> Any:
    return build_handler({**ENVIRONMENT, "API_URL": url}, source=secrets)({}, None)


def test_over_http_the_stage_url_is_extended_by_the_path(http_api: HttpApi, secrets: InMemorySecrets) -> None:
    assert invoke_over_http(http_api.url, secrets) == {"statusCode": 200, "body": "Hello, world!"}
    [(method, path, authorization)] = http_api.requests
    assert (method, path) == ("GET", "/_aws/execute-api/a1b2c3d4e5/prod/hello")
    assert (authorization or "").startswith("Bearer ey")


def test_over_http_a_redirect_is_not_followed_with_the_token(http_api: HttpApi, secrets: InMemorySecrets) -> None:
    http_api.status, http_api.headers = 302, {"Location": f"{http_api.url}/elsewhere"}
    with pytest.raises(CallError, match="answered 302"):
        invoke_over_http(http_api.url, secrets)
    assert len(http_api.requests) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"x" * 65_537, "more than 65536 bytes"), (b"\xff", "UnicodeDecodeError")],
)
def test_over_http_an_answer_that_is_no_short_text_is_an_error(
    http_api: HttpApi, secrets: InMemorySecrets, body: bytes, message: str
) -> None:
    http_api.body = body
    with pytest.raises(CallError, match=message):
        invoke_over_http(http_api.url, secrets)


def test_over_http_an_api_that_is_not_there_is_an_error_without_the_token(secrets: InMemorySecrets) -> None:
    with pytest.raises(CallError, match="did not give an answer: ConnectionRefusedError") as caught:
        invoke_over_http(f"http://127.0.0.1:{free_port()}/prod", secrets)
    assert "Bearer" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_over_http_an_api_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, secrets: InMemorySecrets
) -> None:
    monkeypatch.setattr(invoker.handler, "TIMEOUT_SECONDS", 0.1)
    api = HttpApi()  # listens, and nobody ever accepts
    with pytest.raises(CallError, match="TimeoutError"):
        invoke_over_http(api.url, secrets)
    api.server.server_close()


def test_the_answer_is_json() -> None:
    assert json.loads(json.dumps(hello.handler.handle(None, None)))["statusCode"] == 200
