"""What a signing key secret holds: `{"algorithm": "HS256", "key": "<base64url of 32 random bytes>"}`.

The rotation function writes it with `new_signing_key_value`, everybody else reads it with `signing_key_in`. A secret
starts with the public placeholder `{}`, which is refused here, so that nothing is signed or let in before the first
rotation.
"""

from __future__ import annotations

import json
import os

from jwt_verification.base64url import decode, encode
from jwt_verification.hmac_key import MINIMUM_KEY_BYTES, HmacKey
from jwt_verification.strict_json import parse_object
from secret_store.errors import SecretUnusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from secret_store.secret_source import SecretVersion

PLACEHOLDER = "{}"


class SigningKey:
    """A key and the id that tokens name it by: the id of the secret's version."""

    __slots__ = ("key", "key_id")

    def __init__(self, *, key_id: str, key: HmacKey) -> None:
        """Hold both."""
        self.key_id = key_id
        self.key = key


def new_signing_key_value() -> str:
    """Return a new secret value with a key from the operating system's random source."""
    return json.dumps({"algorithm": HmacKey.algorithm, "key": encode(os.urandom(MINIMUM_KEY_BYTES)).decode("ascii")})


def signing_key_in(version: SecretVersion) -> SigningKey:
    """Read the signing key of `version`.

    Raises:
        SecretUnusable: the value is the placeholder or not a signing key. The message does not hold the value.
    """
    if version.value == PLACEHOLDER:
        raise SecretUnusable(f"version {version.version_id} is the placeholder: rotate the secret once to fill it")
    try:
        document = parse_object(version.value.encode())
        if set(document) != {"algorithm", "key"} or document["algorithm"] != HmacKey.algorithm:
            raise ValueError("another shape")
        key = HmacKey(decode(document["key"].encode("ascii")))
    except (ValueError, AttributeError, RecursionError):
        raise SecretUnusable(
            f"version {version.version_id} is not an {HmacKey.algorithm} signing key: rotate the secret to replace it"
        ) from None
    return SigningKey(key_id=version.version_id, key=key)
