"""The built-in SPIFFE issuer over HTTP: what anybody may read, and what web pages may not do."""

import http.client
import json
from typing import Any

import pytest

from tests.support.sandbox import RunningSandbox

SPIFFE = "/_gatehouse/spiffe/company.internal"
API = {"sub": "spiffe://company.internal/ns/prod/sa/api", "aud": "api://poc"}


def send(sandbox: RunningSandbox, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and document of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    try:
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_verifier_finds_the_keys_from_the_issuers_address_alone(sandbox: RunningSandbox) -> None:
    status, discovery = send(sandbox, "GET", f"{SPIFFE}/.well-known/openid-configuration")

    assert (status, discovery["issuer"]) == (200, f"{sandbox.url}{SPIFFE}")
    assert discovery["jwks_uri"].startswith(discovery["issuer"])
    status, keys = send(sandbox, "GET", discovery["jwks_uri"].removeprefix(sandbox.url))
    assert status == 200
    _, bundle = send(sandbox, "GET", f"{SPIFFE}/bundle")
    assert [key["kid"] for key in bundle["keys"]] == [key["kid"] for key in keys["keys"]]


@pytest.mark.parametrize("action", ["mint", "rotate"])
def test_a_web_page_neither_mints_nor_rotates(sandbox: RunningSandbox, action: str) -> None:
    _, before = send(sandbox, "GET", f"{SPIFFE}/keys")
    assert send(sandbox, "POST", f"{SPIFFE}/{action}", API, Origin="https://evil.example")[0] == 403
    assert send(sandbox, "GET", f"{SPIFFE}/{action}")[0] == 404
    assert send(sandbox, "GET", f"{SPIFFE}/keys")[1] == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{SPIFFE}/mint", {**API, "sub": "spiffe://other/a"}, 400),
        ("POST", f"{SPIFFE}/mint", [API], 400),
        ("POST", f"{SPIFFE}/keys", {}, 404),
        ("GET", "/_gatehouse/spiffe/Company.internal/keys", None, 400),
        ("GET", "/_gatehouse/spiffe/%2e%2e%2f%2e%2e%2fpasswd/keys", None, 404),
        ("DELETE", f"{SPIFFE}/keys", None, 404),
    ],
)
def test_what_is_asked_wrongly_gets_an_answer_that_says_so(
    sandbox: RunningSandbox, method: str, path: str, body: Any, status: int
) -> None:
    found, document = send(sandbox, method, path, body)
    assert (found, set(document)) == (status, {"message"})
