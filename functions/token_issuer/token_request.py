"""The form of `POST /token`, read as RFC 6749 section 3.2 wants: each parameter once, empty ones as absent, unknown
ones ignored.

What is ignored stays here. Only the scopes go on to Cognito: `aws_client_metadata` of a caller never does.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from api_responses.refusals import Refusal
from api_responses.requests import body_text, header
from token_issuer.oauth_errors import UNSUPPORTED_GRANT_TYPE, OAuthError, invalid_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
GRANT_TYPE = "client_credentials"
MAXIMUM_BODY_BYTES = 8_192
MAXIMUM_PARAMETERS = 32
# The client authenticates with its certificate, and with one method only (RFC 6749 section 2.3).
_OTHER_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


class TokenRequest:
    """What the client asks for: scopes, None for all that it has, and the id that it gives itself, None for none."""

    __slots__ = ("client_id", "scopes")

    def __init__(self, *, scopes: frozenset[str] | None, client_id: str | None) -> None:
        """Hold both."""
        self.scopes = scopes
        self.client_id = client_id


def token_request(event: Any) -> TokenRequest:
    """Read the event's form.

    Raises:
        OAuthError: invalid_request or unsupported_grant_type.
    """
    parameters = _parameters(event)
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise invalid_request("grant_type is missing")
    if grant_type != GRANT_TYPE:
        raise OAuthError(UNSUPPORTED_GRANT_TYPE, f"grant_type is {GRANT_TYPE}")
    for name in _OTHER_CREDENTIALS:
        if name in parameters:
            raise invalid_request(f"{name} is not taken: the certificate is the credential", reason="second_credential")
    scope = parameters.get("scope")
    scopes = None
    if scope is not None:
        scopes = frozenset(scope.split(" "))
        if "" in scopes:
            raise invalid_request("scope is a list of scopes with one space between them")
    return TokenRequest(scopes=scopes, client_id=parameters.get("client_id"))


def _parameters(event: Any) -> dict[str, str]:
    try:
        content_type = header(event, "Content-Type")
        if header(event, "Authorization") is not None:
            raise invalid_request(
                "Send no Authorization header: the certificate is the credential", reason="second_credential"
            )
        media_type = (content_type or "").partition(";")[0].strip().lower()
        if media_type != FORM_MEDIA_TYPE:
            raise invalid_request(f"Send Content-Type: {FORM_MEDIA_TYPE}", reason="unsupported_media_type")
        text = body_text(event, maximum_bytes=MAXIMUM_BODY_BYTES)
    except Refusal as refusal:
        raise invalid_request("The request cannot be read", reason=refusal.reason) from None
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAXIMUM_PARAMETERS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise invalid_request("The body is not a form") from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise invalid_request("A parameter is sent more than once", reason="repeated_parameter")
    return {name: value for name, value in parameters.items() if value}
