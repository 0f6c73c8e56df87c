"""The attack table of tokens, by the reason that each must be refused for. Keys, time and claims are `support`'s.

Every token here is signed with the right key unless the signature is what is wrong with it.
"""

import json

import pytest

from jwt_verification.base64url import encode
from jwt_verification.compact_jws import MAXIMUM_TOKEN_LENGTH
from jwt_verification.jose_header import MAXIMUM_KEY_ID_LENGTH
from tests.functions.support import (
    AUDIENCE,
    ISSUER,
    KEY,
    KEY_ID,
    NOW,
    OTHER_KEY,
    RAW_KEY,
    claims,
    header,
    make_token,
    without,
)

GOOD = make_token()
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")

MALFORMED: dict[str, dict[str, object]] = {
    "malformed_token": {
        "not a string": 5,
        "bytes": GOOD.encode(),
        "None": None,
        "one part": "token",
        "two parts": f"{HEADER}.{PAYLOAD}",
        "four parts": f"{GOOD}.{SIGNATURE}",
        "five parts, as an encrypted token has": f"{GOOD}.{SIGNATURE}.{SIGNATURE}",
    },
    "not_base64url": {
        "a space before": f" {GOOD}",
        "a line end after": f"{GOOD}\n",
        "padding": f"{HEADER}.{PAYLOAD}.{SIGNATURE}=",
        "padding of the header": f"{HEADER}=.{PAYLOAD}.{SIGNATURE}",
        "unused bits set in the signature": f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-1]}B",
        "the standard alphabet": f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-2]}+/",
        "not ASCII": f"{HEADER}.{PAYLOAD}.{SIGNATURE}é",
        "full-width letters": GOOD.replace("e", "\uff45"),
        "half a surrogate pair": GOOD + "\ud800",
        "a NUL": GOOD + "\x00",
    },
    "not_json_object": {
        "empty parts": "..",
        "a header that is not JSON": f"{encode(b'alg').decode()}.{PAYLOAD}.{SIGNATURE}",
        "a header that is an array": make_token(b'["HS256"]'),
        "two headers in one part": make_token(b'{"alg":"HS256","kid":"%s"}{}' % KEY_ID.encode()),
        "a payload that is not JSON": make_token(payload=b"claims"),
        "a payload that is a string": make_token(payload=b'"claims"'),
        "an empty payload": make_token(payload=b""),
    },
    "not_utf8": {
        "a header that is not UTF-8": make_token(b'{"alg":"HS256","\xff":1}'),
        "a payload that is not UTF-8": make_token(payload=b'{"sub":"\xff"}'),
        "a header in UTF-16": make_token(json.dumps(header()).encode("utf-16")),
        "half an escaped surrogate pair": make_token(payload=claims(sub="\ud800")),
    },
    "duplicate_member": {
        "alg twice in the header": make_token(b'{"alg":"none","alg":"HS256","kid":"%s"}' % KEY_ID.encode()),
        "a claim twice": make_token(payload=b'{"sub":"a","sub":"b","exp":9999999999}'),
        "a claim twice, and all others good": make_token(
            payload=json.dumps(claims()).replace("{", '{"sub":"victim",', 1).encode()
        ),
    },
    "number_out_of_range": {
        "exp of 1e999": make_token(payload=b'{"iss":"i","aud":"a","sub":"s","exp":1e999}'),
        "exp of Infinity": make_token(payload=b'{"iss":"i","aud":"a","sub":"s","exp":Infinity}'),
        "a claim of NaN": make_token(payload=b'{"iss":"i","aud":"a","sub":"s","exp":9999999999,"x":NaN}'),
        "a claim of NaN, and all others good": make_token(payload=claims(limit=float("nan"))),
        "an integer of 5,000 digits": make_token(payload=b'{"exp":' + b"9" * 5_000 + b"}"),
    },
    "too_deep": {
        "a nested bomb in the header": make_token(b'{"alg":"HS256","a":' + b"[" * 2_000 + b"]" * 2_000 + b"}"),
        "a nested bomb in the payload": make_token(payload=b'{"a":' + b'{"a":' * 500 + b"1" + b"}" * 501),
        "many arrays, and all claims good": make_token(payload=claims(padding=[[]] * 300)),
    },
}

