"""Cognito's trigger: a thumbprint only with a proof of `POST /token`, and otherwise no token at all."""

from typing import Any

import pytest

from client_certificates.binding_proof import MAXIMUM_AGE_SECONDS, binding_metadata
from jwt_verification.base64url import encode
from pre_token_generation.handler import TokenRefused
from secret_store.errors import SecretUnavailable
from tests.functions.partners.authority import certificate
from tests.functions.partners.world import READ, WRITE, World
from tests.functions.support import KEY, KEY_ID, NOW, OTHER_KEY

THUMBPRINT = encode(bytes(range(32))).decode()


def proof(**members: Any) -> dict[str, str]:
    """A good proof, with what it is made from replaced."""
    given: dict[str, Any] = {
        "app_client_id": "app-acme",
        "scopes": [READ],
        "thumbprint": THUMBPRINT,
        "now": NOW,
        "key_id": KEY_ID,
        "key": KEY,
    }
    return binding_metadata(**{**given, **members})


def trigger(world: World, metadata: Any, *, app_client_id: str = "app-acme", **members: Any) -> Any:
    return world.trigger(world.trigger_event(app_client_id, [READ], metadata, **members), None)


def test_a_proved_thumbprint_becomes_the_confirmation_of_the_access_token(world: World) -> None:
    answer = trigger(world, proof())
    details = answer["response"]["claimsAndScopeOverrideDetails"]
    assert details["accessTokenGeneration"]["claimsToAddOrOverride"] == {"cnf": {"x5t#S256": THUMBPRINT}}
    assert details["idTokenGeneration"] == {}
    assert answer["callerContext"]["clientId"] == "app-acme"  # the event, echoed
    assert world.metrics("TokenBindings")[-1]["outcome"] == "bound"


