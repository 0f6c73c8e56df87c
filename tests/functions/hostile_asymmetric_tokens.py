"""The attack table of tokens for a verifier of asymmetric algorithms, by the reason that each must be refused for.

The issuer publishes one key for RS256, PS256 and ES256 each, all with the same `kid`; see `verifier`. The table of
`hostile_tokens` is about bytes, headers and claims whatever the algorithm; what it says is repeated here only where
another algorithm opens another way in.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from jwt_verification.base64url import encode
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
from tests.functions.issuer import (
    URL,
    header,
    jwk_set,
    key_for_algorithm,
    private_key,
    public_jwk,
    signature,
    signing_input,
    token,
)
from tests.functions.support import AUDIENCE, ISSUER, NOW, Clock, claims, without

ACCEPTED = ("RS256", "PS256", "ES256")
DOCUMENT = jwk_set(
    public_jwk("RS256"),
    public_jwk("PS256", key=private_key("RSA", 1)),
    public_jwk("ES256"),
    {"kty": "oct", "k": "AAAA"},
)
PS256_KEY = private_key("RSA", 1)
ES256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, section 2.4.2


def verifier() -> TokenVerifier:
    """The verifier under attack."""
    keys = jwks_key_source(
        URL, rules=JwkRules(algorithms=ACCEPTED), fetcher=InMemoryKeySets({URL: DOCUMENT}), clock=Clock(0)
    )
    rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
    return TokenVerifier(algorithm=ACCEPTED, keys=keys, rules=rules, clock=Clock())


def hs256_with(secret: bytes) -> str:
    """A token whose HMAC key is something that everybody knows."""
    first = signing_input(header("HS256"))
    return f"{first.decode()}.{encode(hmac.digest(secret, first, 'sha256')).decode()}"


def spki(encoding: serialization.Encoding) -> bytes:
    return (
        key_for_algorithm("RS256").public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def es256(r: int, s: int) -> str:
    """A token with these two numbers as its signature."""
    return token("ES256", signature_part=r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def es256_der() -> str:
    """A good signature in the form that OpenSSL gives, which RFC 7518 section 3.4 does not."""
    key = key_for_algorithm("ES256")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return token("ES256", signature_part=key.sign(signing_input(header("ES256")), ec.ECDSA(hashes.SHA256())))


def ps256(*, salt_length: int, mask: type[hashes.HashAlgorithm] = hashes.SHA256) -> str:
    """A token signed with the right key, and a salt or a mask that PS256 does not have."""
    assert isinstance(PS256_KEY, rsa.RSAPrivateKey)
    pss = padding.PSS(mgf=padding.MGF1(mask()), salt_length=salt_length)
    return token("PS256", signature_part=PS256_KEY.sign(signing_input(header("PS256")), pss, hashes.SHA256()))


def rs256_over(digest: hashes.HashAlgorithm) -> str:
    """A token signed with the right key over another hash."""
    key = key_for_algorithm("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    return token("RS256", signature_part=key.sign(signing_input(header("RS256")), padding.PKCS1v15(), digest))


def forged_without_padding() -> str:
    """The `signature` whose e-th power starts as a PKCS #1 block and goes on as the forger likes (CVE-2006-4339)."""
    key = key_for_algorithm("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo of SHA-256, RFC 8017 section 9.2
    block = b"\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00" + prefix
    block += hashlib.sha256(signing_input(header("RS256"))).digest()
    numbers = key.private_numbers()
    # Made with the private key, so that nothing but the garbage after the hash can be the reason to refuse it.
    forged = pow(int.from_bytes(block.ljust(256, b"\x11"), "big"), numbers.d, numbers.public_numbers.n)
    return token("RS256", signature_part=forged.to_bytes(256, "big"))


GOOD = {
    "RS256": token("RS256"),
    "PS256": token("PS256", key=PS256_KEY),
    "ES256": token("ES256"),
}
_RS_SIGNATURE = signature("RS256", signing_input(header("RS256")))
_ES_SIGNATURE = signature("ES256", signing_input(header("ES256")))
_ES_R, _ES_S = int.from_bytes(_ES_SIGNATURE[:32], "big"), int.from_bytes(_ES_SIGNATURE[32:], "big")

ATTACKS: dict[str, dict[str, object]] = {
    "unsupported_algorithm": {
        "none": token("RS256", header_part=header("none"), signature_part=b""),
        "HS256 with the public key in PEM": hs256_with(spki(serialization.Encoding.PEM)),
        "HS256 with the public key in DER": hs256_with(spki(serialization.Encoding.DER)),
        "HS256 with the modulus": hs256_with(public_jwk("RS256")["n"].encode()),
        "HS256 with the key set": hs256_with(DOCUMENT),
        "HS256 with the symmetric key that the issuer publishes": hs256_with(b"\x00\x00\x00"),
        "HS256 with nothing": hs256_with(b""),
        "RS512, which the verifier was not built for": token("RS512"),
        "ES256K": token("ES256", header_part=header("ES256K")),
        "EdDSA": token("ES256", header_part=header("EdDSA")),
        "lower case": token("RS256", header_part=header("rs256")),
        "a list of accepted ones": token("RS256", header_part=header("RS256", alg=["RS256"])),
        "all of them in one string": token("RS256", header_part=header("RS256,PS256")),
    },
    "embedded_key": {
        "jwk, and signed with it": token(
            "ES256",
            header_part=header("ES256", jwk=public_jwk("ES256", key=private_key("P-256", 9))),
            key=private_key("P-256", 9),
        ),
        "jku": token("RS256", header_part=header("RS256", jku="https://attacker.example/keys")),
        "jku of the issuer": token("RS256", header_part=header("RS256", jku=URL)),
        "x5u": token("RS256", header_part=header("RS256", x5u="https://attacker.example/chain.pem")),
        "x5c": token("RS256", header_part=header("RS256", x5c=["MIIB"])),
    },
    "unsupported_critical_header": {
        "b64": token("ES256", header_part=header("ES256", crit=["b64"], b64=False)),
        "b64 true": token("ES256", header_part=header("ES256", crit=["b64"], b64=True)),
        "b64 without crit": token("ES256", header_part=header("ES256", b64=False)),
        "b64 true without crit": token("RS256", header_part=header("RS256", b64=True)),
    },
    "unknown_key": {
        "another kid": token("RS256", header_part=header("RS256", kid="2025-12")),
        "no kid": token("RS256", header_part=without(header("RS256"), "kid")),
        "a path": token("RS256", header_part=header("RS256", kid="../../../etc/passwd")),
        "an address": token("RS256", header_part=header("RS256", kid="https://attacker.example/key")),
    },
    "invalid_signature": {
        "RS256 by another key": token("RS256", key=private_key("RSA", 9)),
        "RS256 by the key for PS256": token("RS256", key=PS256_KEY),
        "PS256 by the key for RS256": token("PS256", key=key_for_algorithm("RS256")),
        "ES256 by another key": token("ES256", key=private_key("P-256", 9)),
        "ES256 by a key on another curve": token(
            "ES256", signature_part=signature("ES384", signing_input(header("ES256")))
        ),
        "PS256, signed as RS256": token(
            "PS256", signature_part=signature("RS256", signing_input(header("PS256")), key=PS256_KEY)
        ),
        "RS256, signed as PS256": token("RS256", signature_part=signature("PS256", signing_input(header("RS256")))),
        "RS256 over SHA-512": rs256_over(hashes.SHA512()),
        "RS256 over SHA-1": rs256_over(hashes.SHA1()),  # noqa: S303 -- it is what must be refused
        "RS256 with garbage in place of padding": forged_without_padding(),
        "RS256 with a zero before": token("RS256", signature_part=b"\x00" + _RS_SIGNATURE),
        "RS256 with a zero after": token("RS256", signature_part=_RS_SIGNATURE + b"\x00"),
        "RS256 cut short": token("RS256", signature_part=_RS_SIGNATURE[:-1]),
        "RS256 plus the modulus": token(
            "RS256",
            signature_part=(
                int.from_bytes(_RS_SIGNATURE, "big") + key_for_algorithm("RS256").public_key().public_numbers().n  # pyright: ignore[reportAttributeAccessIssue] -- it is an RSA key
            ).to_bytes(257, "big"),
        ),
        "RS256 of zeros": token("RS256", signature_part=bytes(256)),
        "RS256 of one": token("RS256", signature_part=bytes(255) + b"\x01"),
        "RS256 empty": token("RS256", signature_part=b""),
        "PS256 with a salt of no bytes": ps256(salt_length=0),
        "PS256 with a salt of 20 bytes": ps256(salt_length=20),
        "PS256 with the longest salt": ps256(salt_length=222),
        "PS256 with the mask of SHA-384": ps256(salt_length=32, mask=hashes.SHA384),
        "ES256 as DER": es256_der(),
        "ES256 of zeros": es256(0, 0),
        "ES256 with r zero": es256(0, _ES_S),
        "ES256 with s zero": es256(_ES_R, 0),
        "ES256 with r and s one": es256(1, 1),
        "ES256 with r of the order": es256(ES256_ORDER, _ES_S),
        "ES256 with s of the order": es256(_ES_R, ES256_ORDER),
        "ES256 with r of the order, s of the order": es256(ES256_ORDER, ES256_ORDER),
        "ES256 with r and s exchanged": es256(_ES_S, _ES_R),
        "ES256 with the largest numbers": es256(2**256 - 1, 2**256 - 1),
        "ES256 cut short": token("ES256", signature_part=_ES_SIGNATURE[:-1]),
        "ES256 with a zero after": token("ES256", signature_part=_ES_SIGNATURE + b"\x00"),
        "ES256 with zeros before each number": token(
            "ES256", signature_part=b"\x00" + _ES_SIGNATURE[:32] + b"\x00" + _ES_SIGNATURE[32:]
        ),
        "ES256 empty": token("ES256", signature_part=b""),
    },
    "token_expired": {"long ago": token("ES256", payload=claims(exp=NOW - 1))},
    "wrong_issuer": {"another": token("ES256", payload=claims(iss="https://attacker.example"))},
    "wrong_audience": {"another": token("ES256", payload=claims(aud="other-api"))},
    "duplicate_member": {
        "a claim twice, well signed": token("ES256", payload=b'{"sub":"a","sub":"b","exp":9999999999}'),
    },
}
