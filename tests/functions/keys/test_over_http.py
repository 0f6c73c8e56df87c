"""The key routes over HTTP in the sandbox, with real archives and IAM: the seed's walk, and attacks on the way."""

import threading
import uuid
from collections.abc import Iterator

import pytest

from api_keys.key_text import new_key
from authorizer.policy_document import message_for
from tests.functions.hostile_tokens import MALFORMED, GoodToken, attacks, texts
from tests.functions.keys.deployed import DeployedKeys
from tests.functions.keys.world import INVALID, parts_of
from tests.gateway.rest_api import Answer
from tests.support.sandbox import RunningSandbox


@pytest.fixture(scope="module")
def deployed(sandbox: RunningSandbox) -> Iterator[DeployedKeys]:
    made = DeployedKeys(sandbox)
    yield made
    made.close()


@pytest.fixture
def customer_id() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def good_token(deployed: DeployedKeys) -> GoodToken:
    """A token that the exchange has issued, with the key that it was signed with."""
    exchanged = deployed.auth(deployed.create(f"acme-{uuid.uuid4().hex[:12]}"))
    header, claims = parts_of(exchanged.json["token"])
    return GoodToken(header=header, claims=claims, raw_key=deployed.signing_key(header["kid"]))


def test_the_walk_of_the_seed(deployed: DeployedKeys, customer_id: str) -> None:
    created = deployed.admin("POST", body={"customer_id": customer_id, "customer_name": "Customer Name"})
    assert (created.status, set(created.json)) == (201, {"api_key", "customer_id", "message"})
    exchanged = deployed.auth(created.json["api_key"])
    assert (exchanged.status, exchanged.json["expires_in"]) == (200, 3600)
    answer = deployed.data(exchanged.json["token"])
    assert (answer.status, answer.json["customer_id"], answer.json["principalId"]) == (200, customer_id, customer_id)
    revoked = deployed.admin("DELETE", f"/admin/keys/{customer_id}")
    assert (revoked.status, revoked.json) == (200, {"message": f"API key for customer {customer_id} revoked"})
    assert (deployed.auth(created.json["api_key"]).status, deployed.data(exchanged.json["token"]).status) == (401, 401)


def test_a_denial_says_why_as_in_the_seed(deployed: DeployedKeys, customer_id: str) -> None:
    key = deployed.create(customer_id)
    token = deployed.auth(key).json["token"]
    deployed.admin("DELETE", f"/admin/keys/{customer_id}/{key.partition('.')[0]}")
    answer = deployed.data(token)
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized: Token revoked"})
    refused = deployed.admin("GET", f"/admin/keys/{customer_id}", key="wrong")
    assert (refused.status, refused.json) == (401, {"message": "Unauthorized: Admin key unknown"})


@pytest.mark.parametrize("customer", ["acme#1", "acme/x", "acme%2Fx", "acme%00", "%D0%B0cme", ".."])
def test_a_customer_id_that_is_none_is_a_4xx_in_the_path_too(deployed: DeployedKeys, customer: str) -> None:
    assert 400 <= deployed.admin("DELETE", f"/admin/keys/{customer}").status < 500


def test_a_key_of_another_tenant_and_keys_that_are_none_are_answered_alike(
    deployed: DeployedKeys, customer_id: str
) -> None:
    good, other = deployed.create(customer_id), deployed.create(f"{customer_id}-1")
    for wrong in (
        f"{good.partition('.')[0]}.{other.partition('.')[2]}",
        good[:-1],
        good.replace(".", "..", 1)[:-1],
        "\u0430" * 76,
        new_key().text,
    ):
        answer = deployed.auth(wrong)
        assert (answer.status, answer.json) == (401, INVALID)
    assert deployed.auth("k" * 100_000).status == 413


def test_a_key_is_locked_out_and_no_header_helps(deployed: DeployedKeys, customer_id: str) -> None:
    key = deployed.create(customer_id)
    wrong = key.partition(".")[0] + "." + new_key().text.partition(".")[2]
    for number in range(3):
        assert deployed.auth(wrong, **{"X-Forwarded-For": f"203.0.113.{number}"}).status == 401
    locked = deployed.auth(key, **{"X-Forwarded-For": "198.51.100.1"})
    assert locked.status == 429
    assert 0 < int(locked.headers["retry-after"]) <= 300
    assert deployed.auth("", **{"X-API-Key": key}).status == 429
    assert deployed.auth(deployed.create(customer_id)).status == 200


