"""Mints a token that lives for 60 seconds, calls `GET /hello` with it, and returns the API's status and body.

    success     {"statusCode": 200, "body": "Hello, world!"}
    refused     the invocation fails with the error message `Unauthorized`
    otherwise   the invocation fails with a message that says what did not work, never with a token in it

Settings, plain values all: `API_URL` (the stage's invoke URL), `SIGNING_KEY_SECRET_ARN`, `TOKEN_ISSUER`,
`TOKEN_AUDIENCE`.
"""

from __future__ import annotations

import functools
import http.client
import os
import time
import uuid
from http import HTTPStatus
from urllib.parse import urlsplit

from jwt_verification.signer import sign
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from secret_store.secret_source import SecretSource

    Handler = Callable[[object, object], dict[str, Any]]
    Get = Callable[[str, Mapping[str, str]], tuple[int, str]]

TOKEN_LIFETIME_SECONDS = 60
SUBJECT = "apigw-invoker"
TIMEOUT_SECONDS = 10.0
MAXIMUM_BODY_BYTES = 65_536


class UnauthorizedError(Exception):
    """The API refused the token."""


class CallError(Exception):
    """The API could not be called, or answered with an error of its own."""


def build_handler(
    environment: Mapping[str, str],
    *,
    source: SecretSource | None = None,
    get: Get | None = None,
    clock: Callable[[], float] = time.time,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for a bad URL."""
    # Asked anew for every token: only AWSCURRENT signs, and one invocation mints one token.
    keys = SigningKeyRing(
        source=source or secret_source(environment),
        secret_id=environment["SIGNING_KEY_SECRET_ARN"],
        maximum_age_seconds=0,
    )
    url = environment["API_URL"].rstrip("/") + "/hello"
    if urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname:
        raise ValueError("API_URL is the invoke URL of a stage, https://...")
    issuer, audience = environment["TOKEN_ISSUER"], environment["TOKEN_AUDIENCE"]
    send = get or _get

    def handle_invocation(_event: object, _context: object) -> dict[str, Any]:
        now = int(clock())
        key_id, key = keys.signing_key()
        claims: dict[str, str | int] = {
            "iss": issuer,
            "aud": audience,
            "sub": SUBJECT,
            "iat": now,
            "exp": now + TOKEN_LIFETIME_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        status, body = send(url, {"Authorization": f"Bearer {sign(claims, key=key, key_id=key_id)}"})
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise UnauthorizedError("Unauthorized")
        if status != HTTPStatus.OK:
            raise CallError(f"GET {url} answered {status}; see the API's access log")
        return {"statusCode": status, "body": body}

    return handle_invocation


def _get(url: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send one GET request; redirects are not followed, which would hand the token to whoever is there.

    Raises:
        CallError: no answer in time, or one that is not a short text.
    """
    parts = urlsplit(url)
    connection_class = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connection_class(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(MAXIMUM_BODY_BYTES + 1)
        if len(body) > MAXIMUM_BODY_BYTES:
            raise CallError(f"GET {url} answered with more than {MAXIMUM_BODY_BYTES} bytes")
        return response.status, body.decode()
    except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
        raise CallError(f"GET {url} did not give an answer: {type(error).__name__}") from None
    finally:
        connection.close()


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: object, context: object) -> dict[str, Any]:
    """Handle an invocation; the event is ignored. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
