"""The attack table at the level of functions: each is denied with its status and reason, and no function is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.functions import issuer
from tests.functions.partners.authority import DAY, START, Authority, certificate
from tests.functions.partners.world import POOL, READ, WRITE, Answer, World


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What an attacker sends, and what it gets."""

    send: Callable[[World, str], Answer]
    status: int
    reason: str


def _other_authority(world: World) -> str:
    return Authority("Partners 2026", number=77).issue()


def _suspended(world: World, pem: str) -> str:
    world.set_status(certificate(pem), "suspended")
    return pem


def _revoked(world: World, pem: str) -> str:
    world.set_status(certificate(pem), "revoked")
    return pem


def _client_suspended(world: World, pem: str) -> str:
    world.set_client_status("suspended")
    return pem


def _expired(world: World) -> str:
    pem = world.authority.issue(serial=5, not_after=START + DAY)
    world.register(pem)
    world.advance(DAY.total_seconds() + 1)
    return pem


def _not_yet_valid(world: World) -> str:
    pem = world.authority.issue(serial=6, not_before=START + DAY)
    world.register(pem)
    return pem


CERTIFICATES: dict[str, tuple[Callable[[World, str], str | None], int, str]] = {
    "no certificate": (lambda world, pem: None, 401, "certificate_missing"),
    "a certificate of another authority of the same name": (
        lambda world, pem: _other_authority(world), 401, "certificate_unknown"
    ),
    "the right authority, not registered": (
        lambda world, pem: world.authority.issue(serial=9), 401, "certificate_unknown"
    ),
    "expired": (lambda world, pem: _expired(world), 401, "certificate_expired"),
    "not yet valid": (lambda world, pem: _not_yet_valid(world), 401, "certificate_not_yet_valid"),
    "suspended": (_suspended, 403, "certificate_suspended"),
    "revoked a moment ago": (_revoked, 403, "certificate_revoked"),
    "a client that is suspended": (_client_suspended, 403, "client_suspended"),
    "two certificates in one text": (lambda world, pem: pem + pem, 401, "certificate_malformed"),
    "a text before the certificate": (lambda world, pem: "Subject: acme\n" + pem, 401, "certificate_malformed"),
    "no PEM at all": (lambda world, pem: "acme", 401, "certificate_malformed"),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/token", "/health", "/protected"])
@pytest.mark.parametrize("attack", CERTIFICATES)
def test_a_certificate_that_must_not_pass_reaches_nothing(world: World, pem: str, path: str, attack: str) -> None:
    prepare, status, reason = CERTIFICATES[attack]
    token = world.bound_token(certificate(pem))  # a good one, for whoever gets as far as that
    bad = prepare(world, pem)
    if path == "/protected" and attack not in ("no certificate",) and status == 401 and bad is not None:
        with_binding = reason != "certificate_malformed"
        token = world.bound_token(certificate(bad)) if with_binding else token
    answers = {
        "/token": lambda: world.post_token(bad),
        "/health": lambda: world.health(bad),
        "/protected": lambda: world.protected(bad, token),
    }
    answer = answers[path]()
    assert (answer.status, answer.denial) == (status, reason)
    assert world.reached == []
    assert world.cognito.requests == []
    record = world.trail.records[-1]
    assert (record["outcome"], record["reason"]) == ("denied", reason)
    assert record["source"] == "192.0.2.10"
    if reason not in ("certificate_missing", "certificate_malformed"):
        assert bad is not None
        assert record["certificate"] == certificate(bad).fingerprint


def _foreign_key(world: World, pem: str) -> str:
    """A token of another pool: its key has our key's id, its `iss` says ours."""
    claims = world.claims(cnf={"x5t#S256": certificate(pem).thumbprint})
    return world.token(claims, key=issuer.private_key("RSA", 1))


def _bound(**members: Any) -> Callable[[World, str], str]:
    return lambda world, pem: world.bound_token(certificate(pem), **members)


def _with_header(**members: Any) -> Callable[[World, str], str]:
    def token(world: World, pem: str) -> str:
        claims = world.claims(cnf={"x5t#S256": certificate(pem).thumbprint})
        return issuer.token("RS256", header_part={"kid": issuer.KEY_ID, "alg": "RS256", **members}, payload=claims)

    return token


TOKENS: dict[str, tuple[Callable[[World, str], str | None], int, str]] = {
    "no token": (lambda world, pem: None, 401, "missing_token"),
    "a token without cnf": (lambda world, pem: world.token(world.claims()), 401, "binding_missing"),
    "a cnf without a thumbprint": (_bound(cnf={"jkt": "x"}), 401, "binding_missing"),
    "a cnf that is a text": (_bound(cnf="x5t#S256"), 401, "binding_missing"),
    "a cnf that is null": (_bound(cnf=None), 401, "binding_missing"),
    "a thumbprint that is a number": (_bound(cnf={"x5t#S256": 5}), 401, "binding_malformed"),
    "a thumbprint of another hash": (_bound(cnf={"x5t#S256": "AAAA"}), 401, "binding_malformed"),
    "a thumbprint that differs in its last bits": (_bound(cnf={"x5t#S256": "A" * 43}), 401, "binding_mismatch"),
    "a token from another pool whose iss says ours": (_foreign_key, 401, "invalid_signature"),
    "another pool's iss": (_bound(iss=POOL + "2"), 401, "wrong_issuer"),
    "an ID token": (_bound(token_use="id"), 401, "wrong_token_use"),
    "expired": (_bound(exp=1), 401, "token_expired"),
    "not yet valid": (_bound(nbf=4_000_000_000), 401, "token_not_yet_valid"),
    "the client id of another app client": (_bound(client_id="app-beta", sub="app-beta"), 401, "wrong_client"),
    "a client id that is a list": (_bound(client_id=["app-acme"]), 401, "malformed_claim"),
    "no client id": (lambda world, pem: _without(world, pem, "client_id"), 401, "missing_claim"),
    "no scope": (lambda world, pem: _without(world, pem, "scope"), 401, "missing_claim"),
    "a scope that is a list": (_bound(scope=[READ]), 401, "malformed_claim"),
    "another scope": (_bound(scope=WRITE), 403, "insufficient_scope"),
    "a scope that begins like the right one": (_bound(scope=READ + "er"), 403, "insufficient_scope"),
    "alg none": (_with_header(alg="none"), 401, "unsupported_algorithm"),
    "alg HS256": (_with_header(alg="HS256"), 401, "unsupported_algorithm"),
    "a key in its header": (_with_header(jwk={"kty": "RSA"}), 401, "embedded_key"),
    "an address of keys in its header": (_with_header(jku="https://evil.example/jwks"), 401, "embedded_key"),
    "an unknown key": (_with_header(kid="other"), 401, "unknown_key"),
}


def _without(world: World, pem: str, name: str) -> str:
    claims = world.claims(cnf={"x5t#S256": certificate(pem).thumbprint})
    del claims[name]
    return world.token(claims)


@pytest.mark.parametrize("attack", TOKENS)
def test_a_token_that_must_not_pass_reaches_nothing(world: World, pem: str, attack: str) -> None:
    make, status, reason = TOKENS[attack]
    answer = world.protected(pem, make(world, pem))
    assert (answer.status, answer.denial) == (status, reason)
    assert world.reached == []
    assert world.audited == [("use_bound_token", "denied", reason)]


def test_a_token_of_one_client_is_worth_nothing_with_the_certificate_of_another(world: World, pem: str) -> None:
    other = world.authority.issue("beta", serial=2)
    world.register(other, "beta")
    token = world.post_token(pem).body["access_token"]
    assert world.protected(pem, token).status == 200
    answer = world.protected(other, token)
    assert (answer.status, answer.denial) == (401, "binding_mismatch")


def test_a_token_is_worth_nothing_with_another_certificate_of_the_same_client(world: World, pem: str) -> None:
    renewed = world.authority.issue(serial=3)
    world.register(renewed)
    token = world.post_token(pem).body["access_token"]
    assert world.protected(renewed, token).denial == "binding_mismatch"


def test_a_token_replayed_after_the_revocation_is_refused_however_warm_the_caches(world: World, pem: str) -> None:
    token = ""
    for _ in range(3):
        token = world.post_token(pem).body["access_token"]
        assert world.protected(pem, token).status == 200
    assert len(world.cognito.requests) == 1
    world.reached.clear()
    world.set_status(certificate(pem), "revoked")
    answers = (world.protected(pem, token), world.post_token(pem), world.health(pem))
    assert [(answer.status, answer.denial) for answer in answers] == [(403, "certificate_revoked")] * 3
    assert world.reached == []


def test_the_registry_is_asked_for_every_request_however_often_a_certificate_comes(world: World, pem: str) -> None:
    token = world.post_token(pem).body["access_token"]
    before = len(world.registry.reads)
    for _ in range(5):
        assert world.protected(pem, token).status == 200
    assert world.registry.reads[before:] == [certificate(pem).fingerprint] * 5


def test_a_scope_that_the_registry_takes_away_ends_before_the_token_does(world: World, pem: str) -> None:
    token = world.post_token(pem).body["access_token"]
    record = world.registry.records[certificate(pem).fingerprint]
    world.registry.records[record.fingerprint] = record.changed(scopes=frozenset({WRITE}))
    answer = world.protected(pem, token)
    assert (answer.status, answer.denial) == (403, "insufficient_scope")


@pytest.mark.parametrize("header", ["X-Client-Cert", "X-Amzn-Mtls-Clientcert", "X-Forwarded-Client-Cert", "clientCert"])
def test_a_certificate_in_a_header_is_none(world: World, pem: str, header: str) -> None:
    answer = world.protected(None, world.bound_token(certificate(pem)), **{header: pem})
    assert (answer.status, answer.denial) == (401, "certificate_missing")
    assert world.call("GET", "/health", pem=None, headers={header: pem}).denial == "certificate_missing"


def test_a_token_sent_twice_with_two_values_is_ambiguous(world: World, pem: str) -> None:
    token = world.bound_token(certificate(pem))
    authorizer = world.authorizers["/protected"]
    from tests.functions.partners.world import event
    from tests.functions.support import STAGE_ARN

    sent = event("GET", "/protected", pem=pem, headers={"Authorization": f"Bearer {token}"})
    sent["multiValueHeaders"]["Authorization"] = ["Bearer other", f"Bearer {token}"]
    assert authorizer.refuses({**sent, "type": "REQUEST", "methodArn": f"{STAGE_ARN}/GET/protected"}) == (
        "ambiguous_header"
    )


def test_a_verdict_about_another_certificate_is_none(world: World, pem: str) -> None:
    """Should anybody let API Gateway cache decisions, one for A still gives B nothing."""
    from tests.functions.partners.world import event
    from tests.functions.support import LAMBDA_CONTEXT

    other = world.authority.issue("beta", serial=2)
    context = {
        "verdict": "identified",
        "client_id": "acme",
        "app_client_id": "app-acme",
        "certificate_sha256": certificate(pem).thumbprint,
        "scopes": READ,
        "status": "active",
    }
    for method, path, status in (("POST", "/token", 401), ("GET", "/health", 403), ("GET", "/protected", 403)):
        for stolen in (context, {**context, "verdict": "yes"}, {}, {"verdict": "identified"}):
            sent = event(method, path, pem=other)
            sent["requestContext"]["authorizer"] = dict(stolen)
            assert world.functions[path](sent, LAMBDA_CONTEXT)["statusCode"] == status
    assert world.cognito.requests == []
