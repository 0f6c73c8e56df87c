"""What is fetched when, counted; keys that come, go, go back or stay away; and which keys of a set are used."""

import pytest

from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import (
    KeySetTooSlow,
)
from jwt_verification.refreshing_key_source import COOL_DOWN_SECONDS, GRACE_SECONDS
from spiffe_verifier.errors import TrustBundleOutdated
from spiffe_verifier.from_environment import verifier_of
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from tests.functions import issuer
from tests.functions.spiffe.vectors import (
    ATTACKS,
    BUNDLE_URL,
    EC_KEY,
    EC_KEY_ID,
    GOOD,
    PARTNERS_WORKLOAD,
    RSA_KEY,
    RSA_KEY_ID,
    WORLD,
    World,
    spire_jwk,
    svid_header,
    verifier,
)
from tests.functions.support import NOW, Clock

FLOOD = 1_000


def refusal(attacked: JwtSvidVerifier, token: object) -> str:
    with pytest.raises(JwtError) as caught:
        attacked.verify(token)
    return caught.value.code


def test_a_flood_of_unknown_kids_causes_exactly_one_fetch_per_cool_down() -> None:
    fetcher, clock = WORLD.fetcher(), Clock(0)
    attacked = verifier_of(WORLD.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["ES256"])
    assert fetcher.requests == [WORLD.discovery_url, WORLD.jwks_url]
    invented = [WORLD.token(header=svid_header("ES256", f"invented-{number}")) for number in range(50)]
    for rounds in range(1, 4):
        clock.now += COOL_DOWN_SECONDS
        for number in range(FLOOD):
            assert refusal(attacked, invented[number % len(invented)]) == "unknown_key"
        assert fetcher.requests[2:] == [WORLD.jwks_url] * rounds
    assert attacked.verify(GOOD["ES256"])


def test_a_flood_of_bad_signatures_causes_no_fetch() -> None:
    fetcher, clock = WORLD.fetcher(), Clock(0)
    attacked = verifier_of(WORLD.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["ES256"])
    clock.now += COOL_DOWN_SECONDS
    for name in ("another key", "another key, no kid", "no signature"):
        assert refusal(attacked, ATTACKS["invalid_signature"][name]) == "invalid_signature"
    assert len(fetcher.requests) == 2


def test_a_key_that_has_just_been_added_is_found_after_the_cool_down() -> None:
    world, clock = World(), Clock(0)
    fetcher = world.fetcher()
    attacked = verifier_of(world.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["ES256"])
    new = issuer.private_key("P-256", 5)
    world.jwks["keys"] = [spire_jwk("ES256", key=new, kid="new")]
    fetcher.documents.update(world.documents)
    rotated = world.token(header=svid_header("ES256", "new"), key=new)
    clock.now += COOL_DOWN_SECONDS - 1
    assert refusal(attacked, rotated) == "unknown_key"
    assert attacked.verify(GOOD["ES256"])
    clock.now += 1
    assert attacked.verify(rotated)
    assert refusal(attacked, GOOD["ES256"]) == "unknown_key"


def test_a_withdrawn_key_is_good_for_jwks_refresh_and_no_longer() -> None:
    world, clock = World(), Clock(0)
    fetcher = world.fetcher()
    attacked = verifier_of(world.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["RS256"])
    world.jwks["keys"] = [spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID)]
    fetcher.documents.update(world.documents)
    clock.now = 119
    assert attacked.verify(GOOD["RS256"])
    clock.now = 120
    assert refusal(attacked, GOOD["RS256"]) == "unknown_key"


def test_a_token_that_ends_while_its_key_is_held_is_refused_from_that_second_on() -> None:
    clock = Clock()
    attacked = verifier_of(WORLD.environment, fetcher=WORLD.fetcher(), clock=clock, monotonic_clock=Clock(0))
    assert attacked.verify(GOOD["ES256"])
    clock.now = NOW + 300
    assert refusal(attacked, GOOD["ES256"]) == "token_expired"


