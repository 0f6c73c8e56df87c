"""A trust domain's keys by OIDC discovery: `{issuer}/.well-known/openid-configuration`, then its `jwks_uri`.

The document must be the configured issuer's own (OpenID Connect Discovery 1.0, section 4.3), and may not lead from
HTTPS to plain HTTP. It is read again after an hour and after every failure, and not with every key set, so that an
unknown `kid` costs one request.

Deliberately nothing else of the document: SPIRE lists algorithms there that it does not use, and ours are JWT-SVID's.
"""

from __future__ import annotations

from time import monotonic

from jwt_verification.jwk_set import key_set_of, parse_document
from jwt_verification.key_set_errors import KeySetMalformed
from jwt_verification.key_set_url import checked_url
from jwt_verification.refreshing_key_source import GRACE_SECONDS, MAXIMUM_AGE_SECONDS, RefreshingKeySource
from spiffe_verifier.errors import IssuerMismatch
from spiffe_verifier.key_rules import JWKS_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jwt_verification.jwk_set import KeySet
    from jwt_verification.key_set_fetcher import KeySetFetcher

DISCOVERY_PATH = "/.well-known/openid-configuration"
DISCOVERY_AGE_SECONDS = 3_600.0


class DiscoveredKeys:
    """Loads an issuer's key set; `RefreshingKeySource` says when, and never twice at once."""

    def __init__(self, issuer: str, *, fetcher: KeySetFetcher, clock: Callable[[], float] = monotonic) -> None:
        """Take the issuer's address, which `checked_url` has accepted."""
        self._issuer = issuer
        # Section 4.1: a slash at the end of the issuer is removed before the path is appended.
        self._discovery_url = issuer.removesuffix("/") + DISCOVERY_PATH
        self._fetcher = fetcher
        self._clock = clock
        self._found: tuple[str, float] | None = None  # the address of the key set, and until when it is believed

    def load(self) -> KeySet:
        """Return the issuer's keys.

        Raises:
            KeySetError: they cannot be had; `IssuerMismatch` where the document is another issuer's.
        """
        url, _ = found = self._discovered()
        self._found = None  # unless this key set is good: the issuer may have moved it
        keys = key_set_of(parse_document(self._fetcher.fetch(url)), JWKS_RULES)
        self._found = found
        return keys

    def _discovered(self) -> tuple[str, float]:
        found = self._found
        if found is not None and self._clock() < found[1]:
            return found
        document = parse_document(self._fetcher.fetch(self._discovery_url))
        if document.get("issuer") != self._issuer:
            raise IssuerMismatch("the discovery document's `issuer` is not the configured one, byte for byte")
        url = document.get("jwks_uri")
        if type(url) is not str:
            raise KeySetMalformed("a discovery document has the string `jwks_uri`")
        try:
            checked_url(url, allow_plain_http=self._issuer.startswith("http://"))
        except ValueError:
            # The message quotes what was fetched.
            raise KeySetMalformed("`jwks_uri` is an address over HTTPS, or over HTTP as its issuer is") from None
        return url, self._clock() + DISCOVERY_AGE_SECONDS


def oidc_key_source(
    issuer: str,
    *,
    fetcher: KeySetFetcher,
    allow_plain_http: bool = False,
    clock: Callable[[], float] = monotonic,
    maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
    report_left_out: Callable[[Mapping[str, int]], object] | None = None,
) -> RefreshingKeySource:
    """Return the source of the keys that `issuer` publishes; nothing is fetched before the first token.

    Args:
        issuer: the issuer's address, as its discovery document has it.
        fetcher: fetches both documents.
        allow_plain_http: accept an issuer over `http://`, in a private network that is trusted as it is.
        clock, maximum_age_seconds, grace_seconds, report_left_out: as `RefreshingKeySource` takes them.

    Raises:
        ValueError: `issuer` is not an address that may be fetched from.
    """
    if checked_url(issuer, allow_plain_http=allow_plain_http).query:
        raise ValueError(f"{issuer!r} is no issuer: it has a query")  # OpenID Connect Discovery 1.0, section 3
    return RefreshingKeySource(
        DiscoveredKeys(issuer, fetcher=fetcher, clock=clock).load,
        clock=clock,
        maximum_age_seconds=maximum_age_seconds,
        grace_seconds=grace_seconds,
        report_left_out=report_left_out,
    )
