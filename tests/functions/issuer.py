"""An issuer of asymmetric tokens for tests: key pairs made once per run, JWKs of any shape, tokens of any shape."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms

from jwt_verification.base64url import encode
from jwt_verification.jwk import ALGORITHMS
from tests.functions.support import claims

URL = "https://issuer.example/.well-known/jwks.json"
KEY_ID = "2026-01"
CURVES: dict[str, type[ec.EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
PRIVATE_OPERATIONS = get_default_algorithms()

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def private_key(kind: str, number: int = 0) -> PrivateKey:
    """The key pair of a kind (`RSA` with 2048 bits, `RSA-1024`, a curve); another one for every number."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(public_exponent=65_537, key_size=int(kind.partition("-")[2] or 2_048))
    return ec.generate_private_key(CURVES[kind]())


def key_for_algorithm(algorithm: str, number: int = 0) -> PrivateKey:
    """The key pair that tokens of this algorithm are signed with."""
    return private_key(ALGORITHMS[algorithm], number)


def public_jwk(algorithm: str, *, key: PrivateKey | None = None, **members: Any) -> dict[str, Any]:
    """The JWK as a good issuer publishes it, with members replaced or added."""
    public = (key or key_for_algorithm(algorithm)).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        jwk: dict[str, Any] = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    jwk.pop("key_ops", None)
    return {**jwk, "kid": KEY_ID, "use": "sig", "alg": algorithm, **members}


def jwk_set(*keys: Mapping[str, Any]) -> bytes:
    """The document that an issuer of these keys serves."""
    return json.dumps({"keys": keys}).encode()


def header(algorithm: str, **members: Any) -> dict[str, Any]:
    """A good header, with members replaced or added."""
    return {"alg": algorithm, "kid": KEY_ID, "typ": "JWT", **members}


def signature(algorithm: str, signing_input: bytes, *, key: PrivateKey | None = None) -> bytes:
    """Sign as RFC 7518 defines the algorithm."""
    return PRIVATE_OPERATIONS[algorithm].sign(signing_input, key or key_for_algorithm(algorithm))


def signing_input(header_part: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes | None = None) -> bytes:
    """The first two parts of a token, well-formed or not."""
    parts = (header_part, claims() if payload is None else payload)
    return b".".join(encode(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in parts)


def token(
    algorithm: str,
    *,
    header_part: Mapping[str, Any] | bytes | None = None,
    payload: Mapping[str, Any] | bytes | None = None,
    key: PrivateKey | None = None,
    signature_part: bytes | None = None,
) -> str:
    """A good token, or one with the parts that are given in place of its own."""
    first = signing_input(header(algorithm) if header_part is None else header_part, payload)
    last = signature(algorithm, first, key=key) if signature_part is None else signature_part
    return (first + b"." + encode(last)).decode()
