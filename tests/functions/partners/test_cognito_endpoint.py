"""Cognito's token endpoint over HTTP: what is sent, and what each answer means."""

import base64
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from aws_calls.endpoints import HttpEndpoint
from aws_calls.errors import NoAnswer, NotSent
from tests.support.loopback_server import LoopbackServer, Request, Response
from token_issuer.client_secrets import AppClientSecret
from token_issuer.cognito_endpoint import (
    CognitoEndpoint,
    IssuerRefused,
    IssuerThrottled,
    IssuerUnavailable,
    ScopeRefused,
    SecretRefused,
)

SECRET = AppClientSecret(app_client_id="app-acme", value="s:cret/+=")
GOOD = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 900}


class Cognito(LoopbackServer):
    """Answers one thing and keeps what it was asked."""

    def __init__(self, status: int, answer: object) -> None:
        self.requests: list[Request] = []
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

        def respond(request: Request) -> Response:
            self.requests.append(request)
            return Response(status=status, body=body)

        super().__init__(respond)


def obtain(server: Cognito, metadata: Mapping[str, str] | None = None) -> Any:
    endpoint = CognitoEndpoint(f"{server.url}/oauth2/token")
    return endpoint.obtain(SECRET, scope="a/read a/write", metadata=metadata or {"thumbprint": "x"})


def test_a_token_is_asked_for_as_cognitos_guide_shows_it() -> None:
    with Cognito(200, GOOD) as server:
        token = obtain(server, {"thumbprint": "x", "mac": "y&z="})
    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/oauth2/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    kind, _, basic = request.headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(basic)) == ("Basic", b"app-acme:s%3Acret%2F%2B%3D")
    form = parse_qs(request.body.decode(), strict_parsing=True)
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["a/read a/write"]
    assert json.loads(form["aws_client_metadata"][0]) == {"thumbprint": "x", "mac": "y&z="}
    assert (token.text, token.expires_in) == ("a.b.c", 900)
    assert "a.b.c" not in repr(token)
    assert SECRET.value not in repr(SECRET)


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, {"error": "invalid_client"}, SecretRefused),
        (401, {"error": "invalid_client"}, SecretRefused),
        (401, {}, SecretRefused),
        (400, {"error": "invalid_scope"}, ScopeRefused),
        (400, {"error": "invalid_grant"}, ScopeRefused),
        (400, {"error": "invalid_request"}, IssuerRefused),
        (400, {"error": "invalid_grant", "error_description": "PreTokenGeneration failed: x"}, IssuerRefused),
        (400, {"error": ["invalid_scope"]}, IssuerRefused),
        (400, b"<html>", IssuerRefused),
        (403, {"message": "Forbidden"}, IssuerRefused),
        (429, {"error": "too_many"}, IssuerThrottled),
        (500, {"error": "invalid_client"}, IssuerUnavailable),
        (503, b"", IssuerUnavailable),
        (302, b"", IssuerUnavailable),
        (200, b"", IssuerUnavailable),
        (200, b"[]", IssuerUnavailable),
        (200, b"[" * 100_000, IssuerUnavailable),
        (200, {**GOOD, "access_token": None}, IssuerUnavailable),
        (200, {**GOOD, "access_token": ""}, IssuerUnavailable),
        (200, {**GOOD, "access_token": "a" * 9_000}, IssuerUnavailable),
        (200, {**GOOD, "access_token": "\u00e4"}, IssuerUnavailable),
        (200, {**GOOD, "token_type": "mac"}, IssuerUnavailable),
        (200, {**GOOD, "expires_in": "900"}, IssuerUnavailable),
        (200, {**GOOD, "expires_in": True}, IssuerUnavailable),
        (200, {**GOOD, "expires_in": 0}, IssuerUnavailable),
        (200, {**GOOD, "expires_in": 10**9}, IssuerUnavailable),
    ],
)
def test_every_other_answer_is_the_error_that_it_is(status: int, answer: object, expected: type[Exception]) -> None:
    with Cognito(status, answer) as server, pytest.raises(expected) as caught:
        obtain(server)
    assert type(caught.value) is expected
    assert SECRET.value not in str(caught.value)
    assert len(server.requests) == 1  # every token is billed


def test_nobody_there_is_unavailable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        endpoint = CognitoEndpoint(f"http://127.0.0.1:{held.getsockname()[1]}/oauth2/token")
        with pytest.raises(IssuerUnavailable):
            endpoint.obtain(SECRET, scope="s", metadata={})


class Difficult:
    """An `Endpoint` that fails in a row of ways."""

    host = "cognito.example"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def post(self, call: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return 200, json.dumps(GOOD).encode()


def test_what_was_not_sent_is_sent_once_more_and_what_was_sent_is_not() -> None:
    url = "https://cognito.example/oauth2/token"
    once = Difficult(NotSent("token", "x"))
    assert CognitoEndpoint(url, endpoint=once).obtain(SECRET, scope="s", metadata={}).expires_in == 900
    for failures in ((NotSent("token", "x"), NotSent("token", "x")), (NoAnswer("token", "x"),)):
        endpoint = Difficult(*failures)
        with pytest.raises(IssuerUnavailable):
            CognitoEndpoint(url, endpoint=endpoint).obtain(SECRET, scope="s", metadata={})
        assert endpoint.calls == len(failures)


@pytest.mark.parametrize("url", ["http://cognito.example/oauth2/token", "ftp://127.0.0.1/", "cognito.example", ""])
def test_a_secret_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match=r"COGNITO_TOKEN_URL|endpoint"):
        CognitoEndpoint(url)


def test_an_endpoint_posts_to_its_path() -> None:
    with Cognito(200, {}) as server:
        endpoint = HttpEndpoint(server.url, path="/a/b")
        endpoint.post("call", {"content-type": "text/plain"}, b"")
        endpoint.close()
    assert [request.target for request in server.requests] == ["/a/b"]