def test_while_the_issuer_is_down_the_last_good_keys_serve_for_a_bounded_time() -> None:
    fetcher, clock = WORLD.fetcher(), Clock(0)
    attacked = verifier_of(WORLD.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["ES256"])
    for url in list(fetcher.documents):
        fetcher.documents[url] = KeySetTooSlow("slow")
    clock.now = 120 + GRACE_SECONDS - 1
    assert attacked.verify(GOOD["ES256"])
    clock.now += 1
    with pytest.raises(KeySetTooSlow) as caught:
        attacked.verify(GOOD["ES256"])
    assert caught.value.temporary


def test_an_empty_key_set_is_believed_and_every_token_refused() -> None:
    world = World()
    world.jwks["keys"] = []
    attacked = world.verifier()
    for name in ("ES256", "RS256", "no kid"):
        assert refusal(attacked, GOOD[name]) == "unknown_key"


def test_a_bundle_that_goes_back_is_never_used_and_the_newer_one_stays() -> None:
    world, clock = World(), Clock(0)
    fetcher = world.fetcher()
    attacked = verifier_of(world.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    old, new = world.documents[BUNDLE_URL], issuer.private_key("P-384", 3)
    world.bundle.update(spiffe_sequence=13, keys=[spire_jwk("ES384", key=new, kid="new", use="jwt-svid")])
    fetcher.documents[BUNDLE_URL] = world.documents[BUNDLE_URL]
    signed_by_new = world.token(
        "ES384", header=svid_header("ES384", "new"), key=new, sub=PARTNERS_WORKLOAD, iss="https://partner.example"
    )
    assert attacked.verify(signed_by_new)
    fetcher.documents[BUNDLE_URL] = old
    for clock.now in (60, 300, 3_000):
        assert attacked.verify(signed_by_new)
        assert refusal(attacked, GOOD["the partner's"]) == "unknown_key", "its key was withdrawn with sequence 13"
    clock.now = 60 + GRACE_SECONDS
    for token in (signed_by_new, GOOD["the partner's"]):
        with pytest.raises(TrustBundleOutdated) as caught:
            attacked.verify(token)
    assert (caught.value.code, caught.value.temporary) == ("trust_bundle_outdated", True)
    world.bundle["spiffe_sequence"] = 14
    fetcher.documents[BUNDLE_URL] = world.documents[BUNDLE_URL]
    clock.now += 2
    assert attacked.verify(signed_by_new), "no restart is needed once the endpoint is up to date"


def test_every_alg_may_be_used_with_a_key_that_has_none_and_only_its_own_with_a_key_that_has_one() -> None:
    world = World()
    world.jwks["keys"] = [{**spire_jwk("RS256", key=RSA_KEY, kid=RSA_KEY_ID), "alg": "RS256"}]
    attacked = world.verifier()
    assert attacked.verify(GOOD["RS256"])
    for name in ("RS384", "RS512", "PS256", "PS384", "PS512"):
        assert verifier().verify(GOOD[name])
        assert refusal(attacked, GOOD[name]) == "unknown_key"


def test_keys_that_are_not_for_signatures_of_tokens_are_left_out_of_a_key_set() -> None:
    for use in ("enc", "x509-svid", "jwt-svid", "SIG", None, ["sig"]):
        world = World()
        world.jwks["keys"] = [spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID, use=use)]
        assert refusal(world.verifier(), GOOD["ES256"]) == "unknown_key", use
    world = World()
    world.jwks["keys"] = [spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID, use="sig")]
    assert world.verifier().verify(GOOD["ES256"])


def test_a_private_key_in_a_set_is_nobodys_key_any_more() -> None:
    world = World()
    world.jwks["keys"] = [spire_jwk("ES256", key=EC_KEY, kid=EC_KEY_ID, d="AQAB")]
    assert refusal(world.verifier(), GOOD["ES256"]) == "unknown_key"
