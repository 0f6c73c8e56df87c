"""JWT-SVIDs that an attacker makes with keys of its own, from what everybody can read. Shares no code with the product.

`forged` puts any header and any claims together; what is signed with is the attacker's key, a public key, or nothing.
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt import PyJWK

Signer = Callable[[bytes], bytes]
_P256_BYTES = 32


def part(document: object) -> str:
    """A part of a token: JSON in base64url; bytes are taken as they are."""
    content = document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def forged(header: Mapping[str, Any], claims: Mapping[str, Any] | bytes, signer: Signer) -> str:
    """The token; the header's `alg` is only what it says, not what the signer does."""
    signing_input = f"{part(dict(header))}.{part(claims if isinstance(claims, bytes) else dict(claims))}"
    return f"{signing_input}.{part(signer(signing_input.encode()))}"


def claims_of(spiffe_id: object, audience: object, **changes: Any) -> dict[str, Any]:
    """What a good token says; `changes` replace claims, None leaves one out."""
    now = int(time.time())
    claims = {"sub": spiffe_id, "aud": [audience], "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def es256() -> Signer:
    """A key of the attacker's own."""
    key = ec.generate_private_key(ec.SECP256R1())

    def sign(signing_input: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signing_input, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")

    return sign


def ed25519_signer() -> Signer:
    """A key of an algorithm that JWT-SVIDs may not have."""
    return ed25519.Ed25519PrivateKey.generate().sign


def public_key_as_secret(jwk: Mapping[str, Any]) -> Signer:
    """HMAC with the text of the public key, which a verifier that trusts `alg` would check with that very text."""
    public: Any = PyJWK(dict(jwk), algorithm="ES256" if jwk["kty"] == "EC" else "RS256").key
    text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return lambda signing_input: hmac.new(text, signing_input, hashlib.sha256).digest()


def no_signature(_signing_input: bytes) -> bytes:
    """Nothing."""
    return b""
