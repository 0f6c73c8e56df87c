"""The fake `TokenEndpoint`. Functions never import it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from token_issuer.client_secrets import AppClientSecret
    from token_issuer.cognito_endpoint import ObtainedToken


class InMemoryEndpoint:
    """Answers with what `issue` makes; `failures` are raised by the next requests, one each. It keeps every request."""

    def __init__(self, issue: Callable[[AppClientSecret, str, Mapping[str, str]], ObtainedToken]) -> None:
        """Take how tokens are made."""
        self._issue = issue
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.failures: list[Exception | None] = []

    def obtain(self, secret: AppClientSecret, *, scope: str, metadata: Mapping[str, str]) -> ObtainedToken:
        """See `TokenEndpoint.obtain`."""
        self.requests.append((secret.app_client_id, scope, dict(metadata)))
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return self._issue(secret, scope, metadata)
