"""The secrets of Cognito's app clients: one secret in Secrets Manager for each client, named `<prefix><client id>`.

Its value has `client_id` (the app client's) and `client_secret`, made and rotated by `secret_rotation` where the
deployment knows the client, else stored by the operator's command. Clients come and go without a deployment, so the
function has a prefix and not a list; the ids are the registry's, never the request's. What was read is kept for a while
and read again, at most once per cool-down, where Cognito says that it is wrong.
"""

from __future__ import annotations

from jwt_verification.strict_json import parse_object
from secret_store.cached_value import CachedValue
from secret_store.errors import SecretError, SecretUnusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from secret_store.secret_source import SecretSource

MAXIMUM_AGE_SECONDS = 300.0
GRACE_SECONDS = 3_600.0
RETRY_SECONDS = 1.0
COOL_DOWN_SECONDS = 5.0
MAXIMUM_CLIENTS = 1_000


class AppClientSecret:
    """An app client's id and secret; `repr` shows the id only."""

    __slots__ = ("app_client_id", "value")

    def __init__(self, *, app_client_id: str, value: str) -> None:
        """Hold both."""
        self.app_client_id = app_client_id
        self.value = value

    def __repr__(self) -> str:
        """Name the app client."""
        return f"<AppClientSecret of {self.app_client_id}>"


class _Kept:
    __slots__ = ("cached", "refreshed_at")

    def __init__(self, cached: CachedValue[AppClientSecret]) -> None:
        self.cached = cached
        self.refreshed_at: float | None = None


class ClientSecrets:
    """Secrets by client. Build it once."""

    def __init__(self, *, source: SecretSource, prefix: str, clock: Callable[[], float]) -> None:
        """Take where secrets are, what their names begin with, and monotonic seconds; nothing is read yet.

        Raises:
            ValueError: `prefix` is empty, which would name any secret.
        """
        if not prefix:
            raise ValueError("prefix is empty: set CLIENT_SECRETS_PREFIX")
        self._source = source
        self._prefix = prefix
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def secret(self, client_id: str) -> AppClientSecret:
        """Return the secret of a registered client; raises `SecretError`."""
        return self._of(client_id).cached.get()

    def refreshed(self, client_id: str, refused: AppClientSecret) -> AppClientSecret | None:
        """Return another secret than the one that Cognito refused, None where there is none (yet).

        Raises:
            SecretError: it cannot be read.
        """
        kept, now = self._of(client_id), self._clock()
        if kept.refreshed_at is None or now - kept.refreshed_at >= COOL_DOWN_SECONDS:
            kept.refreshed_at = now
            secret = kept.cached.reload()
        else:
            secret = kept.cached.get()
        return None if secret.value == refused.value else secret

    def _of(self, client_id: str) -> _Kept:
        kept = self._kept.get(client_id)
        if kept is None:
            if len(self._kept) >= MAXIMUM_CLIENTS:
                del self._kept[next(iter(self._kept))]
            kept = self._kept[client_id] = _Kept(
                CachedValue(
                    lambda: self._read(client_id),
                    error_type=SecretError,
                    clock=self._clock,
                    maximum_age_seconds=MAXIMUM_AGE_SECONDS,
                    grace_seconds=GRACE_SECONDS,
                    retry_seconds=RETRY_SECONDS,
                )
            )
        return kept

    def _read(self, client_id: str) -> AppClientSecret:
        version = self._source.read(self._prefix + client_id, "AWSCURRENT")
        try:
            document = parse_object(version.value.encode())
        except (ValueError, RecursionError):
            document = {}
        app_client_id, value = document.get("client_id"), document.get("client_secret")
        if type(app_client_id) is not str or type(value) is not str or not app_client_id or not value:
            raise SecretUnusable(f"version {version.version_id} holds no app client: rotate the secret once to fill it")
        return AppClientSecret(app_client_id=app_client_id, value=value)
