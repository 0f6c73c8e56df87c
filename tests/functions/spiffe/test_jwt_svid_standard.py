"""The JWT-SVID standard, clause by clause: every MUST of `standards/JWT-SVID.md` that is one for validators, or for
tokens that a validator gets, by its section; and SPIFFE-ID section 3, which is about documents of any kind.

MUSTs for who issues tokens and publishes bundles are held here from the other side: what breaks them is refused.
"""

import json
from typing import Any

import pytest

from jwt_verification.base64url import decode, encode
from jwt_verification.bearer import bearer_token
from jwt_verification.errors import JwtError
from spiffe_verifier.jwt_svid_verifier import ALGORITHMS, JwtSvidVerifier
from tests.functions import issuer
from tests.functions.spiffe.vectors import (
    AUDIENCE,
    EC_KEY_ID,
    PARTNERS_KEY,
    PARTNERS_WORKLOAD,
    WORKLOAD,
    WORLD,
    World,
    spire_jwk,
    svid_header,
    verifier,
)
from tests.functions.support import NOW, without


def refusal(token: object, attacked: JwtSvidVerifier | None = None) -> str:
    with pytest.raises(JwtError) as caught:
        (attacked or verifier()).verify(token)
    return caught.value.code


def with_keys(*keys: dict[str, Any]) -> JwtSvidVerifier:
    world = World()
    world.jwks["keys"] = list(keys)
    return world.verifier()


HEADER = svid_header("ES256", EC_KEY_ID)


