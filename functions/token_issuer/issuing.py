"""From an identified client and the scopes it asks for to a token that is bound to its certificate.

    scopes ⊆ registered ──> cache ──> secret ──> proof (MAC) ──> Cognito ──> is the token bound? ──> cache ──> token

A token that Cognito gave without the binding is thrown away: its trigger is not attached, or has failed. Of the token,
only what was asked for is compared; nobody takes anything from it, so its signature is not looked at (it came from
Cognito over TLS, a moment ago).
"""

from __future__ import annotations

from hmac import compare_digest

from client_certificates.binding_proof import CONFIRMATION_MEMBER, binding_metadata, scope_text
from jwt_verification.base64url import decode
from jwt_verification.strict_json import parse_object
from token_issuer.cognito_endpoint import IssuerUnavailable, SecretRefused
from token_issuer.oauth_errors import INVALID_SCOPE, OAuthError
from token_issuer.token_cache import CacheKey, KeptToken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from client_certificates.identified import Identified
    from jwt_verification.hmac_key import HmacKey
    from token_issuer.client_secrets import ClientSecrets
    from token_issuer.cognito_endpoint import ObtainedToken, TokenEndpoint
    from token_issuer.token_cache import TokenCache

MAXIMUM_TOKEN_ID_LENGTH = 128


class TokenNotBound(IssuerUnavailable):
    """Cognito gave a token that is not bound to this certificate, or is another than was asked for."""

    code = "token_not_bound"


class IssuedToken:
    """A token for its client, its id, its scopes, the seconds it lives, and whether it came from the cache."""

    __slots__ = ("cached", "expires_in", "scope", "text", "token_id")

    def __init__(self, *, text: str, token_id: str, scope: str, expires_in: int, cached: bool) -> None:
        """Hold it."""
        self.text = text
        self.token_id = token_id
        self.scope = scope
        self.expires_in = expires_in
        self.cached = cached

    def __repr__(self) -> str:
        """Name the token, and do not show it."""
        return f"<IssuedToken {self.token_id}>"


class TokenIssuing:
    """Issues bound tokens. Build it once."""

    def __init__(
        self,
        *,
        endpoint: TokenEndpoint,
        secrets: ClientSecrets,
        signing_key: Callable[[], tuple[str, HmacKey]],
        cache: TokenCache,
        clock: Callable[[], float],
    ) -> None:
        """Take Cognito, the app clients' secrets, the key for proofs (SigningKeyRing), and seconds since 1970."""
        self._endpoint = endpoint
        self._secrets = secrets
        self._signing_key = signing_key
        self._cache = cache
        self._clock = clock

    def issue(self, caller: Identified, wanted: frozenset[str] | None) -> IssuedToken:
        """Return a token for `wanted` scopes, all that the client has where it asks for none.

        Raises:
            OAuthError: invalid_scope.
            SecretError, IssuerRefused, IssuerUnavailable: there is none to be had; no token is given.
        """
        scopes = caller.scopes if wanted is None else wanted
        if not scopes <= caller.scopes:
            raise OAuthError(INVALID_SCOPE, "A scope is not one of this client")
        scope = scope_text(scopes)
        key = CacheKey(
            client_id=caller.client_id,
            app_client_id=caller.app_client_id,
            thumbprint=caller.certificate.thumbprint,
            scope=scope,
        )
        kept = self._cache.get(key)
        cached = kept is not None
        if kept is None:
            started = self._clock()
            obtained = self._obtain(caller, scope)
            token_id = _checked(obtained.text, caller, scopes)
            kept = KeptToken(
                text=obtained.text,
                token_id=token_id,
                obtained_at=started,
                expires_at=started + obtained.expires_in,
            )
            self._cache.put(key, kept)
        remaining = max(1, int(kept.expires_at - self._clock()))
        return IssuedToken(text=kept.text, token_id=kept.token_id, scope=scope, expires_in=remaining, cached=cached)

    def _obtain(self, caller: Identified, scope: str) -> ObtainedToken:
        key_id, key = self._signing_key()
        metadata = binding_metadata(
            app_client_id=caller.app_client_id,
            scopes=scope.split(" "),
            thumbprint=caller.certificate.thumbprint,
            now=self._clock(),
            key_id=key_id,
            key=key,
        )
        secret = self._secrets.secret(caller.client_id)
        if secret.app_client_id == caller.app_client_id:
            try:
                return self._endpoint.obtain(secret, scope=scope, metadata=metadata)
            except SecretRefused:
                other = self._secrets.refreshed(caller.client_id, secret)
                if other is None or other.app_client_id != caller.app_client_id:
                    raise
        else:
            other = self._secrets.refreshed(caller.client_id, secret)
            if other is None or other.app_client_id != caller.app_client_id:
                raise SecretRefused("the client's secret is of another app client than the registry names")
        return self._endpoint.obtain(other, scope=scope, metadata=metadata)


def _checked(token: str, caller: Identified, scopes: frozenset[str]) -> str:
    """Return the token's id; raises `TokenNotBound` for one that is not what was asked for."""
    claims = _claims(token)
    try:
        thumbprint: Any = claims["cnf"][CONFIRMATION_MEMBER]
    except (KeyError, TypeError):
        thumbprint = None
    if type(thumbprint) is not str or not compare_digest(thumbprint.encode(), caller.certificate.thumbprint.encode()):
        raise TokenNotBound("the token does not name the certificate: is the trigger attached?")
    granted, token_id = claims.get("scope"), claims.get("jti")
    if claims.get("client_id") != caller.app_client_id or claims.get("token_use") != "access":
        raise TokenNotBound("the token is not an access token of the app client")
    if type(granted) is not str or frozenset(granted.split(" ")) != scopes:
        raise TokenNotBound("the token has other scopes than were asked for")
    return token_id[:MAXIMUM_TOKEN_ID_LENGTH] if type(token_id) is str else ""


def _claims(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenNotBound("what Cognito gave is no JWT")
    try:
        return parse_object(decode(parts[1].encode("ascii")))
    except (ValueError, RecursionError):
        raise TokenNotBound("what Cognito gave is no JWT") from None
