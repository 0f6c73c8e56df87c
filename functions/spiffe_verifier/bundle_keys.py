"""A trust domain's keys by its SPIFFE trust bundle (SPIFFE Trust Domain and Bundle, section 4), fetched from a bundle
endpoint of the profile `https_web` (SPIFFE Federation, section 5.2.1).

A bundle with a lower `spiffe_sequence` than one that this process has seen is never used: it would bring back keys that
were withdrawn. A bundle without one counts as the latest (SPIFFE Federation, section 4.2). What is remembered ends with
the process, so a trust domain that was set up anew, and counts from 1 again, needs its verifiers started anew.

Deliberately not here: the profile `https_spiffe`, which needs an X.509-SVID of the endpoint and a bundle to begin with.
"""

from __future__ import annotations

from time import monotonic

from jwt_verification.jwk_set import key_set_of, parse_document
from jwt_verification.key_set_errors import KeySetMalformed
from jwt_verification.key_set_url import checked_url
from jwt_verification.refreshing_key_source import GRACE_SECONDS, MAXIMUM_AGE_SECONDS, RefreshingKeySource
from spiffe_verifier.errors import TrustBundleOutdated
from spiffe_verifier.key_rules import BUNDLE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jwt_verification.jwk_set import KeySet
    from jwt_verification.key_set_fetcher import KeySetFetcher

MAXIMUM_INTEGER = 2**64 - 1  # section 4.1.1 asks for 64 bits; a greater number would lock every later bundle out


class BundledKeys:
    """Loads a trust bundle; `RefreshingKeySource` says when, and never twice at once."""

    def __init__(self, url: str, *, fetcher: KeySetFetcher) -> None:
        """Take the bundle's address, which `checked_url` has accepted."""
        self._url = url
        self._fetcher = fetcher
        self._sequence = 0  # the highest that was seen; 0 is as good as none

    def load(self) -> KeySet:
        """Return the bundle's keys for JWT-SVIDs, with its refresh hint.

        Raises:
            KeySetError: there is none that may be used; `TrustBundleOutdated` where it is older than one seen before.
        """
        members = parse_document(self._fetcher.fetch(self._url))
        sequence = _integer(members, "spiffe_sequence")
        if sequence is not None and sequence < self._sequence:
            raise TrustBundleOutdated("`spiffe_sequence` is lower than that of a bundle seen before")
        keys = key_set_of(members, BUNDLE_RULES, refresh_hint_seconds=_integer(members, "spiffe_refresh_hint"))
        if sequence is not None:
            self._sequence = sequence
        return keys


def _integer(members: dict[str, Any], name: str) -> int | None:
    if name not in members:
        return None
    value = members[name]
    if type(value) is not int or not 0 <= value <= MAXIMUM_INTEGER:
        raise KeySetMalformed(f"`{name}` is an integer of 64 bits")
    return value


def trust_bundle_key_source(
    url: str,
    *,
    fetcher: KeySetFetcher,
    allow_plain_http: bool = False,
    clock: Callable[[], float] = monotonic,
    maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
    report_left_out: Callable[[Mapping[str, int]], object] | None = None,
) -> RefreshingKeySource:
    """Return the source of the keys in the trust bundle at `url`; nothing is fetched before the first token.

    Args:
        url: the bundle endpoint.
        fetcher: fetches it.
        allow_plain_http: accept an endpoint over `http://`, in a private network that is trusted as it is.
        clock, grace_seconds, report_left_out: as `RefreshingKeySource` takes them.
        maximum_age_seconds: as there; a shorter `spiffe_refresh_hint` of the bundle goes before it.

    Raises:
        ValueError: `url` is not an address that may be fetched from.
    """
    checked_url(url, allow_plain_http=allow_plain_http)
    return RefreshingKeySource(
        BundledKeys(url, fetcher=fetcher).load,
        clock=clock,
        maximum_age_seconds=maximum_age_seconds,
        grace_seconds=grace_seconds,
        report_left_out=report_left_out,
    )
