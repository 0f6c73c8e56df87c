# ruff: noqa: N818 -- these names are read as reasons: a call was denied, throttled, refused
"""Why a call to AWS gave no result, by what the caller of the call can do about it.

    AwsCallError
    ├── NotSent             no connection: AWS has seen nothing, sending again is safe
    ├── NoAnswer            sent, and no answer that can be used: AWS may or may not have done it
    ├── Throttled           AWS refused for the rate and did nothing
    ├── Denied              IAM says no to these credentials
    ├── SessionExpired      the credentials were good once: get new ones
    └── Refused             AWS looked at the request and said no; `code` and `document` say why

`code` is AWS's name of the error. Messages never hold a request or a credential, and of an answer at most AWS's own
words for what was wrong, where whoever called wants them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class AwsCallError(Exception):
    """A call did not give a result."""

    def __init__(self, call: str, code: str, document: dict[str, Any] | None = None, *, why: str = "") -> None:
        """Take what was called, AWS's code or our own word for what happened, the error's document and its words."""
        super().__init__(f"{call}: {code}: {why}" if why else f"{call}: {code}")
        self.call = call
        self.code = code
        self.document = document or {}


class NotSent(AwsCallError):
    """There was no connection to send the call over."""


class NoAnswer(AwsCallError):
    """The call was sent, and whether AWS did it is not known."""


class Throttled(AwsCallError):
    """AWS did nothing, because of the rate."""


class Denied(AwsCallError):
    """IAM refused."""


class SessionExpired(AwsCallError):
    """The credentials have expired, or AWS does not know them."""


class Refused(AwsCallError):
    """AWS refused the request as it is."""


_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# A session that AWS does not know (any more) is as good as one that has expired.
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"})
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "IncompleteSignature",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
    }
)
_SERVER_ERROR = 500


def error_of(call: str, status: int, code: str, document: dict[str, Any], *, why: str = "") -> AwsCallError:
    """Return the error for an answer that is not 200; `why` is what its message says more than the code."""
    if code in _THROTTLED:
        return Throttled(call, code, why=why)
    if code in _EXPIRED:
        return SessionExpired(call, code, why=why)
    if code in _DENIED:
        return Denied(call, code, why=why)
    if status >= _SERVER_ERROR or not code:
        return NoAnswer(call, code or f"HTTP {status}", why=why)
    return Refused(call, code, document, why=why)
