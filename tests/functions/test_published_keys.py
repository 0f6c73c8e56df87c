"""`jwk` and `jwk_set`: every key that must not be used is left out for its own reason, and the document is strict."""

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jwt_verification.key_set_errors as errors
from jwt_verification.asymmetric_key import AsymmetricKey
from jwt_verification.base64url import encode
from jwt_verification.jwk import (
    ALGORITHMS,
    CUSTOMARY_ALGORITHMS,
    MAXIMUM_EXPONENT,
    MAXIMUM_MODULUS_BITS,
    MINIMUM_MODULUS_BITS,
    JwkRules,
    parse_jwk,
)
from jwt_verification.jwk_set import MAXIMUM_CANDIDATES, MAXIMUM_KEYS, parse_jwk_set
from jwt_verification.key_set_errors import KeySetError, KeySetMalformed, KeySetTooLarge, UnusableKey
from tests.functions.issuer import KEY_ID, jwk_set, key_for_algorithm, private_key, public_jwk, signature
from tests.functions.support import without

ALL = JwkRules(algorithms=ALGORITHMS)
RS256, ES256 = public_jwk("RS256"), public_jwk("ES256")


def unsigned(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()


def modulus(bits: int) -> str:
    """An odd number of this size; that nobody knows its factors is no matter for what is tested."""
    return unsigned((1 << (bits - 1)) + 1)


UNUSABLE: dict[str, dict[str, object]] = {
    "unsupported_key_type": {
        "symmetric": {"kty": "oct", "k": "AAAA", "kid": KEY_ID, "alg": "HS256"},
        "Ed25519": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": KEY_ID, "alg": "EdDSA"},
        "lower case": {**RS256, "kty": "rsa"},
        "null": {**RS256, "kty": None},
        "a list": {**RS256, "kty": ["RSA"]},
        "missing": without(RS256, "kty"),
    },
    "private_key_published": {
        "RSA": {**RS256, "d": "AQAB"},
        "RSA, a prime": {**RS256, "p": "AQAB"},
        "EC": {**ES256, "d": "AQAB"},
        "a symmetric one beside it": {**RS256, "k": "AQAB"},
        "null": {**ES256, "d": None},
    },
    "key_for_another_use": {
        "encryption": {**RS256, "use": "enc"},
        "a trust bundle's": {**RS256, "use": "jwt-svid"},
        "upper case": {**RS256, "use": "SIG"},
        "null": {**RS256, "use": None},
        "a list": {**RS256, "use": ["sig"]},
    },
    "key_for_another_operation": {
        "signing": {**RS256, "key_ops": ["sign"]},
        "encryption": {**RS256, "key_ops": ["encrypt", "wrapKey"]},
        "none": {**RS256, "key_ops": []},
        "text": {**RS256, "key_ops": "verify"},
        "null": {**RS256, "key_ops": None},
    },
    "key_without_algorithm": {"RSA": without(RS256, "alg"), "EC": without(ES256, "alg")},
    "key_for_another_algorithm": {
        "none": {**RS256, "alg": "none"},
        "HS256": {**RS256, "alg": "HS256"},
        "encryption": {**RS256, "alg": "RSA-OAEP"},
        "EdDSA": {**ES256, "alg": "EdDSA"},
        "ES256K": {**ES256, "alg": "ES256K"},
        "a list": {**RS256, "alg": ["RS256"]},
        "null": {**RS256, "alg": None},
        "an RSA key for ES256": {**RS256, "alg": "ES256"},
        "an EC key for PS256": {**ES256, "alg": "PS256"},
    },
    "key_without_id": {"missing": without(RS256, "kid")},
    "wrong_curve": {
        "P-384 for ES256": {**public_jwk("ES384"), "alg": "ES256"},
        "P-256 for ES512": {**ES256, "alg": "ES512"},
        "secp256k1": {**ES256, "crv": "secp256k1"},
        "a list": {**ES256, "crv": ["P-256"]},
        "missing": without(ES256, "crv"),
    },
    "invalid_point": {
        "off the curve": {**ES256, "y": ES256["x"]},
        "zero": {**ES256, "x": encode(bytes(32)).decode(), "y": encode(bytes(32)).decode()},
        "beyond the field": {**ES256, "x": encode(b"\xff" * 32).decode()},
    },
    "weak_key": {
        "1024 bits": public_jwk("RS256", key=private_key("RSA-1024")),
        "one bit less": {**RS256, "n": modulus(MINIMUM_MODULUS_BITS - 1)},
        "a modulus of 1": {**RS256, "n": unsigned(1)},
        "an exponent of 1, with which every text signs itself": {**RS256, "e": unsigned(1)},
        "an exponent of 3": {**RS256, "e": unsigned(3)},
    },
    "oversized_key": {
        "one bit more": {**RS256, "n": modulus(MAXIMUM_MODULUS_BITS + 1)},
        "a modulus of 100,000 bits": {**RS256, "n": modulus(100_000)},
        "an exponent": {**RS256, "e": unsigned(MAXIMUM_EXPONENT + 2)},
        "an exponent as long as the modulus": {**RS256, "e": RS256["n"]},
    },
    "malformed_key": {
        "not an object": "key",
        "null": None,
        "an even modulus": {**RS256, "n": unsigned((1 << 2_047) + 2)},
        "an even exponent": {**RS256, "e": unsigned(65_538)},
        "no modulus": without(RS256, "n"),
        "an empty modulus": {**RS256, "n": ""},
        "a modulus as a number": {**RS256, "n": 5},
        "a leading zero": {**RS256, "e": encode(b"\x00\x01\x00\x01").decode()},
        "padding": {**RS256, "e": "AQAB===="},
        "the standard alphabet": {**RS256, "n": RS256["n"][:-2] + "+/"},
        "not ASCII": {**RS256, "n": "é"},
        "no coordinate": without(ES256, "y"),
        "a coordinate without its leading zero": {**ES256, "x": encode(b"\x01" * 31).decode()},
        "a coordinate of another curve": {**ES256, "x": public_jwk("ES384")["x"]},
        "kid as a number": {**RS256, "kid": 5},
        "kid empty": {**RS256, "kid": ""},
        "kid with a line end": {**RS256, "kid": "a\n"},
    },
}


@pytest.mark.parametrize(
    ("code", "key"),
    [pytest.param(code, key, id=f"{code}: {what}") for code, keys in UNUSABLE.items() for what, key in keys.items()],
)
def test_a_key_that_must_not_be_used_is_left_out_for_its_own_reason_and_the_others_stay(code: str, key: Any) -> None:
    with pytest.raises(UnusableKey) as caught:
        parse_jwk(key, ALL)
    assert caught.value.code == code
    assert not re.search(r"[A-Za-z0-9_-]{25}", str(caught.value)), "the message repeats what was published"
    keys = parse_jwk_set(json.dumps({"keys": [key, {**ES256, "kid": "good"}]}).encode(), ALL)
    assert keys.left_out == {code: 1}
    assert keys.find("good", "ES256") is not None
    assert [keys.find(KEY_ID, algorithm) for algorithm in ALGORITHMS] == [None] * len(ALGORITHMS)


def test_the_table_has_a_key_for_every_check() -> None:
    codes = {error.code for error in UnusableKey.__subclasses__()}
    assert codes == {*UNUSABLE, "duplicate_key_id"}


def test_the_trees_in_the_docstring_are_the_trees_of_the_classes() -> None:
    drawn = dict(re.findall(r"── (\w+) +(\w+_\w+)\b", errors.__doc__ or ""))
    classes = [*UnusableKey.__subclasses__(), *KeySetError.__subclasses__()]
    assert drawn == {error.__name__: error.code for error in classes}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_verifies_with_a_key_of_its_own_and_with_no_other(algorithm: str) -> None:
    _, (key,) = parse_jwk(public_jwk(algorithm), ALL)
    good = signature(algorithm, b"signed")
    assert key.algorithm == algorithm
    assert key.verify(b"signed", good)
    assert not key.verify(b"other", good)
    for other in set(ALGORITHMS) - {algorithm}:
        assert not parse_jwk(public_jwk(other), ALL)[1][0].verify(b"signed", good), other


@pytest.mark.parametrize("bits", [2_048, 2_049, 2_056, 3_072])
def test_signatures_have_as_many_bytes_as_the_modulus_of_any_size(bits: int) -> None:
    pair = private_key(f"RSA-{bits}")
    _, (key,) = parse_jwk(public_jwk("PS256", key=pair), ALL)
    good = signature("PS256", b"signed", key=pair)
    assert key.verify(b"signed", good)
    assert not key.verify(b"signed", b"\x00" + good)
    assert not key.verify(b"signed", good + b"\x00")
    assert not key.verify(b"signed", b"")


def test_key_ops_may_name_more_than_verify_and_use_may_be_absent() -> None:
    assert parse_jwk({**without(RS256, "use"), "key_ops": ["verify", "sign"]}, ALL)[0] == KEY_ID


def test_a_trust_bundles_use_is_accepted_and_required_where_the_rules_say_so() -> None:
    rules = JwkRules(algorithms=["ES256"], uses=["jwt-svid"], use_required=True)
    assert parse_jwk({**ES256, "use": "jwt-svid"}, rules)[0] == KEY_ID
    for key in (ES256, without(ES256, "use"), {**ES256, "use": "x509-svid"}):
        with pytest.raises(errors.KeyForAnotherUse):
            parse_jwk(key, rules)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384", "ES512"])
def test_keys_without_alg_are_for_the_algorithm_that_the_rules_state(algorithm: str) -> None:
    rules = JwkRules(algorithms=ALGORITHMS, algorithms_without_alg=CUSTOMARY_ALGORITHMS)
    _, (key,) = parse_jwk(without(public_jwk(algorithm), "alg"), rules)
    assert key.algorithm == algorithm


def test_a_key_without_alg_may_be_for_several_algorithms_of_its_kind_and_the_token_says_which() -> None:
    of_rsa = [algorithm for algorithm, kind in ALGORITHMS.items() if kind == "RSA"]
    rules = JwkRules(algorithms=["RS256", "PS256", "ES256"], algorithms_without_alg={"RSA": of_rsa})
    keys = parse_jwk_set(jwk_set(without(RS256, "alg"), without(ES256, "alg")), rules)
    assert keys.left_out == {"key_without_algorithm": 1}, "the rules state none for EC"
    for algorithm in ("RS256", "PS256"):
        key = keys.find(KEY_ID, algorithm)
        assert key is not None
        assert key.verify(b"signed", signature(algorithm, b"signed"))
    assert keys.find(KEY_ID, "RS512") is None, "the rules do not accept it"
    stated = parse_jwk_set(jwk_set(RS256), rules)
    assert stated.find(KEY_ID, "PS256") is None, "its own `alg` says what it is for"


def test_keys_that_a_token_could_mean_alike_are_all_left_out() -> None:
    other = public_jwk("RS256", key=private_key("RSA", 1))
    keys = parse_jwk_set(jwk_set(RS256, ES256, other), ALL)
    assert keys.find(KEY_ID, "RS256") is None
    assert keys.find(KEY_ID, "ES256") is not None, "another algorithm tells it apart: RFC 7517 section 4.5"
    assert keys.left_out == {"duplicate_key_id": 2}


def test_a_token_without_kid_means_a_key_only_where_the_rules_allow_it() -> None:
    document = jwk_set(RS256, public_jwk("RS256", key=private_key("RSA", 1), kid="second"), without(ES256, "kid"))
    assert parse_jwk_set(document, ALL).find(None, "RS256") is None
    rules = JwkRules(algorithms=["RS256", "ES256"], key_id_required=False, tokens_without_key_id=True)
    keys = parse_jwk_set(document, rules)
    any_of = keys.find(None, "RS256")
    assert any_of is not None
    assert any_of.algorithm == "RS256"
    for pair in (key_for_algorithm("RS256"), private_key("RSA", 1)):
        assert any_of.verify(b"signed", signature("RS256", b"signed", key=pair))
    assert not any_of.verify(b"signed", signature("RS256", b"signed", key=private_key("RSA", 2)))
    assert keys.find(None, "ES256") is not None
    assert keys.find(None, "PS256") is None
    assert keys.find(KEY_ID, "ES256") is None, "a key without kid is meant by no token with one"


def test_a_token_without_kid_never_costs_more_than_a_few_verifications() -> None:
    rules = JwkRules(algorithms=["ES256"], tokens_without_key_id=True)
    entries = [{**ES256, "kid": str(number)} for number in range(MAXIMUM_CANDIDATES + 1)]
    assert parse_jwk_set(jwk_set(*entries[:-1]), rules).find(None, "ES256") is not None
    assert parse_jwk_set(jwk_set(*entries), rules).find(None, "ES256") is None


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"{}", id="no keys"),
        pytest.param(b'{"keys":{}}', id="keys that are an object"),
        pytest.param(b'{"keys":null}', id="keys that are null"),
        pytest.param(b'{"keys":[],"keys":[]}', id="keys twice"),
        pytest.param(b'{"keys":[{"kty":"RSA","kty":"EC"}]}', id="a member of a key twice"),
        pytest.param(b'{"keys":[{"kty":"\xff"}]}', id="not UTF-8"),
        pytest.param(b'{"keys":[],"a":1e999}', id="infinity"),
        pytest.param(b'{"keys":[]} {}', id="two documents"),
        pytest.param(b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="a nested bomb"),
    ],
)
def test_a_document_that_is_no_key_set_is_refused_as_a_whole(document: bytes) -> None:
    with pytest.raises(KeySetMalformed):
        parse_jwk_set(document, ALL)


