"""The attack table of tokens, by the reason that each must be refused for, made from a token that a verifier accepts.

Every token here is signed with the right key unless the signature is what is wrong with it, and has nothing else wrong
with it than what it says, so that nothing else can be why it is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jwt_verification.base64url import encode
from jwt_verification.compact_jws import MAXIMUM_TOKEN_LENGTH
from jwt_verification.hmac_key import HmacKey
from jwt_verification.jose_header import MAXIMUM_KEY_ID_LENGTH
from tests.functions import support
from tests.functions.support import OTHER_KEY, make_token, without

Attacks = dict[str, dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class GoodToken:
    """Header and claims of an HS256 token that is accepted where the time is its `iat`, and the key that signs it."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    raw_key: bytes

    @property
    def key(self) -> HmacKey:
        """The key."""
        return HmacKey(self.raw_key)

    def with_header(self, **members: Any) -> dict[str, Any]:
        """The header, with members replaced or added."""
        return {**self.header, **members}

    def with_claims(self, **members: Any) -> dict[str, Any]:
        """The claims, with members replaced or added."""
        return {**self.claims, **members}

    def signed(
        self,
        header: Mapping[str, Any] | bytes | None = None,
        payload: Mapping[str, Any] | bytes | None = None,
        *,
        key: HmacKey | None = None,
    ) -> str:
        """The token, with parts replaced."""
        return make_token(
            self.header if header is None else header, self.claims if payload is None else payload, key=key or self.key
        )


def texts(tokens: Mapping[str, object]) -> dict[str, str]:
    """Those of the tokens that a header can have as its value."""
    return {what: token for what, token in tokens.items() if isinstance(token, str)}


def malformed(good: GoodToken) -> Attacks:
    """Texts, and other values, that are no token at all."""
    token, key_id = good.signed(), good.header["kid"]
    header, payload, signature = token.split(".")
    return {
        "malformed_token": {
            "not a string": 5,
            "bytes": token.encode(),
            "None": None,
            "one part": "token",
            "two parts": f"{header}.{payload}",
            "four parts": f"{token}.{signature}",
            "five parts, as an encrypted token has": f"{token}.{signature}.{signature}",
        },
        "not_base64url": {
            "a space before": f" {token}",
            "a line end after": f"{token}\n",
            "padding": f"{header}.{payload}.{signature}=",
            "padding of the header": f"{header}=.{payload}.{signature}",
            "unused bits set in the signature": f"{header}.{payload}.{signature[:-1]}B",
            "the standard alphabet": f"{header}.{payload}.{signature[:-2]}+/",
            "not ASCII": f"{header}.{payload}.{signature}é",
            "full-width letters": token.replace("e", "\uff45"),
            "half a surrogate pair": token + "\ud800",
            "a NUL": token + "\x00",
        },
        "not_json_object": {
            "empty parts": "..",
            "a header that is not JSON": f"{encode(b'alg').decode()}.{payload}.{signature}",
            "a header that is an array": good.signed(b'["HS256"]'),
            "two headers in one part": good.signed(b'{"alg":"HS256","kid":"%s"}{}' % key_id.encode()),
            "a payload that is not JSON": good.signed(payload=b"claims"),
            "a payload that is a string": good.signed(payload=b'"claims"'),
            "an empty payload": good.signed(payload=b""),
        },
        "not_utf8": {
            "a header that is not UTF-8": good.signed(b'{"alg":"HS256","\xff":1}'),
            "a payload that is not UTF-8": good.signed(payload=b'{"sub":"\xff"}'),
            "a header in UTF-16": good.signed(json.dumps(good.header).encode("utf-16")),
            "half an escaped surrogate pair": good.signed(payload=good.with_claims(sub="\ud800")),
        },
        "duplicate_member": {
            "alg twice in the header": good.signed(b'{"alg":"none","alg":"HS256","kid":"%s"}' % key_id.encode()),
            "a claim twice": good.signed(payload=b'{"sub":"a","sub":"b","exp":9999999999}'),
            "a claim twice, and all others good": good.signed(
                payload=json.dumps(good.claims).replace("{", '{"sub":"victim",', 1).encode()
            ),
        },
        "number_out_of_range": {
            "exp of 1e999": good.signed(payload=b'{"iss":"i","aud":"a","sub":"s","exp":1e999}'),
            "exp of Infinity": good.signed(payload=b'{"iss":"i","aud":"a","sub":"s","exp":Infinity}'),
            "a claim of NaN": good.signed(payload=b'{"iss":"i","aud":"a","sub":"s","exp":9999999999,"x":NaN}'),
            "a claim of NaN, and all others good": good.signed(payload=good.with_claims(limit=float("nan"))),
            "an integer of 5,000 digits": good.signed(payload=b'{"exp":' + b"9" * 5_000 + b"}"),
        },
        "too_deep": {
            "a nested bomb in the header": good.signed(b'{"alg":"HS256","a":' + b"[" * 2_000 + b"]" * 2_000 + b"}"),
            "a nested bomb in the payload": good.signed(payload=b'{"a":' + b'{"a":' * 500 + b"1" + b"}" * 501),
            "many arrays, and all claims good": good.signed(payload=good.with_claims(padding=[[]] * 300)),
        },
    }


