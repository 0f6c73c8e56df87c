"""`jwt_verification`: the attack table of tokens, each refused for its own reason, and the errors' tree."""

import re
from typing import Any

import pytest

import jwt_verification.errors
from jwt_verification.bearer import bearer_token
from jwt_verification.claims import ClaimRules
from jwt_verification.errors import ClaimError, JwtError, MissingToken, UnsupportedHeader, WeakHmacKey
from jwt_verification.hmac_key import HmacKey
from jwt_verification.key_source import FixedKeys
from jwt_verification.signed_tokens import MAXIMUM_REMEMBERED_HEADERS
from jwt_verification.signer import sign
from jwt_verification.verifier import TokenVerifier
from tests.functions.hostile_tokens import ATTACKS, GOOD
from tests.functions.support import (
    AUDIENCE,
    ISSUER,
    KEY,
    KEY_ID,
    NOW,
    OTHER_KEY,
    Clock,
    claims,
    header,
    make_token,
    without,
)


def verifier(leeway_seconds: float = 0, algorithm: Any = "HS256", **arguments: Any) -> TokenVerifier:
    return TokenVerifier(
        algorithm=algorithm,
        keys=FixedKeys({KEY_ID: KEY}),
        rules=ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE], leeway_seconds=leeway_seconds),
        clock=Clock(),
        **arguments,
    )


EXPECTED: dict[str, Any] = {"issuers": [ISSUER], "audiences": [AUDIENCE]}


def refusal(token: object, **arguments: Any) -> str:
    with pytest.raises(JwtError) as caught:
        verifier(**arguments).verify(token)
    return caught.value.code


def test_a_signed_token_verifies_and_gives_its_claims() -> None:
    assert verifier().verify(sign(claims(), key=KEY, key_id=KEY_ID)) == claims()


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(claims(aud=["other", AUDIENCE]), id="one of several audiences"),
        pytest.param(claims(exp=NOW + 0.5), id="exp with a fraction"),
        pytest.param(claims(nbf=NOW), id="nbf reached this second"),
        pytest.param(claims(iat=NOW + 60), id="an issuer whose clock is a minute ahead"),
        pytest.param(without(claims(), "iat"), id="no iat"),
        pytest.param(claims(name="Zoë \U0001f600"), id="other scripts"),
    ],
)
def test_every_form_that_the_standard_allows_is_accepted(payload: dict[str, Any]) -> None:
    assert verifier().verify(make_token(payload=payload))["sub"] == "apigw-invoker"


def test_a_header_without_typ_and_with_unknown_members_is_accepted() -> None:
    assert verifier().verify(make_token(without(header(x5t="ignored", cty="ignored"), "typ")))


@pytest.mark.parametrize(
    ("code", "token"),
    [
        pytest.param(code, token, id=f"{code}: {what}")
        for code, tokens in ATTACKS.items()
        for what, token in tokens.items()
    ],
)
def test_a_hostile_token_is_refused_for_its_own_reason(code: str, token: object) -> None:
    assert refusal(token) == code


def test_the_attack_table_has_a_token_for_every_check() -> None:
    # Only a verifier that says which members a header may have looks for others: the JWT-SVIDs' does, and its table.
    codes = {error.code for error in _checks(JwtError)} - {UnsupportedHeader.code}
    assert codes == set(ATTACKS)


def test_every_check_has_a_code_of_its_own() -> None:
    checks = _checks(JwtError)
    assert len({error.code for error in checks}) == len(checks)


def _checks(error: type[JwtError]) -> set[type[JwtError]]:
    """The classes that stand for a check: all but the two that only hold others together."""
    # Libraries on top of this one, which another test may have imported, have reasons and tables of their own.
    subclasses = [each for each in error.__subclasses__() if each.__module__ == JwtError.__module__]
    below = set[type[JwtError]]().union(*(_checks(subclass) for subclass in subclasses))
    return below if error in (JwtError, ClaimError) else {error, *below}