def test_a_set_has_a_bounded_number_of_keys() -> None:
    assert parse_jwk_set(jwk_set(*[{"kty": "oct"}] * MAXIMUM_KEYS), ALL).left_out == {
        "unsupported_key_type": MAXIMUM_KEYS
    }
    with pytest.raises(KeySetTooLarge):
        parse_jwk_set(jwk_set(*[{"kty": "oct"}] * (MAXIMUM_KEYS + 1)), ALL)


def test_an_empty_set_is_a_set_in_which_nothing_is_found() -> None:
    assert parse_jwk_set(b'{"keys": []}', ALL).find(KEY_ID, "RS256") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda children: (
            st.lists(children, max_size=3)
            | st.dictionaries(st.sampled_from([*RS256, *ES256, "d", "key_ops"]) | st.text(), children, max_size=8)
        ),
        max_leaves=12,
    )
)
def test_whatever_is_published_gives_a_set_or_a_key_set_error(entry: object) -> None:
    try:
        keys = parse_jwk_set(json.dumps({"keys": [entry, RS256]}).encode(), ALL)
    except KeySetError:
        return
    assert keys.find(KEY_ID, "RS256") is not None
    assert sum(keys.left_out.values()) == 1


@given(st.sampled_from(["RS256", "PS512", "ES256", "ES512"]), st.data())
def test_a_key_with_a_changed_member_never_crashes(algorithm: str, data: st.DataObject) -> None:
    good = public_jwk(algorithm)
    name = data.draw(st.sampled_from(sorted(good)))
    value = data.draw(
        st.none() | st.integers() | st.text(max_size=60) | st.binary(max_size=70).map(lambda b: encode(b).decode())
    )
    with contextlib.suppress(UnusableKey):
        parse_jwk({**good, name: value}, ALL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"algorithms": []}, "one or more of RS256"),
        ({"algorithms": "RS256"}, "one or more of RS256"),
        ({"algorithms": ["HS256"]}, "one or more of RS256"),
        ({"algorithms": ["none"]}, "one or more of RS256"),
        ({"algorithms": ["RS256"], "uses": "sig"}, "one or more values of `use`"),
        ({"algorithms": ["RS256"], "uses": []}, "one or more values of `use`"),
        ({"algorithms": ["RS256"], "algorithms_without_alg": {"RSA": "ES256"}}, "'ES256' is no algorithm for 'RSA'"),
        ({"algorithms": ["RS256"], "algorithms_without_alg": {"RSA": "HS256"}}, "'HS256' is no algorithm for 'RSA'"),
        ({"algorithms": ["RS256"], "algorithms_without_alg": {"RSA": ["RS256", "ES256"]}}, "'ES256' is no algorithm"),
        ({"algorithms": ["RS256"], "key_id_required": False}, "unless tokens_without_key_id"),
    ],
)
def test_rules_that_would_expect_nothing_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JwkRules(**arguments)


def test_a_key_is_never_made_for_an_algorithm_of_another_curve_or_type() -> None:
    for algorithm, members in (("ES256", public_jwk("ES384")), ("RS256", ES256), ("ES256", RS256)):
        with pytest.raises(ValueError, match="not those of a public key"):
            AsymmetricKey(algorithm=algorithm, members=members, signature_length=64)


def test_a_key_shows_its_algorithm_and_nothing_else() -> None:
    assert repr(parse_jwk(RS256, ALL)[1][0]) == "<AsymmetricKey RS256>"
