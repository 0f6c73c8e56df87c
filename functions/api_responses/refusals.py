# ruff: noqa: N818 -- a refusal is an answer that is raised, not a defect
"""The errors that a caller gets, as one exception with the answer in it.

    status  body                                                      when
    400     {"error": "...", "field": "..."}                          something in the request is not valid
    401     {"message": "Unauthorized: ..."}                          the caller's token is good no more
    403     {"message": "User is not authorized to perform this operation"}
    404     {"error": "..."}
    409     {"error": "..."}                                          the state is not what the request expects
    413     {"error": "..."}                                          the body is too large
    415     {"error": "..."}                                          the body is not JSON by its Content-Type
    422     {"error": "...", "field": "Idempotency-Key"}              the key was used for another request
    429     {"error": "..."} and Retry-After                          the tenant's requests of this minute are used up
    500     {"error": "Internal server error"}                        a defect of ours, told to nobody but the log
    503     {"error": "..."} and Retry-After                          something that the function needs did not answer

The 401, the 403 and their messages are seed 002's. Texts may name what the caller sent by its field, never repeat
secrets, and never tell more about another customer's rows than about rows that do not exist.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_AUTHORIZED_MESSAGE = "User is not authorized to perform this operation"  # seed 002
MAXIMUM_FIELD_LENGTH = 128  # of a field's name that is repeated in an error


class Refusal(Exception):
    """An answer other than success. `reason` is a stable code for logs and metrics."""

    def __init__(
        self, *, status: int, reason: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        """Hold the answer; `body` is sent as JSON."""
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.body = dict(body)
        self.headers = dict(headers or {})


def invalid(field: str, error: str, *, reason: str = "invalid_request") -> Refusal:
    """400: `field` names the header, parameter or member of the body that is wrong, `error` how to put it right."""
    return Refusal(status=400, reason=reason, body={"error": error, "field": field[:MAXIMUM_FIELD_LENGTH]})


def token_expired() -> Refusal:
    """401 with seed 002's message, as the API itself answers where the authorizer denies."""
    return Refusal(
        status=401,
        reason="token_expired",
        body={"message": "Unauthorized: Token expired"},
        headers={"WWW-Authenticate": "Bearer"},
    )


def not_authorized(*, reason: str = "not_authorized") -> Refusal:
    """403 with seed 002's message."""
    return Refusal(status=403, reason=reason, body={"message": NOT_AUTHORIZED_MESSAGE})


def not_found(error: str) -> Refusal:
    """404."""
    return Refusal(status=404, reason="not_found", body={"error": error})


def conflict(error: str, *, reason: str = "conflict", retry_after: int | None = None) -> Refusal:
    """409, with `Retry-After` (seconds) where trying again can help."""
    return Refusal(status=409, reason=reason, body={"error": error}, headers=_retry_after(retry_after))


def too_large(maximum_bytes: int) -> Refusal:
    """413: the body has more than `maximum_bytes`."""
    error = f"The body is larger than {maximum_bytes} bytes"
    return Refusal(status=413, reason="body_too_large", body={"error": error})


def unsupported_media_type() -> Refusal:
    """415."""
    return Refusal(
        status=415, reason="unsupported_media_type", body={"error": "Send JSON with Content-Type: application/json"}
    )


def key_reused(field: str) -> Refusal:
    """422: an idempotency key was used for another request (draft-ietf-httpapi-idempotency-key-header, section 2.7)."""
    error = "This key was used for another request: send a new key, or the same request again"
    return Refusal(status=422, reason="idempotency_key_reused", body={"error": error, "field": field})


def too_many_requests(retry_after: int, *, error: str = "Too many requests", reason: str = "throttled") -> Refusal:
    """429 (RFC 6585 section 4); `retry_after` in seconds, at least 1."""
    return Refusal(status=429, reason=reason, body={"error": error}, headers=_retry_after(retry_after))


def internal_error() -> Refusal:
    """500: nothing about it goes to the caller."""
    return Refusal(status=500, reason="internal_error", body={"error": "Internal server error"})


def unavailable(*, reason: str, retry_after: int = 1) -> Refusal:
    """503: `reason` says in the log what did not answer; the caller is told when to try again (seconds)."""
    return Refusal(
        status=503,
        reason=reason,
        body={"error": "Temporarily unavailable, try again"},
        headers=_retry_after(retry_after),
    )


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(max(1, seconds))}
