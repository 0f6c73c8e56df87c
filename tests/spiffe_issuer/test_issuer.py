"""The issuer publishes what SPIRE publishes, signs what SPIRE signs, and rotates with an overlap."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from jwt.utils import base64url_decode

from sandbox.spiffe_issuer.errors import KeyFileError
from sandbox.spiffe_issuer.issuer import MOST_TRUST_DOMAINS, SpiffeIssuer

BASE = "http://127.0.0.1:4566/_gatehouse/spiffe"
TRUST_DOMAIN = "company.internal"
ISSUER_URL = f"{BASE}/{TRUST_DOMAIN}"
API = "spiffe://company.internal/ns/prod/sa/api"
NOW = 1_900_000_000.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path, clock: Clock) -> SpiffeIssuer:
    return SpiffeIssuer(tmp_path / "keys", base_url=BASE, clock=clock)


def verified(token: str, key_set: dict[str, Any], audience: str = "api://poc") -> dict[str, Any]:
    """The claims, after PyJWT has verified the signature with the published key of the token's `kid`."""
    header = jwt.get_unverified_header(token)
    (key,) = (key for key in key_set["keys"] if key["kid"] == header["kid"])
    # The clock is not PyJWT's.
    return jwt.decode(
        token, jwt.PyJWK(key, algorithm=header["alg"]), [header["alg"]], audience=audience,
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip


def key_ids(document: dict[str, Any]) -> list[str]:
    return [key["kid"] for key in document["keys"]]


def test_a_token_is_a_jwt_svid_as_spire_signs_it(issuer: SpiffeIssuer) -> None:
    token = issuer.mint(TRUST_DOMAIN, {"sub": API, "aud": "api://poc", "ttl": 60})["token"]

    header = jwt.get_unverified_header(token)
    assert header == {"alg": "ES256", "typ": "JWT", "kid": key_ids(issuer.key_set(TRUST_DOMAIN))[0]}
    assert verified(token, issuer.key_set(TRUST_DOMAIN)) == {
        "sub": API, "aud": ["api://poc"], "iat": int(NOW), "exp": int(NOW) + 60, "iss": ISSUER_URL,
    }  # fmt: skip


def test_the_documents_have_the_members_of_spires(issuer: SpiffeIssuer) -> None:
    discovery, keys, bundle = (ask(TRUST_DOMAIN) for ask in (issuer.discovery, issuer.key_set, issuer.bundle))

    assert (discovery["issuer"], discovery["jwks_uri"]) == (ISSUER_URL, f"{ISSUER_URL}/keys")
    (key,), (authority,) = keys["keys"], bundle["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg"}
    assert set(authority) == {"kty", "crv", "x", "y", "kid", "use"}
    assert (key["alg"], authority["use"]) == ("ES256", "jwt-svid")
    assert (bundle["spiffe_sequence"], bundle["spiffe_refresh_hint"]) == (1, 300)


@pytest.mark.parametrize(
    ("key_type", "algorithm", "members"),
    [("ec-p384", "ES384", {"kty", "crv", "x", "y"}), ("rsa-2048", "RS256", {"kty", "n", "e"})],
)
def test_a_rotation_changes_the_type_of_the_key(
    issuer: SpiffeIssuer, key_type: str, algorithm: str, members: set[str]
) -> None:
    issuer.rotate(TRUST_DOMAIN, {"key_type": key_type})

    token = issuer.mint(TRUST_DOMAIN, {"sub": API, "aud": ["api://poc"]})["token"]
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    assert verified(token, issuer.key_set(TRUST_DOMAIN))["sub"] == API
    assert set(issuer.bundle(TRUST_DOMAIN)["keys"][0]) == members | {"kid", "use"}


def test_a_rotated_key_stays_published_for_the_overlap_and_no_longer(issuer: SpiffeIssuer, clock: Clock) -> None:
    token = issuer.mint(TRUST_DOMAIN, {"sub": API, "aud": "api://poc"})["token"]
    answer = issuer.rotate(TRUST_DOMAIN, {"overlap_seconds": 300})

    old = jwt.get_unverified_header(token)["kid"]
    assert answer["published"] == [answer["key_id"], old]
    assert verified(token, issuer.key_set(TRUST_DOMAIN))["sub"] == API
    assert issuer.bundle(TRUST_DOMAIN)["spiffe_sequence"] == 2
    clock.now += 299
    assert key_ids(issuer.key_set(TRUST_DOMAIN)) == [answer["key_id"], old]
    clock.now += 1
    assert key_ids(issuer.key_set(TRUST_DOMAIN)) == [answer["key_id"]]
    assert issuer.bundle(TRUST_DOMAIN)["spiffe_sequence"] == 3


def test_a_later_rotation_does_not_lengthen_an_overlap(issuer: SpiffeIssuer, clock: Clock) -> None:
    first = key_ids(issuer.key_set(TRUST_DOMAIN))[0]
    issuer.rotate(TRUST_DOMAIN, {"overlap_seconds": 10})
    issuer.rotate(TRUST_DOMAIN, {"overlap_seconds": 1000})
    clock.now += 10
    assert first not in key_ids(issuer.key_set(TRUST_DOMAIN))


def test_a_stolen_key_is_gone_at_once(issuer: SpiffeIssuer) -> None:
    answer = issuer.rotate(TRUST_DOMAIN, {"overlap_seconds": 0})
    assert key_ids(issuer.key_set(TRUST_DOMAIN)) == [answer["key_id"]]


def test_trust_domains_have_keys_of_their_own(issuer: SpiffeIssuer) -> None:
    partner = "spiffe://partner.example/batch"
    token = issuer.mint("partner.example", {"sub": partner, "aud": "api://poc"})["token"]

    assert verified(token, issuer.key_set("partner.example"))["iss"] == f"{BASE}/partner.example"
    assert not set(key_ids(issuer.key_set("partner.example"))) & set(key_ids(issuer.key_set(TRUST_DOMAIN)))


def test_tokens_outlive_a_restart_and_only_the_user_reads_the_keys(tmp_path: Path, clock: Clock) -> None:
    before = SpiffeIssuer(tmp_path / "keys", base_url=BASE, clock=clock)
    before.mint(TRUST_DOMAIN, {"sub": API, "aud": "api://poc"})
    before.rotate(TRUST_DOMAIN, {"key_type": "rsa-2048"})
    after = SpiffeIssuer(tmp_path / "keys", base_url=BASE, clock=clock)

    assert after.bundle(TRUST_DOMAIN) == before.bundle(TRUST_DOMAIN)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_damaged_keys_are_told_and_not_replaced(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / f"{TRUST_DOMAIN}.json"
    file.write_text('{"sequence": 1, "keys": [{}]}')
    with pytest.raises(KeyFileError, match="is damaged: delete it"):
        SpiffeIssuer(tmp_path, base_url=BASE, clock=clock).key_set(TRUST_DOMAIN)
    assert file.read_text() == '{"sequence": 1, "keys": [{}]}'


def test_an_attacker_gets_what_no_issuer_would_sign_only_by_asking_for_it(issuer: SpiffeIssuer) -> None:
    attack = {
        "unchecked": True, "sub": "spiffe://company.internal/a/../b",
        "claims": {"exp": 1, "iss": None}, "headers": {"alg": "none", "kid": None, "crit": ["x"]},
    }  # fmt: skip
    token = issuer.mint(TRUST_DOMAIN, attack)["token"]

    header, claims = (json.loads(base64url_decode(part)) for part in token.split(".")[:2])
    assert header == {"alg": "none", "typ": "JWT", "crit": ["x"]}
    assert claims == {"sub": "spiffe://company.internal/a/../b", "exp": 1, "iat": int(NOW)}


OTHERS = "spiffe://other.internal/ns/prod/sa/api"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"aud": "a"}, '"sub" must be a SPIFFE ID of this trust domain'),
        ({"sub": OTHERS, "aud": "a"}, '"sub" must be a SPIFFE ID of this trust domain'),
        ({"sub": "spiffe://company.internal/", "aud": "a"}, '"sub" is no SPIFFE ID'),
        ({"sub": "spiffe://company.internal/a/./b", "aud": "a"}, '"sub" is no SPIFFE ID'),
        ({"sub": "spiffe://company.internal/a%2fb", "aud": "a"}, '"sub" is no SPIFFE ID'),
        ({"sub": f"spiffe://company.internal/{'a' * 2023}", "aud": "a"}, '"sub" is no SPIFFE ID'),
        ({"sub": API}, '"aud" must be an audience'),
        ({"sub": API, "aud": []}, '"aud" must be an audience'),
        ({"sub": API, "aud": ["a", 1]}, '"aud" must hold texts only'),
        ({"sub": API, "aud": "a", "ttl": 0}, '"ttl" must be a whole number'),
        ({"sub": API, "aud": "a", "ttl": True}, '"ttl" must be a whole number'),
        ({"sub": API, "aud": "a", "claims": {"exp": 1}}, 'need "unchecked": true'),
        ({"sub": API, "aud": "a", "headers": {"alg": "none"}}, 'need "unchecked": true'),
        ({"sub": API, "aud": "a", "audience": "a"}, "unknown member 'audience'"),
        ({"sub": API, "aud": "a", "unchecked": "yes"}, '"unchecked" must be true or false'),
        ({"sub": API, "aud": "a", "claims": []}, '"claims" must be a JSON object'),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_the_reason(
    issuer: SpiffeIssuer, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        issuer.mint(TRUST_DOMAIN, asked)


def test_a_spiffe_id_of_2048_bytes_is_signed(issuer: SpiffeIssuer) -> None:
    longest = f"spiffe://company.internal/{'a' * 2022}"
    assert len(longest) == 2048
    token = issuer.mint(TRUST_DOMAIN, {"sub": longest, "aud": "api://poc"})["token"]
    assert verified(token, issuer.key_set(TRUST_DOMAIN))["sub"] == longest


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"key_type": "hmac"}, '"key_type" must be one of ec-p256'),
        ({"key_type": ["ec-p256"]}, '"key_type" must be one of ec-p256'),
        ({"overlap_seconds": -1}, '"overlap_seconds" must be'),
        ({"overlap": 1}, "unknown member 'overlap'"),
    ],
)
def test_a_rotation_that_is_asked_wrongly_changes_nothing(
    issuer: SpiffeIssuer, asked: dict[str, Any], message: str
) -> None:
    before = issuer.bundle(TRUST_DOMAIN)
    with pytest.raises(ValueError, match=message):
        issuer.rotate(TRUST_DOMAIN, asked)
    assert issuer.bundle(TRUST_DOMAIN) == before


@pytest.mark.parametrize("name", ["", "Company.internal", "company.internal:1", "a/b", "ä", "a" * 256, "..%2f"])
def test_what_is_no_trust_domain_gets_no_keys(issuer: SpiffeIssuer, tmp_path: Path, name: str) -> None:
    asks: list[Callable[[str], Any]] = [issuer.discovery, issuer.key_set, issuer.bundle]
    for ask in asks:
        with pytest.raises(ValueError, match="a trust domain is"):
            ask(name)
    assert not (tmp_path / "keys").exists()


def test_nobody_fills_the_disk_with_trust_domains(issuer: SpiffeIssuer) -> None:
    for number in range(MOST_TRUST_DOMAINS):
        issuer.key_set(f"domain-{number}")
    with pytest.raises(ValueError, match="trust domains already"):
        issuer.key_set("one-more")
    assert issuer.key_set("domain-0")["keys"]
