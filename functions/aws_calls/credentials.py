"""Credentials as values that go along with a call, and the function's own from its environment.

Lambda puts the credentials of the function's role into the environment of each execution environment, which it ends
before they expire. With SnapStart it does not: functions that use this package must not turn that on.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NEVER = float("inf")


class Credentials:
    """An access key with its session token. `expires_at` is in seconds since 1970; `repr` shows neither secret."""

    __slots__ = ("access_key_id", "expires_at", "secret_access_key", "session_token", "signing_key")

    def __init__(
        self,
        *,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expires_at: float = NEVER,
    ) -> None:
        """Hold them."""
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expires_at = expires_at
        # The last key derived from the secret, with the scope that it is for: it is good for a day (see `signature`).
        self.signing_key: tuple[str, bytes] = ("", b"")

    def __repr__(self) -> str:
        """Name the access key, which is public."""
        return f"<Credentials {self.access_key_id}>"


def own_credentials(environment: Mapping[str, str]) -> Credentials:
    """Return the credentials of the function's own role; raises KeyError where the environment has none."""
    return Credentials(
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        session_token=environment.get("AWS_SESSION_TOKEN"),
    )
