"""The attack table against the library, federation, floods, and issuers that misbehave."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spiffe_verifier.errors
from jwt_verification.errors import ClaimError, JwtError
from jwt_verification.key_set_errors import (
    KeySetError,
    KeySetUnreachable,
)
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier, TrustDomainKeys
from spiffe_verifier.trust_domain import TrustDomain
from tests.functions import issuer
from tests.functions.spiffe.spiffe_ids import TRUST_DOMAIN
from tests.functions.spiffe.vectors import (
    ATTACKS,
    AUDIENCE,
    BUNDLE_URL,
    EC_KEY_ID,
    GOOD,
    PARTNERS_KEY,
    PARTNERS_WORKLOAD,
    WORKLOAD,
    WORLD,
    World,
    spire_jwk,
    svid_header,
    verifier,
)
from tests.functions.support import NOW, Clock, without

FLOOD = 1_000


def refusal(attacked: JwtSvidVerifier, token: object) -> str:
    with pytest.raises(JwtError) as caught:
        attacked.verify(token)
    return caught.value.code


@pytest.mark.parametrize("name", GOOD)
def test_a_good_token_verifies_with_the_keys_loaded_and_not(name: str) -> None:
    good = verifier()
    for _ in range(2):
        svid = good.verify(GOOD[name])
        assert AUDIENCE in svid.audience or name == "the second audience"
        assert svid.expires_at == NOW + 300
        assert str(svid.spiffe_id) == svid.claims["sub"]
        assert svid.trust_domain == svid.spiffe_id.trust_domain


@pytest.mark.parametrize("code", ATTACKS)
def test_every_hostile_token_is_refused_for_its_own_reason_with_the_keys_loaded_and_not(code: str) -> None:
    for what, hostile in ATTACKS[code].items():
        attacked = verifier()
        for _ in range(2):
            assert refusal(attacked, hostile) == code, what
        assert str(attacked.verify(GOOD["ES256"]).spiffe_id) == WORKLOAD


def test_the_table_has_a_token_for_every_reason() -> None:
    reasons = {error.code for error in _checks(JwtError)}
    assert set(ATTACKS) == reasons


def _checks(error: type[JwtError]) -> set[type[JwtError]]:
    """The classes that stand for a check: all but the two that only hold others together."""
    known = ("jwt_verification.errors", "spiffe_verifier.errors")
    subclasses = [each for each in error.__subclasses__() if each.__module__ in known]
    below = set[type[JwtError]]().union(*(_checks(each) for each in subclasses))
    return below if error in (JwtError, ClaimError) else {error, *below}


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = dict(re.findall(r"── (\w+) +(\w+_\w+)\b", spiffe_verifier.errors.__doc__ or ""))
    module = vars(spiffe_verifier.errors).values()
    classes = [each for each in module if isinstance(each, type) and issubclass(each, (JwtError, KeySetError))]
    assert drawn == {each.__name__: each.code for each in classes if each is not ClaimError}


@pytest.mark.parametrize("hostile", [None, 5, b"", GOOD["ES256"].encode(), "\ud800", ["a"]])
def test_what_no_header_can_carry_is_malformed_too(hostile: object) -> None:
    assert refusal(verifier(), hostile) == "malformed_token"


def test_letters_beyond_ascii_are_no_base64url() -> None:
    assert refusal(verifier(), GOOD["ES256"] + "é") == "not_base64url"


def test_no_message_repeats_a_value_from_the_token() -> None:
    marked = "spiffe://marker.example/marker"
    for hostile in (
        WORLD.token(sub=marked),
        WORLD.token(sub="marker%"),
        WORLD.token(aud="marker"),
        WORLD.token(iss="marker"),
        WORLD.token(header={**svid_header("ES256", EC_KEY_ID), "marker": 1}),
        WORLD.token(header=svid_header("ES256", "marker")),
    ):
        with pytest.raises(JwtError) as caught:
            verifier().verify(hostile)
        assert "marker" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_every_flipped_bit_of_a_token_makes_it_worthless() -> None:
    attacked, good = verifier(), GOOD["ES256"]
    for position in range(len(good)):
        changed = good[:position] + chr(ord(good[position]) ^ 1 << position % 7) + good[position + 1 :]
        with pytest.raises(JwtError):
            attacked.verify(changed)


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=100))
def test_whatever_is_sent_is_refused_with_a_reason(head: bytes, payload: bytes, signature: bytes) -> None:
    encode = issuer.encode
    refusal(verifier(), b".".join(map(encode, (head, payload, signature))).decode())


# -- Federation: the token chooses a trust domain, and with it the keys that may vouch for it.


def test_no_federated_trust_domain_can_vouch_for_anothers_workload_whatever_its_header_says() -> None:
    """Trust Domain and Bundle section 3; Federation section 4.2: contents of bundles are never merged."""
    attacked = verifier()
    for header in (
        svid_header("ES384", EC_KEY_ID),
        svid_header("ES384", "any"),
        {"alg": "ES384"},
        {"alg": "ES384", "typ": "JOSE"},
    ):
        assert refusal(attacked, WORLD.token("ES384", header=header, key=PARTNERS_KEY)) == "unknown_key"
    for header in (svid_header("ES256", EC_KEY_ID), {"alg": "ES256"}):
        assert refusal(attacked, WORLD.token(header=header, sub=PARTNERS_WORKLOAD)) == "unknown_key"
    assert attacked.verify(GOOD["the partner's"]).trust_domain == TrustDomain("partner.example")


def test_even_the_same_kid_and_algorithm_is_another_key_in_another_trust_domain() -> None:
    world = World()
    world.bundle["keys"] = [spire_jwk("ES256", key=issuer.private_key("P-256", 7), kid=EC_KEY_ID, use="jwt-svid")]
    partners = issuer.private_key("P-256", 7)
    attacked = world.verifier()
    assert refusal(attacked, world.token(key=partners)) == "invalid_signature"
    assert refusal(attacked, world.token(sub=PARTNERS_WORKLOAD)) == "invalid_signature"
    assert attacked.verify(world.token(key=partners, sub=PARTNERS_WORKLOAD, iss="https://partner.example"))


def test_a_token_only_causes_requests_to_its_own_trust_domains_source_and_a_strangers_none() -> None:
    fetcher = WORLD.fetcher()
    attacked = WORLD.verifier(fetcher)
    for _ in range(FLOOD):
        assert refusal(attacked, ATTACKS["wrong_trust_domain"]["another"]) == "wrong_trust_domain"
    assert fetcher.requests == []
    attacked.verify(GOOD["the partner's"])
    assert fetcher.requests == [BUNDLE_URL]


def test_a_trust_domain_that_is_down_does_not_take_the_other_along() -> None:
    fetcher = WORLD.fetcher()
    fetcher.documents[BUNDLE_URL] = KeySetUnreachable("down")
    attacked = WORLD.verifier(fetcher)
    with pytest.raises(KeySetUnreachable):
        attacked.verify(GOOD["the partner's"])
    assert attacked.verify(GOOD["ES256"])


def test_verifiers_of_nothing_for_nobody_or_with_shared_keys_are_refused() -> None:
    keys = verifier().trust_domains[0].keys
    one = TrustDomainKeys(trust_domain=TrustDomain("a"), keys=keys)
    other = TrustDomainKeys(trust_domain=TrustDomain("b"), keys=keys)
    cases: list[tuple[list[TrustDomainKeys], list[str], str]] = [
        ([], [AUDIENCE], "at least one"),
        ([one, one], [AUDIENCE], "none of them twice"),
        ([one, other], [AUDIENCE], "key source of its own"),
        ([one], [], "audiences"),
    ]
    for trust_domains, audiences, message in cases:
        with pytest.raises(ValueError, match=message):
            JwtSvidVerifier(trust_domains, audiences=audiences, clock=Clock())


def test_what_was_verified_shows_whose_it_is_and_no_claim() -> None:
    svid = verifier().verify(GOOD["private claims"])
    assert repr(svid) == f"<JwtSvid {WORKLOAD} until {NOW + 300}>"
    assert svid.claims["team"] == "payments"
    assert svid.trust_domain.name == TRUST_DOMAIN


def test_leeway_is_in_the_tokens_favour_and_bounded() -> None:
    trust_domains = verifier().trust_domains
    lenient = JwtSvidVerifier(trust_domains, audiences=[AUDIENCE], clock=Clock(NOW + 329), leeway_seconds=30)
    assert lenient.verify(GOOD["ES256"])
    late = JwtSvidVerifier(trust_domains, audiences=[AUDIENCE], clock=Clock(NOW + 330), leeway_seconds=30)
    assert refusal(late, GOOD["ES256"]) == "token_expired"
    with pytest.raises(ValueError, match="leeway"):
        JwtSvidVerifier(trust_domains, audiences=[AUDIENCE], clock=Clock(), leeway_seconds=301)


def test_a_source_without_an_issuer_does_not_look_at_iss() -> None:
    keys = verifier().trust_domains[0]
    plain = TrustDomainKeys(trust_domain=keys.trust_domain, keys=keys.keys)
    svid = JwtSvidVerifier([plain], audiences=[AUDIENCE], clock=Clock()).verify(WORLD.token(iss="https://any.example"))
    assert svid.claims["iss"] == "https://any.example"
    assert "iss" not in verifier().verify(WORLD.token(payload=without(WORLD.claims(), "iss"))).claims
