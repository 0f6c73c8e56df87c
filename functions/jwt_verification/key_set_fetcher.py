"""How a document of keys is fetched: the port, and the fake that tests use instead of a network.

The fetcher that goes over the network is in `https_fetcher`. Deliberately no `requests`, no session, no retry: the
cache decides when to ask again (`refreshing_key_source`).
"""

from __future__ import annotations

from jwt_verification.key_set_errors import KeySetError, KeySetUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class KeySetFetcher(Protocol):
        """Fetches what is at an address that was configured, never at one that a token names."""

        def fetch(self, url: str) -> bytes:
            """Return the whole document.

            Raises:
                KeySetError: there is none that may be used; the class says why.
            """
            ...


class InMemoryKeySets:
    """A `KeySetFetcher` of given documents, or of the errors that fetching them ends with. It keeps every request."""

    def __init__(self, documents: Mapping[str, bytes | KeySetError]) -> None:
        """Take the documents by their addresses; change `documents` to let an issuer change, fail or recover."""
        self.documents = dict(documents)
        self.requests: list[str] = []

    def fetch(self, url: str) -> bytes:
        """Return the document at `url`, or raise what stands in its place."""
        self.requests.append(url)
        found = self.documents.get(url, KeySetUnreachable("nothing is at this address"))
        if isinstance(found, KeySetError):
            raise type(found)(*found.args)
        return found
