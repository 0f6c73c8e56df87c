"""Tokens with RS, PS and ES signatures: what is good verifies, and the attack table is refused for its own reasons."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_verification.claims import ClaimRules
from jwt_verification.errors import JwtError
from jwt_verification.jwk import ALGORITHMS, JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
from tests.functions.hostile_asymmetric_tokens import ACCEPTED, ATTACKS, DOCUMENT, GOOD, PS256_KEY, verifier
from tests.functions.issuer import URL, header, jwk_set, key_for_algorithm, public_jwk, token
from tests.functions.support import AUDIENCE, ISSUER, Clock, claims

RULES = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_every_algorithm_verifies_through_a_key_set(algorithm: str) -> None:
    fetcher = InMemoryKeySets({URL: jwk_set(public_jwk(algorithm))})
    keys = jwks_key_source(URL, rules=JwkRules(algorithms=[algorithm]), fetcher=fetcher, clock=Clock(0))
    single = TokenVerifier(algorithm=algorithm, keys=keys, rules=RULES, clock=Clock())
    assert single.verify(token(algorithm)) == claims()
    for other in set(ALGORITHMS) - {algorithm}:
        with pytest.raises(JwtError) as caught:
            single.verify(token(other))
        assert caught.value.code == "unsupported_algorithm"
    assert fetcher.requests == [URL]


@pytest.mark.parametrize("algorithm", ACCEPTED)
def test_a_verifier_of_several_algorithms_takes_each_with_the_key_that_is_for_it(algorithm: str) -> None:
    assert verifier().verify(GOOD[algorithm]) == claims()


@pytest.mark.parametrize(
    ("code", "hostile"),
    [pytest.param(code, item, id=f"{code}: {what}") for code, items in ATTACKS.items() for what, item in items.items()],
)
def test_a_hostile_token_is_refused_for_its_own_reason_with_the_keys_loaded_and_not(code: str, hostile: object) -> None:
    attacked = verifier()
    for _ in range(2):
        with pytest.raises(JwtError) as caught:
            attacked.verify(hostile)
        assert caught.value.code == code
    assert attacked.verify(GOOD["ES256"]) == claims()


@pytest.mark.parametrize("algorithm", ACCEPTED)
def test_every_flipped_bit_of_a_token_makes_it_worthless(algorithm: str) -> None:
    attacked, good = verifier(), GOOD[algorithm]
    for position in range(len(good)):
        changed = good[:position] + chr(ord(good[position]) ^ 1 << position % 7) + good[position + 1 :]
        with pytest.raises(JwtError):
            attacked.verify(changed)


@given(
    st.sampled_from(ACCEPTED),
    st.dictionaries(st.text().map(lambda name: f"private_{name}"), st.text() | st.integers(-(2**53), 2**53)),
)
def test_whatever_is_claimed_comes_back_as_it_was_signed(algorithm: str, private: dict[str, object]) -> None:
    key = PS256_KEY if algorithm == "PS256" else key_for_algorithm(algorithm)
    assert verifier().verify(token(algorithm, payload=claims(**private), key=key)) == claims(**private)


@given(st.sampled_from(ACCEPTED), st.binary(max_size=300))
def test_no_invented_signature_is_good_and_none_crashes(algorithm: str, invented: bytes) -> None:
    with pytest.raises(JwtError) as caught:
        verifier().verify(token(algorithm, signature_part=invented))
    assert caught.value.code == "invalid_signature"


def test_the_attackers_key_of_a_header_is_never_tried_even_where_the_set_has_none() -> None:
    keys = jwks_key_source(URL, rules=JwkRules(algorithms=["ES256"]), fetcher=InMemoryKeySets({URL: b'{"keys":[]}'}))
    empty = TokenVerifier(algorithm="ES256", keys=keys, rules=RULES, clock=Clock())
    for part in (header("ES256"), header("ES256", jwk=public_jwk("ES256"))):
        with pytest.raises(JwtError):
            empty.verify(token("ES256", header_part=part))


def test_hs256_chains_import_nothing_of_pyjwt_and_never_touch_the_asymmetric_modules() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import jwt_verification.verifier, jwt_verification.claims, jwt_verification.key_source, "
        "jwt_verification.hmac_key, jwt_verification.signer, jwt_verification.bearer\n"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, str(FUNCTIONS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(json.loads(done.stdout))
    assert "jwt_verification.verifier" in loaded
    forbidden = {"jwt", "cryptography", "threading", "ssl", "http.client"}
    forbidden |= {f"jwt_verification.{name}" for name in ("asymmetric_key", "jwk", "jwk_set", "refreshing_key_source")}
    assert loaded.isdisjoint(forbidden)


def test_the_document_of_the_table_has_a_key_for_every_accepted_algorithm_and_one_that_is_none() -> None:
    assert [key.get("alg") for key in json.loads(DOCUMENT)["keys"]] == [*ACCEPTED, None]