ATTACKS: dict[str, dict[str, object]] = {
    **MALFORMED,
    "missing_token": {"empty": ""},
    "token_too_large": {
        "one character too long": "a" * (MAXIMUM_TOKEN_LENGTH + 1),
        "100 KB, well signed": make_token(payload=claims(padding="a" * 100_000)),
        "100 KB of dots": "." * 100_000,
    },
    "unsupported_algorithm": {
        "none": make_token(header(alg="none")),
        "none without a signature": ".".join(make_token(header(alg="none")).split(".")[:2]) + ".",
        "None in capitals": make_token(header(alg="NONE")),
        "lower case": make_token(header(alg="hs256")),
        "HS384": make_token(header(alg="HS384")),
        "RS256, with the key as its public key": make_token(header(alg="RS256")),
        "missing": make_token(without(header(), "alg")),
        "null": make_token(header(alg=None)),
        "a list": make_token(header(alg=["HS256"])),
        "an object": make_token(header(alg={"HS256": 1})),
    },
    "unsupported_critical_header": {
        "an unknown extension": make_token(header(crit=["exp"], exp=1)),
        "an empty list": make_token(header(crit=[])),
        "b64, RFC 7797": make_token(header(crit=["b64"], b64=False)),
        "b64 true": make_token(header(crit=["b64"], b64=True)),
        "b64 without crit": make_token(header(b64=False)),
        "b64 true without crit": make_token(header(b64=True)),
        "b64 null without crit": make_token(header(b64=None)),
        "null": make_token(header(crit=None)),
    },
    "embedded_key": {
        "jwk": make_token(header(jwk={"kty": "oct", "k": encode(RAW_KEY).decode()})),
        "jku": make_token(header(jku="https://attacker.example/keys")),
        "x5u": make_token(header(x5u="https://attacker.example/chain.pem")),
        "x5c": make_token(header(x5c=["MIIB"])),
    },
    "unsupported_token_type": {
        "an access token": make_token(header(typ="at+jwt")),
        "lower case": make_token(header(typ="jwt")),
        "null": make_token(header(typ=None)),
        "a list": make_token(header(typ=["JWT"])),
    },
    "malformed_key_id": {
        "a number": make_token(header(kid=5)),
        "null": make_token(header(kid=None)),
        "a list": make_token(header(kid=[KEY_ID])),
        "empty": make_token(header(kid="")),
        "too long": make_token(header(kid="k" * (MAXIMUM_KEY_ID_LENGTH + 1))),
        "with a line end": make_token(header(kid=f"{KEY_ID}\n")),
        "with a NUL": make_token(header(kid=f"{KEY_ID}\x00")),
    },
    "unknown_key": {
        "another": make_token(header(kid="11111111-1111-1111-1111-111111111111")),
        "missing": make_token(without(header(), "kid")),
        "a path": make_token(header(kid="../../../../dev/null")),
        "SQL": make_token(header(kid="' OR '1'='1' --")),
        "a stage": make_token(header(kid="AWSCURRENT")),
        "a name of Python": make_token(header(kid="__class__")),
    },
    "invalid_signature": {
        "made with another key": make_token(key=OTHER_KEY),
        "empty": f"{HEADER}.{PAYLOAD}.",
        "cut short": f"{HEADER}.{PAYLOAD}.{encode(KEY.sign(b'x')[:16]).decode()}",
        "of another payload": f"{HEADER}.{encode(b'{}').decode()}.{SIGNATURE}",
        "of another header": f"{make_token(header(extra=1)).split('.')[0]}.{PAYLOAD}.{SIGNATURE}",
    },
    "missing_claim": {name: make_token(payload=without(claims(), name)) for name in ("exp", "iss", "aud", "sub")},
    "malformed_claim": {
        "exp as a string": make_token(payload=claims(exp=str(NOW + 60))),
        "exp true": make_token(payload=claims(exp=True)),
        "exp null": make_token(payload=claims(exp=None)),
        "exp as a list": make_token(payload=claims(exp=[NOW + 60])),
        "exp beyond the year 9999": make_token(payload=claims(exp=10**15)),
        "exp of 4,000 digits": make_token(payload=claims(exp=10**3_999)),
        "nbf as a string": make_token(payload=claims(nbf=str(NOW))),
        "nbf null": make_token(payload=claims(nbf=None)),
        "iat as a string": make_token(payload=claims(iat=str(NOW))),
        "iat as an object": make_token(payload=claims(iat={})),
        "iss as a list": make_token(payload=claims(iss=[ISSUER])),
        "iss empty": make_token(payload=claims(iss="")),
        "aud as a number": make_token(payload=claims(aud=1)),
        "aud null": make_token(payload=claims(aud=None)),
        "aud as an object": make_token(payload=claims(aud={AUDIENCE: 1})),
        "aud with a number in it": make_token(payload=claims(aud=[AUDIENCE, 1])),
        "aud with a list in it": make_token(payload=claims(aud=[[AUDIENCE]])),
        "sub as a number": make_token(payload=claims(sub=1)),
        "sub empty": make_token(payload=claims(sub="")),
    },
    "token_expired": {
        "this second": make_token(payload=claims(exp=NOW)),
        "long ago": make_token(payload=claims(exp=0)),
        "before 1970": make_token(payload=claims(exp=-1)),
        "a fraction of a second ago": make_token(payload=claims(exp=NOW - 0.001)),
    },
    "token_not_yet_valid": {
        "nbf next second": make_token(payload=claims(nbf=NOW + 1)),
        "nbf in a fraction of a second": make_token(payload=claims(nbf=NOW + 0.5)),
    },
    "issued_in_the_future": {"iat in an hour": make_token(payload=claims(iat=NOW + 3_600))},
    "wrong_issuer": {
        "another": make_token(payload=claims(iss="https://attacker.example")),
        "in another case": make_token(payload=claims(iss=ISSUER.upper())),
        "with a space": make_token(payload=claims(iss=f"{ISSUER} ")),
    },
    "wrong_audience": {
        "another": make_token(payload=claims(aud="other-api")),
        "others": make_token(payload=claims(aud=["other-api", f"{AUDIENCE}/x"])),
        "an empty list": make_token(payload=claims(aud=[])),
        "an empty string": make_token(payload=claims(aud="")),
    },
}

SENT = [
    pytest.param(code, token, id=f"{code}: {what}")
    for code, tokens in ATTACKS.items()
    for what, token in tokens.items()
    if isinstance(token, str)
]
"""Parameters `code` and `token` of every attack that can be sent in a header: a text."""