def test_every_flipped_bit_of_a_token_makes_it_worthless() -> None:
    for position in range(len(GOOD)):
        for bit in range(7):
            changed = GOOD[:position] + chr(ord(GOOD[position]) ^ 1 << bit) + GOOD[position + 1 :]
            with pytest.raises(JwtError):
                verifier().verify(changed)


def test_no_claim_is_read_before_the_signature_is_good() -> None:
    assert refusal(make_token(payload=b"not JSON", key=OTHER_KEY)) == "invalid_signature"
    assert refusal(make_token(payload=claims(exp=0), key=OTHER_KEY)) == "invalid_signature"


def test_a_key_of_another_algorithm_is_unknown_to_the_verifier() -> None:
    class Es256Key:
        algorithm = "ES256"

        def verify(self, signing_input: bytes, signature: bytes) -> bool:
            raise AssertionError("never asked")

    class CarelessKeys:
        def key_for(self, key_id: str | None, algorithm: str) -> Es256Key:
            return Es256Key()

    rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
    for keys in (FixedKeys({KEY_ID: Es256Key()}), CarelessKeys()):
        with pytest.raises(JwtError) as caught:
            TokenVerifier(algorithm=["HS256", "ES256"], keys=keys, rules=rules, clock=Clock()).verify(GOOD)
        assert caught.value.code == "unknown_key"


@pytest.mark.parametrize("algorithm", ["", [], ["HS256", ""]])
def test_a_verifier_without_an_algorithm_is_refused(algorithm: Any) -> None:
    with pytest.raises(ValueError, match="names no algorithm"):
        verifier(algorithm=algorithm)


def test_a_type_is_required_where_the_verifier_says_so() -> None:
    assert verifier(type_required=True).verify(GOOD)
    assert refusal(make_token(without(header(), "typ")), type_required=True) == "unsupported_token_type"


def test_issuer_and_audience_are_left_to_the_caller_only_where_that_is_stated_and_keep_their_form() -> None:
    rules = ClaimRules(issuers=None, audiences=None)
    bare = {"sub": "s", "exp": NOW + 60}
    rules.check(bare, now=NOW)
    rules.check({**bare, "iss": "anyone", "aud": ["anything"]}, now=NOW)
    for malformed in ({"iss": 5}, {"iss": ""}, {"aud": 5}, {"aud": [5]}):
        with pytest.raises(ClaimError) as caught:
            rules.check({**bare, **malformed}, now=NOW)
        assert caught.value.code == "malformed_claim"
    with pytest.raises(ClaimError) as caught:
        ClaimRules(issuers=None, audiences=None, required=["client_id"]).check(bare, now=NOW)
    assert caught.value.claim == "client_id"


def test_a_header_that_was_accepted_once_changes_nothing_for_the_token_that_has_it_next() -> None:
    warm = verifier()
    assert warm.verify(GOOD)
    for code, tokens in ATTACKS.items():
        for hostile in tokens.values():
            with pytest.raises(JwtError) as caught:
                warm.verify(hostile)
            assert caught.value.code == code
    assert warm.verify(GOOD)


def test_headers_are_remembered_only_of_good_tokens_and_only_a_few() -> None:
    warm = verifier()
    for number in range(3 * MAXIMUM_REMEMBERED_HEADERS):
        with pytest.raises(JwtError):
            warm.verify(make_token(header(number=number), key=OTHER_KEY))
    assert warm._tokens._accepted_headers == {}
    for number in range(3 * MAXIMUM_REMEMBERED_HEADERS):
        assert warm.verify(make_token(header(number=number)))
        assert len(warm._tokens._accepted_headers) <= MAXIMUM_REMEMBERED_HEADERS


