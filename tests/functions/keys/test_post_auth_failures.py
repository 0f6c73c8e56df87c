"""`POST /auth` when something does not answer: closed, and 503 with Retry-After; and what is recorded of exchanges."""

import json

from api_keys.key_text import new_key
from audit_trail.trail import AuditUnavailable
from secret_store.errors import SecretUnavailable
from tests.functions.keys.world import DOWN, SOURCE, World, event, parts_of
from tests.functions.support import LAMBDA_CONTEXT


def test_without_the_counts_of_failures_nobody_may_try(world: World) -> None:
    key = world.create()
    world.exchange_store.failure = DOWN
    for answer in (world.auth(key), world.auth_by_header(key), world.auth(new_key().text)):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert "token" not in repr(answer.body)


def test_a_guess_that_cannot_be_counted_is_not_answered(world: World) -> None:
    key = world.create()
    world.exchange_store.counting_failure = DOWN
    assert world.auth(new_key().text).status == 503
    assert world.auth_by_header(new_key().text).status == 503
    assert world.auth(key).status == 200


def test_without_a_signing_key_there_is_no_token(world: World) -> None:
    key = world.create()
    world.secrets.failure = SecretUnavailable("down")
    answer = world.auth(key)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_token_that_cannot_be_recorded_is_not_issued(world: World) -> None:
    key = world.create()
    world.trail.failures = [AuditUnavailable("down")]
    answer = world.auth(key)
    assert (answer.status, "token" in answer.body) == (503, False)
    assert world.metrics("KeyExchanges")[-1]["reason"] == "audit_unavailable"


def test_a_denial_that_cannot_be_recorded_stays_one_and_goes_to_the_log(world: World) -> None:
    world.trail.failures = [AuditUnavailable("down")]
    assert world.auth(new_key().text).status == 401
    assert world.auth(new_key().text).status == 401
    lost = world.metrics("AuditRecordsLost")
    assert [line["record"]["reason"] for line in lost] == ["unknown_api_key"] * 2
    assert not world.trail.records
    world.advance(5)
    world.auth(new_key().text)
    assert world.audited == [("exchange_key", "denied", "unknown_api_key")]


def test_exchanges_and_denials_are_recorded_with_why_and_whose_but_no_secret(world: World) -> None:
    key = world.create()
    key_id, _, secret = key.partition(".")
    wrong_secret = new_key().text.partition(".")[2]
    token = world.token(key)
    world.auth(f"{key_id}.{wrong_secret}")
    world.auth_by_header("nonsense")
    world.revoke(key_id=key_id)
    world.auth(key)
    exchanges = [record for record in world.trail.records if record["action"] == "exchange_key"]
    assert [(record["outcome"], record["reason"]) for record in exchanges] == [
        ("succeeded", ""),
        ("denied", "wrong_api_key_secret"),
        ("denied", "malformed_api_key"),
        ("denied", "revoked_api_key"),
    ]
    assert (exchanges[0]["customer_id"], exchanges[0]["key_id"]) == ("customer-123", key_id)
    assert exchanges[0]["token_id"] == parts_of(token)[1]["jti"]
    assert (exchanges[1]["key_id"], exchanges[1]["claimed_key_id"]) == ("", key_id)
    assert {record["source"] for record in exchanges} == {SOURCE}
    everything = repr((world.trail.records, world.log, world.exchange_authorizer.log))
    assert not any(text in everything for text in (secret, wrong_secret, token, "nonsense"))


def test_exchanges_denials_and_lock_outs_are_counted(world: World) -> None:
    key = world.create()
    world.token(key)
    wrong = key.partition(".")[0] + "." + new_key().text.partition(".")[2]
    for _ in range(7):
        world.auth(wrong)
    counted = [(line["outcome"], line["reason"]) for line in world.metrics("KeyExchanges")]
    assert counted[:5] == [("succeeded", "good_key"), *[("denied", "wrong_api_key_secret")] * 4]
    assert counted[5:] == [("denied", "key_locked_out")] * 3
    assert [line["kind"] for line in world.metrics("LockOuts")] == ["key"]
    [directive] = world.metrics("KeyExchanges")[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [[], ["outcome"], ["outcome", "reason"]]


def test_a_defect_is_told_to_nobody_but_the_log(world: World) -> None:
    key = world.create()
    world.exchange_store.failure = RuntimeError("secret detail")
    sent = event("POST", "/auth", body={"api_key": key})
    sent["requestContext"]["authorizer"] = {"principalId": "key-exchange", "exchange": "permitted"}
    answer = world.exchange_function(sent, LAMBDA_CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])) == (500, {"error": "Internal server error"})
    assert "secret detail" not in repr(world.log)
