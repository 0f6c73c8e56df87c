"""The issuer: trust domains that come to be when they are first asked for, their documents, their tokens, new keys.

Called from several threads; one lock, because a call takes a millisecond. Deliberately no HTTP (`routes`).
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.spiffe_issuer import documents
from sandbox.spiffe_issuer.key_file import known_trust_domains, read_ring, write_ring
from sandbox.spiffe_issuer.key_ring import DEFAULT_KEY_TYPE, KeyRing, checked_key_type, new_ring
from sandbox.spiffe_issuer.names import checked_trust_domain
from sandbox.spiffe_issuer.tokens import MOST_SECONDS, read_request, sign

DEFAULT_OVERLAP_SECONDS = 3600
MOST_TRUST_DOMAINS = 64
_ROTATION_MEMBERS = frozenset({"key_type", "overlap_seconds"})


class SpiffeIssuer:
    """An issuer whose trust domains answer below `base_url`, with their keys in `folder`.

    Every method raises ValueError for what was asked wrongly, `KeyFileError` for damaged keys, OSError for the disk.
    """

    def __init__(self, folder: Path, *, base_url: str, clock: Callable[[], float]) -> None:
        """Take where keys are and what the time is, in seconds since the epoch."""
        self._folder = folder
        self._base_url = base_url
        self._clock = clock
        self._rings: dict[str, KeyRing] = {}
        self._lock = threading.Lock()

    def discovery(self, trust_domain: str) -> dict[str, Any]:
        """The discovery document."""
        self._ring(trust_domain)
        return documents.discovery(self._issuer_url(trust_domain))

    def key_set(self, trust_domain: str) -> dict[str, Any]:
        """The JWKS."""
        return documents.key_set(self._ring(trust_domain))

    def bundle(self, trust_domain: str) -> dict[str, Any]:
        """The SPIFFE trust bundle."""
        return documents.bundle(self._ring(trust_domain))

    def mint(self, trust_domain: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`{"token": ...}` for what `tokens.read_request` reads."""
        request = read_request(asked, checked_trust_domain(trust_domain))
        signing = self._ring(trust_domain).signing
        return {"token": sign(request, signing, issuer_url=self._issuer_url(trust_domain), now=self._clock())}

    def rotate(self, trust_domain: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A new key signs. `{"key_type", "overlap_seconds"}`: of which type, and how long the old ones stay published
        (0: they are gone at once, as a stolen key should be). Answers `{"key_id", "published": [key ids]}`.
        """
        if unknown := sorted(asked.keys() - _ROTATION_MEMBERS):
            raise ValueError(f"unknown member {unknown[0]!r}: a rotation takes {', '.join(sorted(_ROTATION_MEMBERS))}")
        key_type = checked_key_type(asked.get("key_type", DEFAULT_KEY_TYPE))
        overlap = asked.get("overlap_seconds", DEFAULT_OVERLAP_SECONDS)
        if isinstance(overlap, bool) or not isinstance(overlap, int) or not 0 <= overlap <= MOST_SECONDS:
            raise ValueError(f'"overlap_seconds" must be a whole number from 0 to {MOST_SECONDS}')
        self._ring(trust_domain)
        with self._lock:
            ring = self._rings[trust_domain].rotated(key_type, now=self._clock(), overlap_seconds=overlap)
            self._keep(trust_domain, ring)
        return {"key_id": ring.signing.key_id, "published": [key.key_id for key in ring.keys]}

    def _issuer_url(self, trust_domain: str) -> str:
        return f"{self._base_url}/{trust_domain}"

    def _ring(self, trust_domain: str) -> KeyRing:
        checked_trust_domain(trust_domain)
        with self._lock:
            known = self._rings.get(trust_domain) or read_ring(self._folder, trust_domain)
            if known is None and len(known_trust_domains(self._folder)) >= MOST_TRUST_DOMAINS:
                raise ValueError(f"there are {MOST_TRUST_DOMAINS} trust domains already; `make reset` forgets them")
            ring = (known or new_ring()).published(self._clock())
            if ring is not known:
                self._keep(trust_domain, ring)
            self._rings[trust_domain] = ring
            return ring

    def _keep(self, trust_domain: str, ring: KeyRing) -> None:
        write_ring(self._folder, trust_domain, ring)  # first: what is published must outlive this process
        self._rings[trust_domain] = ring
