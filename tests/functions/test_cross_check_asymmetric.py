"""RS, PS and ES against PyJWT: both agree on what is good; every other test shows what PyJWT takes and we refuse.

Its client for key sets is in `test_cross_check_pyjwk_client`, its answers to the attack table in `test_pyjwt_answers`.
"""

import json
from typing import Any

import jwt
import jwt.algorithms
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jwt.utils import raw_to_der_signature

from jwt_verification.claims import ClaimRules
from jwt_verification.ecdsa_signature import der_encoder
from jwt_verification.errors import JwtError
from jwt_verification.jwk import ALGORITHMS, JwkRules, parse_jwk
from jwt_verification.key_set_errors import KeySetError
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
from tests.functions import issuer, pyjwt_judge
from tests.functions.hostile_asymmetric_tokens import ACCEPTED, ATTACKS, PS256_KEY
from tests.functions.issuer import KEY_ID, URL, jwk_set, key_for_algorithm, public_jwk, token
from tests.functions.lax_key_sets import KEY_SETS, published
from tests.functions.support import AUDIENCE, ISSUER, KEY, RAW_KEY, Clock, claims, make_token, without

RS256, ES256 = public_jwk("RS256"), public_jwk("ES256")


def ours(jws: str, document: bytes, algorithms: tuple[str, ...] = tuple(ALGORITHMS)) -> dict[str, Any]:
    keys = jwks_key_source(
        URL, rules=JwkRules(algorithms=algorithms), fetcher=InMemoryKeySets({URL: document}), clock=Clock(0)
    )
    rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
    return TokenVerifier(algorithm=algorithms, keys=keys, rules=rules, clock=Clock()).verify(jws)


def theirs(jws: str, document: bytes, algorithms: tuple[str, ...] = tuple(ALGORITHMS)) -> dict[str, Any]:
    """Verify as PyJWT's documentation does it with a key set."""
    return pyjwt_judge.theirs(jws, jwt.PyJWKSet.from_json(document.decode())[KEY_ID], algorithms)


@given(st.sampled_from(sorted(ALGORITHMS)), st.dictionaries(st.text().map("private_{}".format), st.text(), max_size=3))
def test_we_verify_what_pyjwt_signs_and_read_the_same(algorithm: str, private: dict[str, str]) -> None:
    signed = jwt.encode(claims(**private), key_for_algorithm(algorithm), algorithm=algorithm, headers={"kid": KEY_ID})
    document = jwk_set(public_jwk(algorithm))
    assert ours(signed, document) == theirs(signed, document) == claims(**private)


@given(st.sampled_from(sorted(ALGORITHMS)), st.binary(max_size=300), st.data())
def test_our_keys_give_the_answer_of_pyjwts_algorithm_classes_to_every_signature(
    algorithm: str, message: bytes, data: st.DataObject
) -> None:
    theirs_for_it = jwt.get_algorithm_by_name(algorithm)
    good = issuer.signature(algorithm, message)
    position = data.draw(st.integers(0, len(good)))
    changed = data.draw(
        st.sampled_from(
            [
                good,
                good[:position],
                good[:position] + b"\x00" + good[position + 1 :],
                good[position:] + good[:position],
                bytes(len(good)),
                bytes(len(good) // 2) + good[len(good) // 2 :],
                good[: len(good) // 2] + bytes(len(good) - len(good) // 2),
                b"\xff" * len(good),
                good + b"\x00",
            ]
        )
        | st.binary(min_size=len(good), max_size=len(good))
    )
    public_key = key_for_algorithm(algorithm).public_key()
    _, (key,) = parse_jwk(public_jwk(algorithm), JwkRules(algorithms=[algorithm]))
    assert key.verify(message, changed) == theirs_for_it.verify(message, public_key, changed)
    assert key.verify(message, good)


@given(st.sampled_from([32, 48, 66]), st.data())
def test_signatures_are_encoded_for_the_cryptography_as_pyjwt_does_it(size: int, data: st.DataObject) -> None:
    interesting = st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])
    first_of_r, first_of_s = data.draw(interesting), data.draw(interesting)
    rest = st.binary(min_size=size - 1, max_size=size - 1) | st.just(bytes(size - 1))
    raw = bytes([first_of_r]) + data.draw(rest) + bytes([first_of_s]) + data.draw(rest)
    curve = {32: ec.SECP256R1(), 48: ec.SECP384R1(), 66: ec.SECP521R1()}[size]
    assert der_encoder(size)(raw) == raw_to_der_signature(raw, curve)


