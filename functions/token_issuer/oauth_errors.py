"""The errors of a token endpoint, as RFC 6749 section 5.2 has them, each with the code that goes to log and metric.

    status  error                      when
    400     invalid_request            not a form, a parameter is missing or sent twice, or a secret was sent
    400     unsupported_grant_type     not `client_credentials`
    400     invalid_scope              a scope that the client is not registered for
    401     invalid_client             `client_id` is another client's, or nothing says who calls
    503     temporarily_unavailable    the registry, the secret, Cognito or the audit trail is away; with Retry-After
    500     server_error               a defect of ours, told to nobody but the log

RFC 6749 has the last two for its authorization endpoint only (section 4.1.2.1); here they go with their HTTP statuses,
because clients act on those.
"""

from __future__ import annotations

INVALID_REQUEST, INVALID_SCOPE, INVALID_CLIENT = "invalid_request", "invalid_scope", "invalid_client"
UNSUPPORTED_GRANT_TYPE, UNAVAILABLE, SERVER_ERROR = (
    "unsupported_grant_type",
    "temporarily_unavailable",
    "server_error",
)
_STATUSES = {INVALID_CLIENT: 401, UNAVAILABLE: 503, SERVER_ERROR: 500}


class OAuthError(Exception):
    """An answer other than success. `reason` is a stable code for logs and metrics."""

    def __init__(self, error: str, description: str, *, reason: str = "", retry_after: int | None = None) -> None:
        """Take RFC 6749's code, a text for whoever writes the client (ASCII, no quotation marks), and seconds."""
        super().__init__(f"{error}: {reason or error}")
        self.error = error
        self.description = description
        self.reason = reason or error
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUSES.get(self.error, 400)

    @property
    def body(self) -> dict[str, str]:
        """The answer's members."""
        return {"error": self.error, "error_description": self.description}

    @property
    def headers(self) -> dict[str, str]:
        """What the answer has beyond the headers of all."""
        return {} if self.retry_after is None else {"Retry-After": str(max(1, self.retry_after))}


def invalid_request(description: str, *, reason: str = "") -> OAuthError:
    """400."""
    return OAuthError(INVALID_REQUEST, description, reason=reason)


def unavailable(reason: str, *, retry_after: int = 1) -> OAuthError:
    """503: `reason` says in the log what did not answer."""
    return OAuthError(UNAVAILABLE, "Try again", reason=reason, retry_after=retry_after)