def test_the_header_is_as_good_as_the_body(deployed: DeployedKeys, customer_id: str) -> None:
    key = deployed.create(customer_id)
    answer = deployed.api.call("/auth", method="POST", headers={"X-API-Key": key})
    assert answer.status == 200
    assert deployed.data(answer.json["token"]).json["key_id"] == key.partition(".")[0]
    wrong = deployed.api.call("/auth", method="POST", headers={"X-API-Key": key[:-1]})
    assert (wrong.status, wrong.json) == (401, INVALID)


@pytest.mark.parametrize("code", ["unsupported_algorithm", "invalid_signature", *MALFORMED])
def test_a_good_token_that_is_changed_is_refused_for_what_was_changed(
    deployed: DeployedKeys, good_token: GoodToken, code: str
) -> None:
    assert deployed.data(good_token.signed()).status == 200
    for what, token in texts(attacks(good_token)[code]).items():
        if token.isascii() and token.isprintable():
            answer = deployed.data(token)
            assert (answer.status, answer.json) == (401, {"message": f"Unauthorized: {message_for(code)}"}), what


def test_creations_at_once_each_make_a_key(deployed: DeployedKeys, customer_id: str) -> None:
    answers: list[Answer] = []
    body = {"customer_id": customer_id, "customer_name": "n"}

    def create() -> None:
        answers.append(deployed.admin("POST", body=body))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [answer.status for answer in answers] == [201] * 4
    keys = {answer.json["api_key"] for answer in answers}
    assert {deployed.auth(key).status for key in keys} == {200}
    assert deployed.admin("GET", f"/admin/keys/{customer_id}").json["count"] == 4


def test_both_secrets_are_rotated_under_load_without_a_refusal(deployed: DeployedKeys, customer_id: str) -> None:
    key = deployed.create(customer_id)
    refused: list[str] = []
    stop = threading.Event()

    def use_tokens() -> None:
        while not stop.is_set():
            exchanged = deployed.auth(key)
            answer = deployed.data(exchanged.json["token"]) if exchanged.status == 200 else exchanged
            if answer.status != 200:
                refused.append(f"token {answer.status} {answer.body!r}")

    def use_admin_key() -> None:
        while not stop.is_set():
            answer = deployed.admin("GET", f"/admin/keys/{customer_id}")
            if answer.status != 200:
                refused.append(f"admin {answer.status} {answer.body!r}")

    threads = [threading.Thread(target=use_tokens), threading.Thread(target=use_admin_key)]
    for thread in threads:
        thread.start()
    old_admin_key = deployed.admin_key
    # The signing key once: whoever signs may keep a key for a minute, and two rotations within it are none of AWS's.
    deployed.rotate(deployed.signing_secret, "hs256-signing-key")
    for _ in range(2):
        deployed.rotate(deployed.admin_secret, "admin-api-key")
        for _ in range(3):
            assert deployed.admin("GET", f"/admin/keys/{customer_id}").status == 200
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    assert refused == []
    assert deployed.admin("GET", f"/admin/keys/{customer_id}", key=old_admin_key).status == 401


def test_what_happened_is_in_the_audit_trail_and_no_secret_is_in_any_log(
    deployed: DeployedKeys, customer_id: str
) -> None:
    key = deployed.create(customer_id)
    token = deployed.auth(key).json["token"]
    deployed.auth(key[:-1])
    deployed.admin("DELETE", f"/admin/keys/{customer_id}")
    deployed.data(token)
    deployed.admin("GET", f"/admin/keys/{customer_id}", key="wrong-admin-key")
    records = deployed.emulator.records()
    mine = [(record["action"], record["outcome"]) for record in records if record["customer_id"] == customer_id]
    assert sorted(mine) == [
        ("create_key", "requested"),
        ("create_key", "succeeded"),
        ("exchange_key", "succeeded"),
        ("revoke_customer", "requested"),
        ("revoke_customer", "succeeded"),
    ]
    denied = {(record["action"], record["reason"]) for record in records if record["outcome"] == "denied"}
    assert {
        ("exchange_key", "malformed_api_key"),
        ("use_token", "token_revoked"),
        ("use_admin_key", "admin_key_unknown"),
    } <= denied
    assert {record["source"] for record in records} == {"127.0.0.1"}
    logs = deployed.sandbox.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    everything = "".join(
        event["message"] for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]
    )
    assert customer_id in everything
    for secret in (key.partition(".")[2], token, deployed.admin_key, "wrong-admin-key"):
        assert secret not in everything
