"""SPIFFE Trust Domain and Bundle, and what of SPIFFE Federation is for who fetches bundles, clause by clause.

MUSTs for who publishes are held from the other side: a document that breaks one is refused, or the entry left out.
"""

import json
from typing import Any

import pytest

from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import KeySetError, KeySetMalformed
from jwt_verification.key_set_fetcher import InMemoryKeySets
from spiffe_verifier.bundle_keys import BundledKeys, trust_bundle_key_source
from spiffe_verifier.errors import TrustBundleOutdated
from tests.functions import issuer
from tests.functions.spiffe.vectors import BUNDLE_URL, EC_KEY_ID, GOOD, PARTNERS_KEY, WORLD, World, spire_jwk
from tests.functions.support import Clock, without

KEY = spire_jwk("ES384", key=PARTNERS_KEY, kid=EC_KEY_ID, use="jwt-svid")
SECOND = spire_jwk("ES256", key=issuer.private_key("P-256", 6), kid="second", use="jwt-svid")


class Endpoint:
    """A bundle endpoint and who loads from it."""

    def __init__(self) -> None:
        self.fetcher = InMemoryKeySets({})
        self.keys = BundledKeys(BUNDLE_URL, fetcher=self.fetcher)

    def load(self, *keys: Any, **members: Any) -> Any:
        self.fetcher.documents[BUNDLE_URL] = json.dumps({"keys": keys, **members}).encode()
        return self.keys.load()

    def loads(self, *keys: Any, **members: Any) -> bool:
        try:
            return self.load(*keys, **members).find(EC_KEY_ID, "ES384") is not None
        except TrustBundleOutdated:
            return False


def refusal(world: World, token: str) -> str:
    with pytest.raises(JwtError) as caught:
        world.verifier().verify(token)
    return caught.value.code


def test_section_3_validators_must_choose_the_bundle_of_the_trust_domain_that_the_svid_resides_in() -> None:
    fetcher = WORLD.fetcher()
    verifier = WORLD.verifier(fetcher)
    verifier.verify(GOOD["the partner's"])
    assert fetcher.requests == [BUNDLE_URL]
    verifier.verify(GOOD["ES256"])
    assert BUNDLE_URL not in fetcher.requests[1:]


def test_section_4_1_no_other_parameter_must_be_required_and_any_may_be_there() -> None:
    assert Endpoint().loads(KEY)
    assert Endpoint().loads(KEY, spiffe_sequence=1, spiffe_refresh_hint=1, other={"a": [1]}, issuer=5)


@pytest.mark.parametrize("value", ["1", 1.0, 1.5, True, None, [1], {}, -1, 2**64])
@pytest.mark.parametrize("name", ["spiffe_sequence", "spiffe_refresh_hint"])
def test_sections_4_1_1_and_4_1_2_sequence_and_refresh_hint_must_be_integers(name: str, value: object) -> None:
    with pytest.raises(KeySetMalformed, match=name):
        Endpoint().load(KEY, **{name: value})


def test_section_4_1_1_a_sequence_must_only_increase_so_that_a_lower_one_never_replaces_a_higher() -> None:
    endpoint = Endpoint()
    assert endpoint.loads(KEY, spiffe_sequence=5)
    for older in (4, 1, 0):
        with pytest.raises(TrustBundleOutdated, match="lower"):
            endpoint.load(KEY, spiffe_sequence=older)
    assert endpoint.loads(KEY, spiffe_sequence=5), "the same bundle again"
    assert endpoint.loads(KEY, spiffe_sequence=7), "numbers may be left out"
    assert not endpoint.loads(KEY, spiffe_sequence=6)


def test_section_4_1_1_a_sequence_has_at_least_64_bits_of_precision() -> None:
    endpoint = Endpoint()
    assert endpoint.loads(KEY, spiffe_sequence=2**63 + 1)
    assert not endpoint.loads(KEY, spiffe_sequence=2**63), "one lower; a float could not tell them apart"
    assert endpoint.loads(KEY, spiffe_sequence=2**64 - 1)


def test_section_4_1_1_only_a_bundle_that_is_good_counts() -> None:
    endpoint = Endpoint()
    with pytest.raises(KeySetError):
        endpoint.load(*[KEY] * 65, spiffe_sequence=100)
    with pytest.raises(KeySetMalformed):
        endpoint.load(KEY, spiffe_sequence=100, spiffe_refresh_hint="soon")
    assert endpoint.loads(KEY, spiffe_sequence=2)


@pytest.mark.parametrize(("hint", "age"), [(0, 10), (5, 10), (60, 60), (2_419_200, 120), (None, 120)])
def test_section_4_1_2_the_refresh_hint_is_followed_within_bounds(hint: int | None, age: int) -> None:
    clock = Clock(0)
    document = json.dumps({"keys": [KEY], **({} if hint is None else {"spiffe_refresh_hint": hint})}).encode()
    fetcher = InMemoryKeySets({BUNDLE_URL: document})
    keys = trust_bundle_key_source(BUNDLE_URL, fetcher=fetcher, clock=clock, maximum_age_seconds=120)
    keys.key_for(EC_KEY_ID, "ES384")
    assert keys.seconds_until_stale() == age
    clock.now = age - 1
    keys.key_for(EC_KEY_ID, "ES384")
    assert len(fetcher.requests) == 1
    clock.now = age
    keys.key_for(EC_KEY_ID, "ES384")
    assert len(fetcher.requests) == 2