def attacks(good: GoodToken) -> Attacks:
    """The whole table."""
    token, key_id = good.signed(), good.header["kid"]
    header, payload, signature = token.split(".")
    issuer, audience, now = good.claims["iss"], good.claims["aud"], good.claims["iat"]
    return {
        **malformed(good),
        "missing_token": {"empty": ""},
        "token_too_large": {
            "one character too long": "a" * (MAXIMUM_TOKEN_LENGTH + 1),
            "100 KB, well signed": good.signed(payload=good.with_claims(padding="a" * 100_000)),
            "100 KB of dots": "." * 100_000,
        },
        "unsupported_algorithm": {
            "none": good.signed(good.with_header(alg="none")),
            "none without a signature": ".".join(good.signed(good.with_header(alg="none")).split(".")[:2]) + ".",
            "None in capitals": good.signed(good.with_header(alg="NONE")),
            "lower case": good.signed(good.with_header(alg="hs256")),
            "HS384": good.signed(good.with_header(alg="HS384")),
            "RS256, with the key as its public key": good.signed(good.with_header(alg="RS256")),
            "missing": good.signed(without(good.header, "alg")),
            "null": good.signed(good.with_header(alg=None)),
            "a list": good.signed(good.with_header(alg=["HS256"])),
            "an object": good.signed(good.with_header(alg={"HS256": 1})),
        },
        "unsupported_critical_header": {
            "an unknown extension": good.signed(good.with_header(crit=["exp"], exp=1)),
            "an empty list": good.signed(good.with_header(crit=[])),
            "b64, RFC 7797": good.signed(good.with_header(crit=["b64"], b64=False)),
            "b64 true": good.signed(good.with_header(crit=["b64"], b64=True)),
            "b64 without crit": good.signed(good.with_header(b64=False)),
            "b64 true without crit": good.signed(good.with_header(b64=True)),
            "b64 null without crit": good.signed(good.with_header(b64=None)),
            "null": good.signed(good.with_header(crit=None)),
        },
        "embedded_key": {
            "jwk": good.signed(good.with_header(jwk={"kty": "oct", "k": encode(good.raw_key).decode()})),
            "jku": good.signed(good.with_header(jku="https://attacker.example/keys")),
            "x5u": good.signed(good.with_header(x5u="https://attacker.example/chain.pem")),
            "x5c": good.signed(good.with_header(x5c=["MIIB"])),
        },
        "unsupported_token_type": {
            "an access token": good.signed(good.with_header(typ="at+jwt")),
            "lower case": good.signed(good.with_header(typ="jwt")),
            "null": good.signed(good.with_header(typ=None)),
            "a list": good.signed(good.with_header(typ=["JWT"])),
        },
        "malformed_key_id": {
            "a number": good.signed(good.with_header(kid=5)),
            "null": good.signed(good.with_header(kid=None)),
            "a list": good.signed(good.with_header(kid=[key_id])),
            "empty": good.signed(good.with_header(kid="")),
            "too long": good.signed(good.with_header(kid="k" * (MAXIMUM_KEY_ID_LENGTH + 1))),
            "with a line end": good.signed(good.with_header(kid=f"{key_id}\n")),
            "with a NUL": good.signed(good.with_header(kid=f"{key_id}\x00")),
        },
        "unknown_key": {
            "another": good.signed(good.with_header(kid="11111111-1111-1111-1111-111111111111")),
            "missing": good.signed(without(good.header, "kid")),
            "a path": good.signed(good.with_header(kid="../../../../dev/null")),
            "SQL": good.signed(good.with_header(kid="' OR '1'='1' --")),
            "a stage": good.signed(good.with_header(kid="AWSCURRENT")),
            "a name of Python": good.signed(good.with_header(kid="__class__")),
        },
        "invalid_signature": {
            "made with another key": good.signed(key=OTHER_KEY),
            "empty": f"{header}.{payload}.",
            "cut short": f"{header}.{payload}.{encode(good.key.sign(b'x')[:16]).decode()}",
            "of another payload": f"{header}.{encode(b'{}').decode()}.{signature}",
            "of another header": f"{good.signed(good.with_header(extra=1)).split('.')[0]}.{payload}.{signature}",
        },
        "missing_claim": {
            name: good.signed(payload=without(good.claims, name)) for name in ("exp", "iss", "aud", "sub")
        },
        "malformed_claim": {
            "exp as a string": good.signed(payload=good.with_claims(exp=str(now + 60))),
            "exp true": good.signed(payload=good.with_claims(exp=True)),
            "exp null": good.signed(payload=good.with_claims(exp=None)),
            "exp as a list": good.signed(payload=good.with_claims(exp=[now + 60])),
            "exp beyond the year 9999": good.signed(payload=good.with_claims(exp=10**15)),
            "exp of 4,000 digits": good.signed(payload=good.with_claims(exp=10**3_999)),
            "nbf as a string": good.signed(payload=good.with_claims(nbf=str(now))),
            "nbf null": good.signed(payload=good.with_claims(nbf=None)),
            "iat as a string": good.signed(payload=good.with_claims(iat=str(now))),
            "iat as an object": good.signed(payload=good.with_claims(iat={})),
            "iss as a list": good.signed(payload=good.with_claims(iss=[issuer])),
            "iss empty": good.signed(payload=good.with_claims(iss="")),
            "aud as a number": good.signed(payload=good.with_claims(aud=1)),
            "aud null": good.signed(payload=good.with_claims(aud=None)),
            "aud as an object": good.signed(payload=good.with_claims(aud={audience: 1})),
            "aud with a number in it": good.signed(payload=good.with_claims(aud=[audience, 1])),
            "aud with a list in it": good.signed(payload=good.with_claims(aud=[[audience]])),
            "sub as a number": good.signed(payload=good.with_claims(sub=1)),
            "sub empty": good.signed(payload=good.with_claims(sub="")),
        },
        "token_expired": {
            "this second": good.signed(payload=good.with_claims(exp=now)),
            "long ago": good.signed(payload=good.with_claims(exp=0)),
            "before 1970": good.signed(payload=good.with_claims(exp=-1)),
            "a fraction of a second ago": good.signed(payload=good.with_claims(exp=now - 0.001)),
        },
        "token_not_yet_valid": {
            "nbf next second": good.signed(payload=good.with_claims(nbf=now + 1)),
            "nbf in a fraction of a second": good.signed(payload=good.with_claims(nbf=now + 0.5)),
        },
        "issued_in_the_future": {"iat in an hour": good.signed(payload=good.with_claims(iat=now + 3_600))},
        "wrong_issuer": {
            "another": good.signed(payload=good.with_claims(iss="https://attacker.example")),
            "in another case": good.signed(payload=good.with_claims(iss=issuer.upper())),
            "with a space": good.signed(payload=good.with_claims(iss=f"{issuer} ")),
        },
        "wrong_audience": {
            "another": good.signed(payload=good.with_claims(aud="other-api")),
            "others": good.signed(payload=good.with_claims(aud=["other-api", f"{audience}/x"])),
            "an empty list": good.signed(payload=good.with_claims(aud=[])),
            "an empty string": good.signed(payload=good.with_claims(aud="")),
        },
    }


HELLO = GoodToken(header=support.header(), claims=support.claims(), raw_key=support.RAW_KEY)
GOOD = HELLO.signed()
MALFORMED = malformed(HELLO)
ATTACKS = attacks(HELLO)
"""The table for keys, time and claims of `support`: those of the hello chain."""
