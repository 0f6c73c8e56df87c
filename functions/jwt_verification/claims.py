"""The registered claims of RFC 7519 section 4.1, checked on a payload whose signature is already good.

Deliberately not here: what a claim means to an application (scopes, tenants). That is for the plugin that needs it.
"""

from __future__ import annotations

from jwt_verification.errors import (
    IssuedInTheFuture,
    MalformedClaim,
    MissingClaim,
    TokenExpired,
    TokenNotYetValid,
    WrongAudience,
    WrongIssuer,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

MAXIMUM_LEEWAY_SECONDS = 300  # RFC 7519 section 4.1.4: "usually no more than a few minutes"
# `iat` does not say from when a token is valid (`nbf` does), so an issuer's clock may be ahead of ours by this much.
MAXIMUM_CLOCK_DIFFERENCE_SECONDS = 60
_LATEST_DATE = 253_402_300_799  # the last second of the year 9999; beyond it stands a mistake or an attack


class ClaimRules:
    """What a verifier expects of the claims; every expectation is stated by the caller."""

    def __init__(
        self,
        *,
        issuers: Collection[str] | None,
        audiences: Collection[str] | None,
        required: Collection[str] = ("exp", "sub"),
        leeway_seconds: float = 0,
    ) -> None:
        """Take the expectations.

        Args:
            issuers: accepted values of `iss`, at least one; None only where something else of the token binds it to
                its issuer, as the trust domain in the `sub` of a JWT-SVID does.
            audiences: accepted values of `aud`, at least one; None only where another claim, checked by the caller,
                says for whom the token is, as `client_id` does in access tokens of Cognito.
            required: names that must be present; `exp` always is, `iss` and `aud` are where they are checked.
            leeway_seconds: added in the token's favour to `exp` and `nbf`, 0 to 300.

        Raises:
            ValueError: an expectation is empty or one string instead of a collection, or the leeway is out of bounds.
        """
        if isinstance(required, str):
            raise ValueError("required is a collection of names, not one string")
        self.issuers = None if issuers is None else _nonempty_strings("issuers", issuers)
        self.audiences = None if audiences is None else _nonempty_strings("audiences", audiences)
        checked = {"exp", *(("iss",) if issuers is not None else ()), *(("aud",) if audiences is not None else ())}
        self.required = frozenset(checked.union(required))
        if not 0 <= leeway_seconds <= MAXIMUM_LEEWAY_SECONDS:
            raise ValueError(f"leeway_seconds is {leeway_seconds}; it is 0 to {MAXIMUM_LEEWAY_SECONDS}")
        self.leeway_seconds = leeway_seconds

    def check(self, claims: dict[str, Any], *, now: float) -> None:
        """Check every registered claim at the time `now` (seconds since 1970).

        Raises:
            ClaimError: of the first claim that fails; the class says how.
        """
        if not claims.keys() >= self.required:
            name = min(self.required.difference(claims))
            raise MissingClaim(name, f"the claim `{name}` is required")
        # Three times the same, and not a loop or a function: most of this method's time would go there.
        expires = claims["exp"]
        if type(expires) is not int or not 0 <= expires <= _LATEST_DATE:
            _check_date("exp", expires)
        if now >= expires + self.leeway_seconds:
            raise TokenExpired("exp", f"the token has expired (leeway {self.leeway_seconds} s)")
        if "nbf" in claims:
            valid_from = claims["nbf"]
            if type(valid_from) is not int or not 0 <= valid_from <= _LATEST_DATE:
                _check_date("nbf", valid_from)
            if now < valid_from - self.leeway_seconds:
                raise TokenNotYetValid("nbf", f"the token is not valid yet (leeway {self.leeway_seconds} s)")
        if "iat" in claims:
            issued_at = claims["iat"]
            if type(issued_at) is not int or not 0 <= issued_at <= _LATEST_DATE:
                _check_date("iat", issued_at)
            if now < issued_at - MAXIMUM_CLOCK_DIFFERENCE_SECONDS:
                raise IssuedInTheFuture("iat", f"`iat` is more than {MAXIMUM_CLOCK_DIFFERENCE_SECONDS} s in the future")
        # What is not compared still has to have its defined form: nobody downstream should meet an `aud` that is 5.
        if "iss" in claims:
            issuer = claims["iss"]
            if type(issuer) is not str or not issuer:
                raise MalformedClaim("iss", "the claim `iss` is a string that is not empty")
            if self.issuers is not None and issuer not in self.issuers:
                raise WrongIssuer("iss", "the token is from another issuer")
        if "aud" in claims:
            audience = claims["aud"]
            audiences = (audience,) if type(audience) is str else _audiences(audience)
            if self.audiences is not None and self.audiences.isdisjoint(audiences):
                raise WrongAudience("aud", "the token is for another audience")
        if "sub" in claims:
            subject = claims["sub"]
            if type(subject) is not str or not subject:
                raise MalformedClaim("sub", "the claim `sub` is a string that is not empty")


def _nonempty_strings(name: str, values: Collection[str]) -> frozenset[str]:
    if isinstance(values, str) or not values or not all(values):
        raise ValueError(f"{name} is a collection of one or more strings that are not empty")
    return frozenset(values)


def _check_date(name: str, value: Any) -> None:
    # By the exact type: to isinstance a bool is an int.
    if (type(value) is not int and type(value) is not float) or not -_LATEST_DATE <= value <= _LATEST_DATE:
        raise MalformedClaim(name, f"the claim `{name}` is a number of seconds since 1970")


def _audiences(value: Any) -> list[Any]:
    # The elements of a list are checked below; until then they are unknown.
    audiences: list[Any] = value if type(value) is list else [value]  # pyright: ignore[reportUnknownVariableType]
    for audience in audiences:
        if type(audience) is not str:
            raise MalformedClaim("aud", "the claim `aud` is a string or a list of strings")
    return audiences
