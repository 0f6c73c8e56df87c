"""Tokens that were obtained a while ago and still live long enough to be given out again: Cognito bills each new one.

Kept per client, app client, certificate and scope, for 75% of a token's life, so that nobody gets one that is about to
end. What the registry says is asked before, each time, by the chain: a cache hit never stands for a check. The clock is
the wall's and not a monotonic one, which may stand still while a function is frozen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FRACTION_OF_LIFE = 0.75
MAXIMUM_TOKENS = 1_000


class CacheKey:
    """Whom a token is for. Two keys are equal only where all four parts are."""

    __slots__ = ("parts",)

    def __init__(self, *, client_id: str, app_client_id: str, thumbprint: str, scope: str) -> None:
        """Hold the parts."""
        self.parts = (client_id, app_client_id, thumbprint, scope)


class KeptToken:
    """A token, its id, when it was obtained, and when it ends. `repr` shows the id only."""

    __slots__ = ("expires_at", "obtained_at", "text", "token_id")

    def __init__(self, *, text: str, token_id: str, obtained_at: float, expires_at: float) -> None:
        """Hold it."""
        self.text = text
        self.token_id = token_id
        self.obtained_at = obtained_at
        self.expires_at = expires_at

    def __repr__(self) -> str:
        """Name the token."""
        return f"<KeptToken {self.token_id}>"


class TokenCache:
    """Keeps the tokens that were used last."""

    def __init__(self, *, clock: Callable[[], float], maximum_tokens: int = MAXIMUM_TOKENS) -> None:
        """Take seconds since 1970, and how many tokens to keep; 0 keeps none."""
        self._clock = clock
        self._maximum_tokens = maximum_tokens
        self._kept: dict[tuple[str, ...], KeptToken] = {}

    def get(self, key: CacheKey) -> KeptToken | None:
        """Return a token that is still in the first part of its life, None where there is none."""
        kept = self._kept.pop(key.parts, None)
        if kept is None:
            return None
        age, life = self._clock() - kept.obtained_at, kept.expires_at - kept.obtained_at
        if not 0 <= age < FRACTION_OF_LIFE * life:
            return None
        self._kept[key.parts] = kept
        return kept

    def put(self, key: CacheKey, token: KeptToken) -> None:
        """Keep `token`, and drop what was not used for longest where there are too many."""
        self._kept.pop(key.parts, None)
        self._kept[key.parts] = token
        while len(self._kept) > self._maximum_tokens:
            del self._kept[next(iter(self._kept))]
