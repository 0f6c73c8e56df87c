"""`jwt_verification` against PyJWT: each verifies the other's tokens; where PyJWT takes more, a test shows what."""

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_verification.claims import ClaimRules
from jwt_verification.errors import JwtError, WeakHmacKey
from jwt_verification.hmac_key import HmacKey
from jwt_verification.key_source import FixedKeys
from jwt_verification.signer import sign
from jwt_verification.verifier import TokenVerifier
from tests.functions.pyjwt_judge import theirs
from tests.functions.support import (
    AUDIENCE,
    ISSUER,
    KEY,
    KEY_ID,
    NOW,
    RAW_KEY,
    Clock,
    claims,
    header,
    make_token,
    without,
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
private_claims = st.dictionaries(st.text().map(lambda name: f"private_{name}"), json_values, max_size=4)


def ours(token: str) -> dict[str, Any]:
    rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
    return TokenVerifier(algorithm="HS256", keys=FixedKeys({KEY_ID: KEY}), rules=rules, clock=Clock()).verify(token)


@given(private_claims)
def test_pyjwt_verifies_what_we_sign(private: dict[str, Any]) -> None:
    token = sign(claims(**private), key=KEY, key_id=KEY_ID)
    assert theirs(token) == claims(**private)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": KEY_ID, "typ": "JWT"}


@given(private_claims)
def test_we_verify_what_pyjwt_signs(private: dict[str, Any]) -> None:
    token = jwt.encode(claims(**private), RAW_KEY, algorithm="HS256", headers={"kid": KEY_ID})
    assert ours(token) == claims(**private)


@given(st.binary(min_size=32, max_size=96), st.binary(max_size=200))
def test_signatures_are_byte_for_byte_those_of_pyjwt(secret: bytes, message: bytes) -> None:
    hs256 = jwt.get_algorithm_by_name("HS256")
    assert HmacKey(secret).sign(message) == hs256.sign(message, hs256.prepare_key(secret))


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(make_token(header(alg="none")), id="alg none"),
        pytest.param(make_token(key=HmacKey(b"another key, as long as it has to")), id="another key"),
        pytest.param(make_token(payload=claims(iss="other")), id="another issuer"),
        pytest.param(make_token(payload=claims(aud="other")), id="another audience"),
        pytest.param(make_token(header(crit=["x"], x=1)), id="an unknown critical header"),
        pytest.param(make_token(header(b64=False)), id="b64 without crit"),
        pytest.param(make_token() + "\n", id="a line end"),
        pytest.param(make_token(payload=claims(exp=NOW)), id="expired this second"),
        pytest.param(make_token(payload=claims(nbf=NOW + 1)), id="nbf next second"),
    ],
)
def test_both_refuse(token: str) -> None:
    with pytest.raises(jwt.InvalidTokenError):
        theirs(token)
    with pytest.raises(JwtError):
        ours(token)


LAXITIES = {
    "a claim twice": make_token(
        payload=b'{"iss":"apigw-invoker","aud":"hello-api","sub":"victim","sub":"attacker","exp":%d}' % (NOW + 60)
    ),
    "alg twice": make_token(b'{"alg":"none","alg":"HS256","kid":"%s"}' % KEY_ID.encode()),
    "no exp": make_token(payload=without(claims(), "exp")),
    "exp as a string": make_token(payload=claims(exp=str(NOW + 60))),
    "nbf as a string": make_token(payload=claims(nbf=str(NOW))),
    "iat as a string": make_token(payload=claims(iat=str(NOW))),
    "a claim of NaN": make_token(
        payload=b'{"iss":"apigw-invoker","aud":"hello-api","sub":"a","exp":%d,"limit":NaN}' % (NOW + 60)
    ),
    "half a surrogate pair": make_token(
        payload=b'{"iss":"apigw-invoker","aud":"hello-api","sub":"\\ud800","exp":%d}' % (NOW + 60)
    ),
    "no sub": make_token(payload=without(claims(), "sub")),
    "a key in the header": make_token(header(jwk={"kty": "oct", "k": "AAAA"})),
    "an address of keys in the header": make_token(header(jku="https://attacker.example/keys")),
    "another type of token": make_token(header(typ="at+jwt")),
    "padding": make_token() + "=",
    "100 KB": make_token(payload=claims(padding="a" * 100_000)),
}


@pytest.mark.parametrize("token", LAXITIES.values(), ids=LAXITIES)
def test_pyjwt_accepts_and_we_refuse(token: str) -> None:
    assert theirs(token)
    with pytest.raises(JwtError):
        ours(token)


def test_pyjwt_checks_exp_only_where_it_is_present_and_reads_it_from_a_string() -> None:
    far_future = make_token(payload=claims(exp="99999999999"))
    assert jwt.decode(far_future, RAW_KEY, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE)
    forever = make_token(payload=without(claims(), "exp"))
    assert jwt.decode(forever, RAW_KEY, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE)


@pytest.mark.parametrize("name", ["exp", "nbf"])
def test_pyjwt_does_check_the_time_in_a_string(name: str) -> None:
    wrong = {"exp": str(NOW), "nbf": str(NOW + 1)}[name]
    with pytest.raises((jwt.ExpiredSignatureError, jwt.ImmatureSignatureError)):
        theirs(make_token(payload=claims(**{name: wrong})))


def test_pyjwt_takes_any_leeway_and_ours_is_bounded() -> None:
    assert theirs(make_token(payload=claims(exp=0)), leeway=10**10)
    with pytest.raises(ValueError, match="0 to 300"):
        ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE], leeway_seconds=10**10)


def test_pyjwt_only_warns_of_a_key_that_can_be_guessed() -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        signed = jwt.encode(claims(), b"mysecret", algorithm="HS256")
    assert theirs(signed, b"mysecret")
    with pytest.raises(WeakHmacKey, match="at least 32 bytes"):
        HmacKey(b"mysecret")
