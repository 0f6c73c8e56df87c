"""Cognito's token endpoint: the port, what can go wrong, and the adapter over HTTPS.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html. The address comes from configuration. A
request is sent a second time only where there was no connection: every token is billed.

    IssuerRefused         issuer_refused      it said no, and not for the secret: the app client is not as registered
    ├── SecretRefused     secret_refused      the secret is not the app client's (any more)
    └── ScopeRefused      scope_refused       the app client does not have a scope that the registry gives the client
    IssuerUnavailable     issuer_unavailable  no answer, or none that is a token
    └── IssuerThrottled   issuer_throttled
"""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote, urlencode, urlsplit

from aws_calls.endpoints import HttpEndpoint, is_loopback_url
from aws_calls.errors import AwsCallError, NotSent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from aws_calls.endpoints import Endpoint
    from token_issuer.client_secrets import AppClientSecret

    class TokenEndpoint(Protocol):
        """Gives access tokens for app clients."""

        def obtain(self, secret: AppClientSecret, *, scope: str, metadata: Mapping[str, str]) -> ObtainedToken:
            """Return a new token.

            Raises:
                IssuerRefused, IssuerUnavailable: the class says why.
            """
            ...


# Cognito waits 5 s for its trigger: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
READ_TIMEOUT_SECONDS = 8.0
CONNECT_TIMEOUT_SECONDS = 2.0
MAXIMUM_TOKEN_LENGTH = 8_192
MAXIMUM_LIFETIME_SECONDS = 86_400  # Cognito's own bound for access tokens
_TRIGGER = "PreTokenGeneration"
_OK, _BAD_REQUEST, _UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 200, 400, 401, 429, 500


class ObtainedToken:
    """A token and how many seconds it lives. `repr` does not show it."""

    __slots__ = ("expires_in", "text")

    def __init__(self, *, text: str, expires_in: int) -> None:
        """Hold both."""
        self.text = text
        self.expires_in = expires_in

    def __repr__(self) -> str:
        """Do not show the token."""
        return "<ObtainedToken>"


class IssuerRefused(Exception):  # noqa: N818 -- read as a reason
    """Cognito gives no token for this app client and these scopes."""

    code = "issuer_refused"


class SecretRefused(IssuerRefused):
    """`invalid_client`."""

    code = "secret_refused"


class ScopeRefused(IssuerRefused):
    """`invalid_scope`, or `invalid_grant` for a scope that exists and is not the app client's."""

    code = "scope_refused"


class IssuerUnavailable(Exception):  # noqa: N818 -- read as a reason
    """Cognito gave no token, and may give one soon."""

    code = "issuer_unavailable"


class IssuerThrottled(IssuerUnavailable):
    """Cognito refused for the rate."""

    code = "issuer_throttled"


_REFUSALS = {"invalid_client": SecretRefused, "invalid_scope": ScopeRefused, "invalid_grant": ScopeRefused}


class CognitoEndpoint:
    """A `TokenEndpoint` over HTTPS, on connections that are kept open."""

    def __init__(self, url: str, *, endpoint: Endpoint | None = None) -> None:
        """Take the address; nothing is connected yet.

        Raises:
            ValueError: it is neither https nor on this machine: the secret would travel in the clear.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback_url(url):
            raise ValueError("COGNITO_TOKEN_URL is an https address, or one on the loopback")
        self._endpoint = endpoint or HttpEndpoint(
            f"{parts.scheme}://{parts.netloc}",
            path=parts.path or "/",
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
        )

    def obtain(self, secret: AppClientSecret, *, scope: str, metadata: Mapping[str, str]) -> ObtainedToken:
        """See `TokenEndpoint.obtain`."""
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "aws_client_metadata": json.dumps(metadata, separators=(",", ":")),
        }
        # RFC 6749 section 2.3.1: both are form-encoded before they become Basic credentials.
        basic = b64encode(f"{quote(secret.app_client_id, safe='')}:{quote(secret.value, safe='')}".encode())
        headers = {
            "Host": self._endpoint.host,
            "Authorization": f"Basic {basic.decode('ascii')}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        status, content = self._post(headers, urlencode(form).encode())
        document = _document(content)
        if status == _OK:
            return _token(document)
        if status == _TOO_MANY:
            raise IssuerThrottled("Cognito answered 429")
        error = document.get("error")
        refusal = _REFUSALS.get(error) if type(error) is str else None
        if _TRIGGER in str(document.get("error_description", "")):
            refusal = None  # which error Cognito names for a trigger that says no is not documented
        if refusal is None and _BAD_REQUEST <= status < _SERVER_ERROR:
            refusal = SecretRefused if status == _UNAUTHORIZED else IssuerRefused
        if refusal is not None and status < _SERVER_ERROR:
            raise refusal(f"Cognito answered {status}")
        raise IssuerUnavailable(f"Cognito answered {status}")

    def _post(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            try:
                return self._endpoint.post("token", headers, body)
            except NotSent:
                return self._endpoint.post("token", headers, body)
        except AwsCallError as error:
            raise IssuerUnavailable(f"Cognito did not answer: {error.code}") from None


def _document(content: bytes) -> dict[str, Any]:
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    return document if type(document) is dict else {}  # pyright: ignore[reportUnknownVariableType] -- JSON


def _token(document: dict[str, Any]) -> ObtainedToken:
    text, kind, expires_in = (document.get(name) for name in ("access_token", "token_type", "expires_in"))
    usable = type(text) is str and 0 < len(text) <= MAXIMUM_TOKEN_LENGTH and text.isascii()
    bearer = type(kind) is str and kind.lower() == "bearer"
    if not usable or not bearer or type(expires_in) is not int or not 0 < expires_in <= MAXIMUM_LIFETIME_SECONDS:
        raise IssuerUnavailable("the answer of Cognito is no token")
    return ObtainedToken(text=str(text), expires_in=expires_in)
