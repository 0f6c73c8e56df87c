"""What an admin key secret holds: the key itself, 32 random bytes (256 bits) as 43 characters of base64url.

Plain text, so that an administrator can use what `aws secretsmanager get-secret-value` prints. The rotation function
writes it with `new_admin_key_value`; everybody else keeps only its digest. The public placeholder `{}` is no key.
"""

from __future__ import annotations

import os
from hashlib import sha256

from jwt_verification.base64url import decode, encode
from secret_store.errors import SecretUnusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from secret_store.secret_source import SecretVersion

KEY_BYTES = 32
MAXIMUM_PRESENTED_LENGTH = 1_024  # of what a caller sends as a key; ours have 43 characters


class AdminKey:
    """The version's id and the digest of its key; the key itself is not kept."""

    __slots__ = ("digest", "version_id")

    def __init__(self, *, version_id: str, digest: bytes) -> None:
        """Hold both."""
        self.version_id = version_id
        self.digest = digest


def new_admin_key_value() -> str:
    """Return a new secret value from the operating system's random source."""
    return encode(os.urandom(KEY_BYTES)).decode("ascii")


def digest_of(presented: str) -> bytes:
    """Return what is compared: SHA-256, so that comparing takes as long for every text."""
    return sha256(presented.encode("utf-8", "surrogatepass")).digest()


def admin_key_in(version: SecretVersion) -> AdminKey:
    """Read the admin key of `version`.

    Raises:
        SecretUnusable: the value is the placeholder or no admin key. The message does not hold the value.
    """
    try:
        key = decode(version.value.encode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretUnusable(f"version {version.version_id} is no admin key: rotate the secret once to fill it")
    return AdminKey(version_id=version.version_id, digest=digest_of(version.value))