def test_section_4_1_3_keys_must_be_present_and_an_array() -> None:
    endpoint = Endpoint()
    for document in (b"{}", b'{"keys":null}', b'{"keys":{}}', b'{"keys":"a"}', b'{"spiffe_sequence":1}', b"[]", b""):
        endpoint.fetcher.documents[BUNDLE_URL] = document
        with pytest.raises(KeySetMalformed):
            endpoint.keys.load()


@pytest.mark.parametrize(
    "unknown",
    [
        {**KEY, "kty": "OKP", "crv": "Ed25519"},
        {**KEY, "kty": "AKP"},
        {**KEY, "kty": 5},
        {"kty": "oct", "k": "AAAA", "kid": "a", "use": "jwt-svid"},
        {**KEY, "use": "wit-svid"},
        {**KEY, "use": "x509-svid", "x5c": ["MIIB"]},
        "key",
        None,
    ],
)
def test_section_4_1_3_clients_must_ignore_entries_with_unknown_types_or_uses_and_use_the_others(unknown: Any) -> None:
    keys = Endpoint().load(unknown, SECOND)
    assert keys.find("second", "ES256") is not None
    assert keys.find(EC_KEY_ID, "ES384") is None
    assert sum(keys.left_out.values()) == 1


@pytest.mark.parametrize("keys", [[], [{**KEY, "use": "sig"}], [{**KEY, "kty": "OKP"}]], ids=["empty", "use", "type"])
def test_section_4_1_3_with_an_effectively_empty_bundle_all_svids_must_be_treated_as_invalid(keys: list[Any]) -> None:
    world = World()
    world.bundle["keys"] = keys
    for name in ("the partner's", "the partner's, no kid"):
        assert refusal(world, GOOD[name]) == "unknown_key"
    assert world.verifier().verify(GOOD["ES256"]), "of the other trust domain"


def test_section_4_1_3_a_bundle_that_becomes_empty_revokes_what_was_published() -> None:
    endpoint = Endpoint()
    assert endpoint.loads(KEY, spiffe_sequence=1)
    assert not endpoint.loads(spiffe_sequence=2)


def test_section_4_2_1_kty_must_be_set() -> None:
    assert Endpoint().load(without(KEY, "kty"), SECOND).left_out == {"unsupported_key_type": 1}


def test_section_4_2_2_use_must_be_set_and_is_case_sensitive() -> None:
    for entry in (without(KEY, "use"), {**KEY, "use": "JWT-SVID"}, {**KEY, "use": "Jwt-Svid"}, {**KEY, "use": None}):
        assert Endpoint().load(entry, SECOND).left_out == {"key_for_another_use": 1}


def test_section_5_2_a_key_that_two_trust_domains_share_vouches_in_each_for_its_own_ids_only() -> None:
    world = World()
    shared = issuer.private_key("P-256", 8)
    world.jwks["keys"] = [spire_jwk("ES256", key=shared, kid="shared")]
    world.bundle["keys"] = [spire_jwk("ES256", key=shared, kid="shared", use="jwt-svid")]
    header = {"alg": "ES256", "kid": "shared"}
    own = world.token(header=header, key=shared)
    partners = world.token(header=header, key=shared, sub="spiffe://partner.example/a", iss="https://partner.example")
    assert world.verifier().verify(own).trust_domain.name == "company.internal"
    assert world.verifier().verify(partners).trust_domain.name == "partner.example"
    stranger = world.token(header=header, key=shared, sub="spiffe://third.example/a")
    assert refusal(world, stranger) == "wrong_trust_domain"


def test_federation_section_4_2_a_bundle_without_a_sequence_counts_as_the_latest() -> None:
    endpoint = Endpoint()
    assert endpoint.loads(KEY, spiffe_sequence=5)
    assert endpoint.loads(KEY)
    assert not endpoint.loads(KEY, spiffe_sequence=4), "what was seen is not forgotten over it"
    assert endpoint.loads(KEY, spiffe_sequence=5)


def test_federation_section_4_2_contents_of_different_bundles_must_not_be_merged() -> None:
    header = {"alg": "ES384", "kid": EC_KEY_ID}
    assert refusal(WORLD, WORLD.token("ES384", header=header, key=PARTNERS_KEY)) == "unknown_key"


def test_federation_section_5_2_1_1_the_endpoints_url_must_be_https_without_userinfo() -> None:
    for url in ("http://partner.example/b", "ftp://partner.example/b", "https://user@partner.example/b"):
        with pytest.raises(ValueError, match="is not fetched"):
            trust_bundle_key_source(url, fetcher=InMemoryKeySets({}))
    for url in ("https://partner.example", "https://partner.example:8443/a/b?version=1"):
        assert trust_bundle_key_source(url, fetcher=InMemoryKeySets({}))
