# ruff: noqa: N818 -- these names are read as reasons: a token is expired, a caller is not permitted
"""How a plugin says why it denies, and how any exception of a plugin becomes a denial.

    raise NotAuthenticated("api_key_unknown")    it is not known who calls     401 (gateway response UNAUTHORIZED)
    raise NotPermitted("insufficient_scope")     it is, and they must not      403 (ACCESS_DENIED, with the reason)

An exception class of a library can carry a reason as well: a class attribute `code` that has the form of a reason, as
the errors of `jwt_verification` and `secret_store` do; it means not authenticated. Every other exception is
`plugin_error`, not authenticated. Messages of exceptions go nowhere: they may hold what the plugin was looking at.

A denial is `temporary` where the same credential may pass soon: something that the check needs cannot be reached, or
the token is not valid yet. It is never answered with a policy, which API Gateway would keep until the TTL ends.
`NotAuthenticated("directory_unavailable", temporary=True)` says so, and a class attribute `temporary = True` beside
`code`; `plugin_error` always is.

A cached denial holds for every route, as every cached answer does. Where a plugin decides by route and answers are
cached, let it return `routes` (see `plugin_result`) instead of raising `NotPermitted`.
"""

from __future__ import annotations

from authorizer.decision import Deny

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

MAXIMUM_REASON_LENGTH = 64
_REASON_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


class NotAuthenticated(Exception):
    """The caller's identity is not established (401)."""

    def __init__(self, reason: str, *, temporary: bool = False) -> None:
        """Take a stable reason code such as `api_key_unknown`, and whether the same credential may pass soon.

        Raises:
            ValueError: `reason` is anything else than a code.
        """
        super().__init__(_checked(reason))
        self.reason = reason
        self.temporary = temporary


class NotPermitted(Exception):
    """The caller is known and must not do this (403)."""

    def __init__(self, reason: str) -> None:
        """Take a stable reason code such as `insufficient_scope`; raises ValueError for anything else than a code."""
        super().__init__(_checked(reason))
        self.reason = reason


def is_reason(candidate: object) -> TypeGuard[str]:
    """Tell whether `candidate` has the form of a reason code: 1 to 64 lower-case letters, digits and underscores."""
    return (
        type(candidate) is str
        and 0 < len(candidate) <= MAXIMUM_REASON_LENGTH
        and _REASON_CHARACTERS.issuperset(candidate)
    )


def denial_for(error: BaseException) -> Deny:
    """Return the denial that `error`, raised by a plugin, stands for."""
    authenticated = isinstance(error, NotPermitted)
    if isinstance(error, (NotAuthenticated, NotPermitted)):
        reason = getattr(error, "reason", "")
        temporary = getattr(error, "temporary", False)
    else:
        # Only a constant of the class counts: an attribute of the instance may hold data.
        reason = getattr(type(error), "code", "")
        temporary = getattr(type(error), "temporary", False)
    if not is_reason(reason):
        return Deny(reason="plugin_error", authenticated=authenticated)
    return Deny(reason=reason, authenticated=authenticated, temporary=temporary is not False)


def _checked(reason: str) -> str:
    if not is_reason(reason):
        raise ValueError("a reason is a constant of 1 to 64 lower-case letters, digits and underscores")
    return reason
