"""Making tokens: the one place where we are the issuer. Verifying functions never import it."""

from __future__ import annotations

import json

from jwt_verification.base64url import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jwt_verification.hmac_key import HmacKey


def sign(claims: Mapping[str, Any], *, key: HmacKey, key_id: str) -> str:
    """Return `claims` as a compact JWS with `typ` JWT, signed by `key`, naming it `key_id` in `kid`.

    Raises:
        ValueError: a claim is a number that JSON cannot express.
        TypeError: a claim is not a JSON value.
    """
    header = {"alg": key.algorithm, "kid": key_id, "typ": "JWT"}
    signing_input = b".".join(encode(_compact_json(part)) for part in (header, claims))
    return (signing_input + b"." + encode(key.sign(signing_input))).decode("ascii")


def _compact_json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
