"""`jwt_verification` on the examples that the standards print."""

import json
from typing import Any

import pytest

from jwt_verification.base64url import encode
from jwt_verification.claims import ClaimRules
from jwt_verification.compact_jws import split_compact_jws
from jwt_verification.errors import UnknownKey
from jwt_verification.jwk import ALGORITHMS, CUSTOMARY_ALGORITHMS, JwkRules, parse_jwk
from jwt_verification.jwk_set import parse_jwk_set
from jwt_verification.key_set_errors import KeyWithoutAlgorithm, PrivateKeyPublished
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
from tests.functions import rfc_vectors as rfc
from tests.functions.issuer import URL, jwk_set
from tests.functions.support import Clock

# The examples' keys have no `alg` and appendix A's have no `kid` either, which a caller has to allow.
AS_IN_THE_STANDARDS = JwkRules(
    algorithms=ALGORITHMS,
    algorithms_without_alg=CUSTOMARY_ALGORITHMS,
    key_id_required=False,
    tokens_without_key_id=True,
)


def token(header: str, payload: str, signature: str) -> str:
    return f"{encode(header.encode()).decode()}.{payload}.{signature}"


@pytest.mark.parametrize(
    ("key", "jws"),
    [
        pytest.param(rfc.A2_KEY, token('{"alg":"RS256"}', rfc.JOE, rfc.A2_SIGNATURE), id="A.2, RS256"),
        pytest.param(rfc.A3_KEY, token('{"alg":"ES256"}', rfc.JOE, rfc.A3_SIGNATURE), id="A.3, ES256"),
    ],
)
def test_the_tokens_of_rfc_7515_verify_while_they_are_valid_and_give_their_claims(
    key: dict[str, Any], jws: str
) -> None:
    keys = jwks_key_source(URL, rules=AS_IN_THE_STANDARDS, fetcher=InMemoryKeySets({URL: jwk_set(key)}))
    rules = ClaimRules(issuers=["joe"], audiences=None, required=[])
    verifier = TokenVerifier(algorithm=["RS256", "ES256"], keys=keys, rules=rules, clock=Clock(1_300_819_379))
    assert verifier.verify(jws) == rfc.JOE_CLAIMS
    strict = jwks_key_source(
        URL, rules=JwkRules(algorithms=["RS256", "ES256"]), fetcher=InMemoryKeySets({URL: jwk_set(key)})
    )
    with pytest.raises(UnknownKey):
        TokenVerifier(algorithm="RS256", keys=strict, rules=rules, clock=Clock(0)).verify(
            token('{"alg":"RS256"}', rfc.JOE, rfc.A2_SIGNATURE)
        )


@pytest.mark.parametrize(
    ("key", "algorithm", "jws"),
    [
        pytest.param(
            rfc.A4_KEY, "ES512", token('{"alg":"ES512"}', "UGF5bG9hZA", rfc.A4_SIGNATURE), id="RFC 7515 A.4, ES512"
        ),
        *(
            pytest.param(
                {**(rfc.HOBBIT_EC_KEY if algorithm == "ES512" else rfc.HOBBIT_RSA_KEY), "alg": algorithm},
                algorithm,
                token(f'{{"alg":"{algorithm}","kid":"{rfc.HOBBIT}"}}', rfc.HOBBIT_TEXT, signature),
                id=f"RFC 7520 4, {algorithm}",
            )
            for algorithm, signature in rfc.HOBBIT_SIGNATURES.items()
        ),
    ],
)
def test_the_signatures_over_plain_text_are_good_and_those_of_no_other_text(
    key: dict[str, Any], algorithm: str, jws: str
) -> None:
    _, _, signing_input, signature = split_compact_jws(jws)
    _, (public_key,) = parse_jwk(key, AS_IN_THE_STANDARDS)
    assert public_key.algorithm == algorithm
    assert public_key.verify(signing_input, signature)
    assert not public_key.verify(signing_input + b"x", signature)


def test_the_private_key_that_rfc_7515_prints_is_refused_as_a_published_one() -> None:
    with pytest.raises(PrivateKeyPublished):
        parse_jwk({**rfc.A3_KEY, "d": rfc.A3_PRIVATE_MEMBER}, AS_IN_THE_STANDARDS)


def test_of_the_set_of_rfc_7517_only_the_key_for_signatures_is_used() -> None:
    keys = parse_jwk_set(json.dumps(rfc.SET_OF_7517).encode(), JwkRules(algorithms=["RS256", "ES256"]))
    assert keys.find("2011-04-29", "RS256") is not None
    assert keys.find("2011-04-29", "ES256") is None
    assert keys.find("1", "ES256") is None
    assert keys.left_out == {"key_for_another_use": 1}


def test_without_alg_a_key_of_rfc_7520_is_used_only_where_the_caller_says_for_what() -> None:
    with pytest.raises(KeyWithoutAlgorithm):
        parse_jwk(rfc.HOBBIT_RSA_KEY, JwkRules(algorithms=["RS256", "PS384"]))
    stated = JwkRules(algorithms=["RS256", "PS384"], algorithms_without_alg={"RSA": "PS384"})
    assert parse_jwk(rfc.HOBBIT_RSA_KEY, stated)[1][0].algorithm == "PS384"