FORGED: dict[str, tuple[Any, str]] = {
    "nothing": (None, "binding_proof_missing"),
    "nothing of ours": ({"environment": "dev"}, "binding_proof_missing"),
    "a thumbprint alone": ({"thumbprint": THUMBPRINT}, "binding_proof_malformed"),
    "a MAC that is made up": ({**proof(), "mac": encode(bytes(32)).decode()}, "binding_proof_invalid"),
    "a MAC that is cut": ({**proof(), "mac": proof()["mac"][:-3]}, "binding_proof_invalid"),
    "no MAC": ({**proof(), "mac": ""}, "binding_proof_malformed"),
    "a MAC that is a list": ({**proof(), "mac": ["x"]}, "binding_proof_malformed"),
    "a MAC with another key": (proof(key=OTHER_KEY), "binding_proof_invalid"),
    "a key that nobody has": (proof(key_id="other"), "binding_proof_of_unknown_key"),
    "another thumbprint": ({**proof(), "thumbprint": encode(bytes(32)).decode()}, "binding_proof_invalid"),
    "another app client's proof": (proof(app_client_id="app-beta"), "binding_proof_invalid"),
    "a proof for other scopes": (proof(scopes=[WRITE]), "binding_proof_invalid"),
    "a proof for more scopes": (proof(scopes=[READ, WRITE]), "binding_proof_invalid"),
    "a later time": ({**proof(), "issued_at": str(NOW + 1)}, "binding_proof_invalid"),
    "a proof that is too old": (proof(now=NOW - MAXIMUM_AGE_SECONDS - 1), "binding_proof_expired"),
    "a proof from the future": (proof(now=NOW + 6), "binding_proof_expired"),
    "a time that is no number": ({**proof(), "issued_at": "now"}, "binding_proof_malformed"),
    "a time of many digits": ({**proof(), "issued_at": "9" * 200}, "binding_proof_malformed"),
    "a time in other digits": ({**proof(), "issued_at": "\u0661"}, "binding_proof_malformed"),
    "a thumbprint that is none": (proof(thumbprint="acme"), "binding_proof_malformed"),
    "a thumbprint with padding": ({**proof(), "thumbprint": THUMBPRINT + "="}, "binding_proof_malformed"),
    "a member without end": ({**proof(), "key_id": "k" * 10_000}, "binding_proof_malformed"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_metadata_ends_without_a_token(world: World, case: str) -> None:
    metadata, reason = FORGED[case]
    with pytest.raises(TokenRefused) as caught:
        trigger(world, metadata)
    assert caught.value.args == (reason,)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert world.metrics("TokenBindings")[-1]["outcome"] == "refused"


@pytest.mark.parametrize("age", [0, MAXIMUM_AGE_SECONDS, -5])
def test_a_proof_is_good_for_a_minute_and_a_small_difference_of_clocks(world: World, age: int) -> None:
    assert trigger(world, proof(now=NOW - age))


EVENTS: dict[str, tuple[dict[str, Any], str]] = {
    "a person who signs in": ({"triggerSource": "TokenGeneration_Authentication"}, "other_trigger_source"),
    "a hosted login": ({"triggerSource": "TokenGeneration_HostedAuth"}, "other_trigger_source"),
    "a refreshed token": ({"triggerSource": "TokenGeneration_RefreshTokens"}, "other_trigger_source"),
    "version 2": ({"version": "2"}, "other_event_version"),
    "version 1": ({"version": "1"}, "other_event_version"),
    "no caller": ({"callerContext": {}}, "malformed_event"),
    "no request": ({"request": None}, "malformed_event"),
    "no scopes": ({"request": {"clientMetadata": proof()}}, "malformed_event"),
    "empty scopes": ({"request": {"scopes": [], "clientMetadata": proof()}}, "malformed_event"),
    "scopes that are a text": ({"request": {"scopes": READ, "clientMetadata": proof()}}, "malformed_event"),
    "metadata that is a list": ({"request": {"scopes": [READ], "clientMetadata": ["x"]}}, "malformed_event"),
}


@pytest.mark.parametrize("case", EVENTS)
def test_every_other_kind_of_event_ends_without_a_token(world: World, case: str) -> None:
    members, reason = EVENTS[case]
    with pytest.raises(TokenRefused, match=reason):
        trigger(world, proof(), **members)


@pytest.mark.parametrize("event", [None, [], "event", 5, {}])
def test_what_is_no_event_ends_without_a_token(world: World, event: Any) -> None:
    with pytest.raises(TokenRefused, match="malformed_event"):
        world.trigger(event, None)


def test_without_the_key_there_is_no_token(world: World) -> None:
    world.secrets.failure = SecretUnavailable("down")
    with pytest.raises(TokenRefused, match="secret_unavailable"):
        trigger(world, proof())
    world.secrets.failure = None
    world.advance(2)
    assert trigger(world, proof(now=world.clock.now))


def test_the_proofs_of_the_key_before_are_good_until_the_next_rotation(world: World) -> None:
    world.rotate_binding_key(1)
    assert trigger(world, proof())
    world.rotate_binding_key(2)
    world.advance(301)  # past what is kept of the keys
    with pytest.raises(TokenRefused, match="unknown_key"):
        trigger(world, proof(now=world.clock.now))


def test_the_token_endpoint_called_directly_with_the_secret_gives_nothing(world: World, pem: str) -> None:
    """Somebody who has the app client's secret, but not our key, asks Cognito itself."""
    world.post_token(pem)
    [(_, _, good)] = world.cognito.requests
    stolen = certificate(world.authority.issue("thief", serial=66)).thumbprint
    for metadata in ({}, {"thumbprint": stolen}, {**good, "thumbprint": stolen}):
        with pytest.raises(TokenRefused):
            world.trigger(world.trigger_event("app-acme", [READ, WRITE], metadata), None)
    # What was overheard gives the same binding again, for a minute.
    again = world.trigger(world.trigger_event("app-acme", [READ, WRITE], good), None)
    claims = again["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"]
    assert claims == {"cnf": {"x5t#S256": certificate(pem).thumbprint}}


def test_nothing_of_the_event_is_logged_but_the_app_client(world: World) -> None:
    trigger(world, proof())
    with pytest.raises(TokenRefused):
        trigger(world, {**proof(), "mac": "c2VjcmV0"})
    log = "".join(world.log)
    assert "app-acme" in log
    for secret in (proof()["mac"], "c2VjcmV0", THUMBPRINT, READ):
        assert secret not in log
