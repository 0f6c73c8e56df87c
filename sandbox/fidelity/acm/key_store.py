"""Private keys of certificates between two starts of the sandbox: one file each, readable by its owner only.

The emulator's saved state leaves them out, so that a copy of the state is no copy of keys; without them nothing could
serve TLS after a restart. Deliberately below the sandbox's folder, which no repository has.
"""

import hashlib
from pathlib import Path

from sandbox.replaced_file import replace_file


class KeyStore:
    """The keys by certificate ARN."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, arn: str, key_pem: str) -> None:
        """Keeps the key in place of an earlier one. Raises `OSError`."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self._path(arn), key_pem.encode("ascii"), durable=False)

    def get(self, arn: str) -> str | None:
        """The key as PEM; `None` when there is none."""
        try:
            return self._path(arn).read_text(encoding="ascii")
        except FileNotFoundError:
            return None

    def remove(self, arn: str) -> None:
        """Forgets the key, if it is there."""
        self._path(arn).unlink(missing_ok=True)

    def _path(self, arn: str) -> Path:
        return self._directory / f"{hashlib.sha256(arn.encode()).hexdigest()[:32]}.key"


_stores: list[KeyStore] = []


def open_key_store(state_directory: Path) -> KeyStore:
    """The store of this sandbox process; the first call says where it is."""
    if not _stores:
        _stores.append(KeyStore(state_directory / "tls" / "keys"))
    return _stores[0]