@pytest.mark.parametrize("what", ATTACKS["invalid_signature"])
def test_both_refuse_every_signature_of_the_attack_table(what: str) -> None:
    hostile = str(ATTACKS["invalid_signature"][what])
    algorithm = jwt.get_unverified_header(hostile)["alg"]
    pair = PS256_KEY if algorithm == "PS256" else key_for_algorithm(algorithm)
    document = jwk_set(public_jwk(algorithm, key=pair))
    with pytest.raises(jwt.InvalidTokenError):
        theirs(hostile, document)
    with pytest.raises(JwtError):
        ours(hostile, document)


@pytest.mark.parametrize("what", KEY_SETS)
def test_pyjwt_uses_what_an_issuer_publishes_and_we_refuse(what: str) -> None:
    document, jws = published(what)
    assert theirs(jws, document) == claims()
    with pytest.raises((JwtError, KeySetError)):
        ours(jws, document)


def test_one_rsa_key_serves_several_algorithms_in_pyjwt_and_one_of_ours_never_does() -> None:
    key, both = key_for_algorithm("RS256"), ("RS256", "PS256")
    signed = {algorithm: token(algorithm, key=key) for algorithm in both}
    for jws in signed.values():
        assert pyjwt_judge.theirs(jws, key.public_key(), both) == claims()
    document = jwk_set(RS256)
    assert ours(signed["RS256"], document, both) == claims()
    with pytest.raises(JwtError) as caught:
        ours(signed["PS256"], document, both)
    assert caught.value.code == "unknown_key"


def test_pyjwt_takes_a_symmetric_key_from_a_key_set_and_we_never_do() -> None:
    secret = json.loads(jwt.algorithms.HMACAlgorithm.to_jwk(RAW_KEY))
    document = jwk_set({**secret, "kid": KEY_ID, "alg": "HS256"})
    forged = make_token(issuer.header("HS256"), key=KEY)
    assert theirs(forged, document, ("RS256", "HS256")) == claims()
    with pytest.raises(JwtError):
        ours(forged, document)
    with pytest.raises(ValueError, match="one or more of RS256"):
        JwkRules(algorithms=["RS256", "HS256"])


def test_the_algorithms_of_a_pyjwt_key_and_curve_are_only_compared_when_it_is_used() -> None:
    mixed = {**public_jwk("ES384"), "alg": "ES256"}
    assert jwt.PyJWK.from_dict(mixed).algorithm_name == "ES256"
    with pytest.raises(JwtError):
        ours(token("ES256"), jwk_set(mixed))


LAX_TOKENS = {
    "a key in the header": token("ES256", header_part=issuer.header("ES256", jwk=ES256)),
    "an address of keys": token("ES256", header_part=issuer.header("ES256", jku="https://attacker.example/keys")),
    "alg twice": token("ES256", header_part=b'{"alg":"none","alg":"ES256","kid":"%s"}' % KEY_ID.encode()),
    "a claim twice": token("ES256", payload=json.dumps(claims()).replace("{", '{"sub":"victim",', 1).encode()),
    "no exp": token("ES256", payload=without(claims(), "exp")),
    "another type of token": token("ES256", header_part=issuer.header("ES256", typ="at+jwt")),
    "padding": token("ES256") + "==",
    "100 KB": token("ES256", payload=claims(padding="a" * 100_000)),
}


@pytest.mark.parametrize("what", LAX_TOKENS)
def test_pyjwt_accepts_a_token_and_we_refuse(what: str) -> None:
    assert theirs(LAX_TOKENS[what], jwk_set(ES256))
    with pytest.raises(JwtError):
        ours(LAX_TOKENS[what], jwk_set(ES256))


def test_the_accepted_algorithms_of_the_attack_table_are_ones_that_pyjwt_has() -> None:
    assert {*ACCEPTED, *ALGORITHMS} <= set(jwt.algorithms.get_default_algorithms())