def test_section_1_jws_json_serialization_must_not_be_used() -> None:
    head, payload, signature = WORLD.token().split(".")
    flattened = {"payload": payload, "protected": head, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
    for document in (flattened, general, {**flattened, "header": {"kid": EC_KEY_ID}}):
        for text in (json.dumps(document), encode(json.dumps(document).encode()).decode()):
            assert refusal(text) == "malformed_token"


@pytest.mark.parametrize(
    "name",
    ["cty", "x5t", "x5t#S256", "x5t#s256", "b64", "enc", "zip", "nonce", "url", "iss", "sub", "own", "ALG", ""],
)
def test_section_2_headers_not_described_must_not_be_included(name: str) -> None:
    assert refusal(WORLD.token(header={**HEADER, name: "a"})) == "unsupported_header"


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c", "crit"])
def test_section_2_headers_that_would_change_the_validation_are_refused_by_a_name_of_their_own(name: str) -> None:
    reason = "unsupported_critical_header" if name == "crit" else "embedded_key"
    assert refusal(WORLD.token(header={**HEADER, name: ["a"]})) == reason


def test_section_2_only_jws_is_supported() -> None:
    encrypted = {"alg": "RSA-OAEP", "enc": "A256GCM"}
    five = ".".join(encode(part).decode() for part in (json.dumps(encrypted).encode(), b"key", b"iv", b"text", b"tag"))
    assert refusal(five) == "malformed_token"
    assert refusal(WORLD.token(header=encrypted)) == "unsupported_algorithm"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_section_2_1_alg_must_be_one_of_the_nine_and_each_of_them_is_accepted(algorithm: str) -> None:
    key = issuer.key_for_algorithm(algorithm)
    token = WORLD.token(algorithm, header=svid_header(algorithm, "k"), key=key)
    assert with_keys(spire_jwk(algorithm, key=key, kid="k")).verify(token)


def test_section_2_1_the_nine_are_those_of_rfc_7518_sections_3_3_to_3_5() -> None:
    assert set(ALGORITHMS) == {f"{family}{size}" for family in ("RS", "ES", "PS") for size in (256, 384, 512)}


@pytest.mark.parametrize(
    "algorithm",
    ["HS256", "HS384", "HS512", "none", "None", "", "EdDSA", "Ed25519", "ES256K", "RS1", "es256", "ES256 ", "A128KW"],
)
def test_section_2_1_validators_must_reject_any_other_alg(algorithm: str) -> None:
    assert refusal(WORLD.token(header={**HEADER, "alg": algorithm})) == "unsupported_algorithm"


@pytest.mark.parametrize("algorithm", [None, 5, ["ES256"], {"ES256": 1}, True])
def test_section_2_1_an_alg_that_is_no_string_must_be_rejected(algorithm: object) -> None:
    assert refusal(WORLD.token(header={**HEADER, "alg": algorithm})) == "unsupported_algorithm"
    assert refusal(WORLD.token(header=without(HEADER, "alg"))) == "unsupported_algorithm"


def test_section_2_2_kid_is_optional_and_a_token_without_it_verifies_with_a_key_that_fits() -> None:
    pairs = [issuer.private_key("P-256", number) for number in (0, 5, 6)]
    several = with_keys(
        spire_jwk("ES384", key=PARTNERS_KEY, kid="another algorithm"),
        *(spire_jwk("ES256", key=pair, kid=str(number)) for number, pair in enumerate(pairs)),
    )
    for pair in pairs:
        assert several.verify(WORLD.token(header={"alg": "ES256"}, key=pair))
    assert (
        refusal(WORLD.token(header={"alg": "ES256"}, key=issuer.private_key("P-256", 7)), several)
        == "invalid_signature"
    )
    assert refusal(WORLD.token("RS256", header={"alg": "RS256"}), several) == "unknown_key"
    assert refusal(WORLD.token("ES384", header={"alg": "ES384"}, key=issuer.private_key("P-384", 7)), several) == (
        "invalid_signature"
    )


def test_section_2_2_a_key_without_kid_verifies_tokens_without_kid_and_no_others() -> None:
    nameless = with_keys(without(spire_jwk("ES256", key=issuer.private_key("P-256"), kid=""), "kid"))
    assert nameless.verify(WORLD.token(header={"alg": "ES256"}))
    assert refusal(WORLD.token(), nameless) == "unknown_key"


@pytest.mark.parametrize("kind", ["JWT", "JOSE", ...])
def test_section_2_3_typ_is_optional_and_may_be_jwt_or_jose(kind: object) -> None:
    assert verifier().verify(WORLD.token(header=without(HEADER, "typ") if kind is ... else {**HEADER, "typ": kind}))


@pytest.mark.parametrize("kind", ["jwt", "jose", "JWE", "at+jwt", "JWT ", "JOSE+JSON", "", None, 5, ["JWT"]])
def test_section_2_3_any_other_typ_must_not_be_set(kind: object) -> None:
    assert refusal(WORLD.token(header={**HEADER, "typ": kind})) == "unsupported_token_type"


def test_section_3_registered_and_private_claims_may_be_used() -> None:
    private: dict[str, Any] = {"jti": "1", "team": "payments", "https://example.com/roles": ["a", {"b": None}]}
    svid = verifier().verify(WORLD.token(**private))
    assert private.items() <= svid.claims.items()


def test_section_3_1_sub_must_be_the_spiffe_id() -> None:
    assert str(verifier().verify(WORLD.token()).spiffe_id) == WORKLOAD
    assert refusal(WORLD.token(payload=without(WORLD.claims(), "sub"))) == "missing_claim"
    for subject in ("", "alice", "https://company.internal/a", "company.internal/a", 5, None, [WORKLOAD], {}):
        assert refusal(WORLD.token(sub=subject)) == "malformed_spiffe_id"


def test_section_3_2_validators_must_reject_tokens_without_aud() -> None:
    assert refusal(WORLD.token(payload=without(WORLD.claims(), "aud"))) == "missing_claim"


def test_section_3_2_aud_must_contain_one_or_more_values() -> None:
    for audience in ([], ""):
        assert refusal(WORLD.token(aud=audience)) == "wrong_audience"
    for audience in (None, 5, {}, [None], [AUDIENCE, 5]):
        assert refusal(WORLD.token(aud=audience)) == "malformed_claim"


def test_section_3_2_validators_must_reject_tokens_whose_aud_does_not_have_their_own_value() -> None:
    for audience in (
        "api://other",
        ["api://other"],
        AUDIENCE.upper(),
        AUDIENCE + "/",
        AUDIENCE[:-1],
        f" {AUDIENCE}",
        WORKLOAD,
    ):
        assert refusal(WORLD.token(aud=audience)) == "wrong_audience"
    for audience in (AUDIENCE, [AUDIENCE], ["api://other", AUDIENCE]):
        assert AUDIENCE in verifier().verify(WORLD.token(aud=audience)).audience


def test_section_3_3_validators_must_reject_tokens_without_exp() -> None:
    assert refusal(WORLD.token(payload=without(WORLD.claims(), "exp"))) == "missing_claim"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
def test_section_4_validators_must_look_at_alg_before_anything_is_processed(algorithm: str) -> None:
    header = {**HEADER, "alg": algorithm, "typ": "at+jwt", "crit": ["a"], "jwk": {}, "kid": 5}
    fetcher = WORLD.fetcher()
    assert refusal(WORLD.token(header=header, payload=b"not JSON"), WORLD.verifier(fetcher)) == "unsupported_algorithm"
    assert fetcher.requests == []


def test_section_4_aud_and_exp_must_be_processed_as_rfc_7519_says() -> None:
    """RFC 7519 section 4.1.3: one case-sensitive string or several; section 4.1.4: not accepted on or after `exp`."""
    assert verifier().verify(WORLD.token(exp=NOW + 1)).expires_at == NOW + 1
    assert verifier().verify(WORLD.token(exp=NOW + 0.5)).expires_at == NOW
    for expiry in (NOW, NOW - 1, NOW - 0.5, 0, -1):
        assert refusal(WORLD.token(exp=expiry)) == "token_expired"
    for expiry in (str(NOW + 300), True, None, [NOW + 300], 10**20):
        assert refusal(WORLD.token(exp=expiry)) == "malformed_claim"
    assert refusal(WORLD.token(aud=AUDIENCE.title())) == "wrong_audience"


def test_section_4_nbf_is_processed_as_rfc_7519_says() -> None:
    """RFC 7519 section 4.1.5: not accepted before `nbf`."""
    for earliest in (NOW, NOW - 1, NOW - 0.5, 0):
        assert verifier().verify(WORLD.token(nbf=earliest))
    for earliest in (NOW + 1, NOW + 0.5):
        assert refusal(WORLD.token(nbf=earliest)) == "token_not_yet_valid"
    for earliest in (str(NOW), None, True, [0]):
        assert refusal(WORLD.token(nbf=earliest)) == "malformed_claim"


def test_section_4_signatures_are_validated_as_rfc_7515_says() -> None:
    head, payload, signature = WORLD.token().split(".")
    flipped = bytearray(decode(signature.encode()))
    flipped[0] ^= 1
    for other in (bytes(flipped), bytes(64), flipped[:-1], b""):
        assert refusal(f"{head}.{payload}.{encode(bytes(other)).decode()}") == "invalid_signature"
    changed = encode(json.dumps(WORLD.claims(sub=WORKLOAD + "-admin")).encode()).decode()
    assert refusal(f"{head}.{changed}.{signature}") == "invalid_signature"


def test_section_5_1_the_compact_serialization_must_be_used() -> None:
    token = WORLD.token()
    head, payload, signature = token.split(".")
    for other in (f"{head}.{payload}", f"{token}.", f".{token}", f"{token}.{signature}"):
        assert refusal(other) == "malformed_token"
    for other in (f"{head}..{signature}", ".."):
        assert refusal(other) == "not_json_object"
    for other in (f"{token}=", f"{token}\n", f" {token}", f"Bearer {token}"):
        assert refusal(other) == "not_base64url"


def test_section_5_2_over_http_it_is_the_bearer_token_of_authorization() -> None:
    assert verifier().verify(bearer_token(f"Bearer {WORLD.token()}"))


@pytest.mark.parametrize("use", ["sig", "enc", "x509-svid", "JWT-SVID", "jwt-svid ", "", None, 5, ["jwt-svid"], ...])
def test_section_6_1_use_must_be_jwt_svid_in_a_bundle(use: object) -> None:
    world = World()
    key = without(spire_jwk("ES384", key=PARTNERS_KEY, kid=EC_KEY_ID), "use")
    world.bundle["keys"] = [key if use is ... else {**key, "use": use}]
    assert refusal(WORLD.partners_token(), world.verifier()) == "unknown_key"


def test_section_6_1_kid_must_be_set_in_a_bundle() -> None:
    world = World()
    key = spire_jwk("ES384", key=PARTNERS_KEY, kid="", use="jwt-svid")
    for entry in (without(key, "kid"), {**key, "kid": ""}, {**key, "kid": None}):
        world.bundle["keys"] = [entry]
        for header in (svid_header("ES384", EC_KEY_ID), {"alg": "ES384"}):
            assert refusal(WORLD.partners_token(header=header), world.verifier()) == "unknown_key"


def test_section_6_2_implementations_must_extract_the_keys_for_jwt_svids_before_use() -> None:
    """The bundle's X.509 authority signs a token: neither by its `kid` nor without one is it a key for tokens."""
    x509 = issuer.private_key("P-384", 4)
    world = World()
    world.bundle["keys"].append(spire_jwk("ES384", key=x509, kid="x509-2", use="x509-svid", x5c=["MIIB"]))
    claims: dict[str, Any] = {"sub": PARTNERS_WORKLOAD, "iss": "https://partner.example"}
    named = world.token("ES384", header=svid_header("ES384", "x509-2"), key=x509, **claims)
    nameless = world.token("ES384", header={"alg": "ES384"}, key=x509, **claims)
    assert refusal(named, world.verifier()) == "unknown_key"
    assert refusal(nameless, world.verifier()) == "invalid_signature"
    assert world.verifier().verify(world.partners_token())


def test_section_6_2_a_bundle_without_keys_for_jwt_svids_is_of_a_trust_domain_that_has_none() -> None:
    world = World()
    world.bundle["keys"] = [key for key in world.bundle["keys"] if key["use"] != "jwt-svid"]
    assert refusal(world.partners_token(), world.verifier()) == "unknown_key"


def test_spiffe_id_section_3_an_svid_is_valid_where_an_authority_of_the_ids_own_trust_domain_signed_it() -> None:
    partners = verifier().verify(WORLD.partners_token())
    assert partners.trust_domain.name == "partner.example"
    by_the_partner = WORLD.token("ES384", header={"alg": "ES384"}, key=PARTNERS_KEY)
    assert refusal(by_the_partner) == "unknown_key"


def test_spiffe_id_section_3_2_the_spiffe_id_must_be_in_the_signed_part() -> None:
    unsigned = {**HEADER, "sub": WORKLOAD}
    assert refusal(WORLD.token(header=unsigned, payload=without(WORLD.claims(), "sub"))) == "unsupported_header"


def test_spiffe_id_section_3_3_a_document_of_another_kind_is_no_svid() -> None:
    for kind in ("at+jwt", "wit+jwt", "dpop+jwt", "secevent+jwt"):
        assert refusal(WORLD.token(header={**HEADER, "typ": kind})) == "unsupported_token_type"
