"""What issuers could publish that PyJWT uses and we do not: key sets, each with a token that its key has signed."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm

from tests.functions import issuer
from tests.functions.issuer import KEY_ID, jwk_set, key_for_algorithm, private_key, public_jwk, token
from tests.functions.support import without

RS256 = public_jwk("RS256")
EXPONENT_3 = rsa.generate_private_key(public_exponent=3, key_size=2_048)
PUBLISHED_PRIVATE_KEY = ECAlgorithm.to_jwk(cast(ec.EllipticCurvePrivateKey, key_for_algorithm("ES256")), as_dict=True)


def rs256_by_numbers(first: int, second: int, exponent: int) -> tuple[bytes, str]:
    """A key set and a token of an RSA key that nobody makes: of any size, with any exponent."""
    modulus = first * second
    signed = issuer.signing_input(issuer.header("RS256"))
    octets = (modulus.bit_length() + 7) // 8
    # EMSA-PKCS1-v1_5 with the DigestInfo of SHA-256: RFC 8017 section 9.2.
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed).digest()
    block = b"\x00\x01" + b"\xff" * (octets - len(digest) - 3) + b"\x00" + digest
    message = int.from_bytes(block, "big")
    # By each prime apart (RFC 8017 section 5.1.2), which takes a quarter of the time.
    of_first, of_second = (pow(message, pow(exponent, -1, prime - 1), prime) for prime in (first, second))
    signature = of_second + second * (pow(second, -1, first) * (of_first - of_second) % first)
    members = {
        name: issuer.encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
        for name, number in (("n", modulus), ("e", exponent))
    }
    document = jwk_set({"kty": "RSA", "kid": KEY_ID, "use": "sig", "alg": "RS256", **members})
    return document, token("RS256", signature_part=signature.to_bytes(octets, "big"))


def oversized_modulus() -> tuple[bytes, str]:
    """8,676 bits, of two Mersenne primes, because to find primes of that size takes a minute."""
    return rs256_by_numbers(2**4253 - 1, 2**4423 - 1, 65_537)


def oversized_exponent() -> tuple[bytes, str]:
    """33 bits: 2^32 + 15 is a prime."""
    key = key_for_algorithm("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    return rs256_by_numbers(numbers.p, numbers.q, 2**32 + 15)


def repeated_member() -> bytes:
    """A key whose `kty` is there twice; parsers differ in which one counts."""
    return jwk_set(RS256).replace(b'"kty": "RSA"', b'"kty": "oct", "kty": "RSA"')


KEY_SETS: Final[dict[str, Callable[[], tuple[bytes, str]]]] = {
    "a key for encryption": lambda: (jwk_set({**RS256, "use": "enc"}), token("RS256")),
    "a key that must not verify": lambda: (jwk_set({**RS256, "key_ops": ["encrypt"]}), token("RS256")),
    "a private key that was published": lambda: (
        jwk_set({**PUBLISHED_PRIVATE_KEY, "kid": KEY_ID, "alg": "ES256"}),
        token("ES256"),
    ),
    "a key of 1024 bits": lambda: (
        jwk_set(public_jwk("RS256", key=private_key("RSA-1024"))),
        token("RS256", key=private_key("RSA-1024")),
    ),
    "an exponent of 3": lambda: (jwk_set(public_jwk("RS256", key=EXPONENT_3)), token("RS256", key=EXPONENT_3)),
    "a modulus of 8,676 bits": oversized_modulus,
    "an exponent of 33 bits": oversized_exponent,
    "a key without alg": lambda: (jwk_set(without(RS256, "alg")), token("RS256")),
    "two keys with one kid": lambda: (jwk_set(RS256, public_jwk("RS256", key=private_key("RSA", 1))), token("RS256")),
    "padded base64url": lambda: (jwk_set({**RS256, "e": "AQAB===="}), token("RS256")),
    "a leading zero": lambda: (jwk_set({**RS256, "e": "AAEAAQ"}), token("RS256")),
    "another alphabet": lambda: (
        jwk_set({**RS256, "n": RS256["n"].replace("_", "/").replace("-", "+")}),
        token("RS256"),
    ),
    "characters that are skipped": lambda: (jwk_set({**RS256, "e": "AQ AB"}), token("RS256")),
    "a member twice": lambda: (repeated_member(), token("RS256")),
    "a document with NaN in it": lambda: (jwk_set({**RS256, "x": float("nan")}), token("RS256")),
    "a thousand keys": lambda: (
        jwk_set(RS256, *[{**RS256, "kid": str(number)} for number in range(1_000)]),
        token("RS256"),
    ),
}
"""Made when they are asked for: some take a second."""


@cache
def published(what: str) -> tuple[bytes, str]:
    """One of the key sets, and the token."""
    return KEY_SETS[what]()