def test_a_key_that_is_gone_is_gone_for_headers_that_were_accepted_too() -> None:
    keys: dict[str, HmacKey] = {KEY_ID: KEY}

    class Revocable:
        def key_for(self, key_id: str | None, algorithm: str) -> HmacKey:
            return FixedKeys(keys).key_for(key_id, algorithm)  # pyright: ignore[reportReturnType] -- it gives what it got

    warm = TokenVerifier(
        algorithm="HS256",
        keys=Revocable(),
        rules=ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE]),
        clock=Clock(),
    )
    assert warm.verify(GOOD)
    keys.clear()
    with pytest.raises(JwtError) as caught:
        warm.verify(GOOD)
    assert caught.value.code == "unknown_key"


def test_a_leeway_helps_exp_and_nbf_and_ends_where_it_says() -> None:
    assert verifier(leeway_seconds=5).verify(make_token(payload=claims(exp=NOW - 4, nbf=NOW + 5)))
    assert refusal(make_token(payload=claims(exp=NOW - 5)), leeway_seconds=5) == "token_expired"
    assert refusal(make_token(payload=claims(nbf=NOW + 6)), leeway_seconds=5) == "token_not_yet_valid"


def test_other_token_types_are_accepted_where_the_verifier_says_so() -> None:
    assert verifier(token_types=("JWT", "JOSE")).verify(make_token(header(typ="JOSE")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({**EXPECTED, "leeway_seconds": 301}, "0 to 300"),
        ({**EXPECTED, "leeway_seconds": -1}, "0 to 300"),
        ({**EXPECTED, "leeway_seconds": float("nan")}, "0 to 300"),
        ({**EXPECTED, "issuers": []}, "issuers is a collection of one or more"),
        ({**EXPECTED, "issuers": "one string"}, "issuers is a collection"),
        ({**EXPECTED, "audiences": [""]}, "audiences is a collection"),
        ({**EXPECTED, "required": "sub"}, "required is a collection"),
    ],
)
def test_expectations_that_would_expect_nothing_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClaimRules(**arguments)


def test_exp_is_required_even_where_the_caller_forgets_it() -> None:
    rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE], required=())
    with pytest.raises(ClaimError) as caught:
        rules.check(without(claims(), "exp"), now=NOW)
    assert (caught.value.code, caught.value.claim) == ("missing_claim", "exp")


def test_a_key_shorter_than_the_hash_is_refused_and_not_shown() -> None:
    with pytest.raises(WeakHmacKey, match="at least 32 bytes, this one has 31") as caught:
        HmacKey(b"s" * 31)
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "weak_hmac_key"
    assert "ssss" not in str(caught.value)
    assert repr(HmacKey(b"s" * 32)) == "<HmacKey>"


def test_a_token_with_a_number_that_json_cannot_express_is_never_signed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        sign(claims(exp=float("inf")), key=KEY, key_id=KEY_ID)


@pytest.mark.parametrize("authorization", [f"Bearer {GOOD}", f"bearer {GOOD}", f"BEARER {GOOD}"])
def test_the_bearer_scheme_is_found_in_any_case(authorization: str) -> None:
    assert bearer_token(authorization) == GOOD


@pytest.mark.parametrize("authorization", [None, "", "Bearer", GOOD, f"Basic {GOOD}", f"Bearer\t{GOOD}", 5, [], {}])
def test_without_a_bearer_credential_the_token_is_missing(authorization: object) -> None:
    with pytest.raises(MissingToken):
        bearer_token(authorization)


@pytest.mark.parametrize("tokens", ATTACKS.values(), ids=ATTACKS)
def test_no_message_repeats_anything_of_the_token(tokens: dict[str, object]) -> None:
    for token in tokens.values():
        with pytest.raises(JwtError) as caught:
            verifier().verify(token)
        assert not re.search(r"[A-Za-z0-9_-]{25}|attacker", str(caught.value)), str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = dict(re.findall(r"── (\w+) +(\w+_\w+)\b", jwt_verification.errors.__doc__ or ""))
    assert drawn == {error.__name__: error.code for error in _checks(JwtError)}
