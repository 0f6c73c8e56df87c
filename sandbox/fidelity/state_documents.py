"""A service's state as the JSON document that the emulator reads, which says whether it changed before it is whole.

Archives of layers are kept in the state as bytes, megabytes of them, and never change. In the text they are marks with
their digest until the document is written; so most saves neither encode nor compare them.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LARGE_BYTES: Final = 4096
# No other process and no caller knows it, so that no text of a caller's is taken for a mark.
_MARK: Final = f"large-bytes-{secrets.token_hex(16)}-"
_MARKED: Final = re.compile(f"{_MARK}([0-9a-f]{{64}})".encode())


@dataclass(frozen=True, kw_only=True)
class StateDocument:
    """JSON with marks in it; `large` is what they stand for, by SHA-256."""

    text: bytes
    large: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def digest(self) -> str:
        """The same for the same state, within one process."""
        return hashlib.sha256(self.text).hexdigest()

    def content(self) -> bytes:
        """The document as it is written."""
        return _MARKED.sub(lambda mark: base64.b64encode(self.large[mark[1].decode()]), self.text)


class StateEncoder:
    """Makes the documents; `default` is the emulator's own answer for what JSON has no form for."""

    def __init__(self, default: Callable[[Any], Any]) -> None:
        self._default = default
        # By identity, with the object itself, so that no other one can come by its number.
        self._digests: dict[int, tuple[bytes, str]] = {}

    def document(self, state: object) -> StateDocument:
        """Raises what `json` raises for what cannot be encoded."""
        large: dict[str, bytes] = {}

        def default(value: object) -> Any:
            if not isinstance(value, bytes) or len(value) < LARGE_BYTES:
                return self._default(value)
            digest = self._digest(value)
            large[digest] = value
            return {"__bytes__": f"{_MARK}{digest}"}

        return StateDocument(text=json.dumps(state, default=default).encode(), large=large)

    def keep_only(self, documents: Mapping[str, StateDocument]) -> None:
        """Lets go of what is in none of them."""
        kept = {id(value) for document in documents.values() for value in document.large.values()}
        self._digests = {number: known for number, known in self._digests.items() if number in kept}

    def _digest(self, value: bytes) -> str:
        known = self._digests.get(id(value))
        if known is None:
            known = self._digests[id(value)] = value, hashlib.sha256(value).hexdigest()
        return known[1]
