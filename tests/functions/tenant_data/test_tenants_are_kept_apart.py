"""Attacks on the function itself, with a store that protects nobody: whatever names another customer's row must look
exactly like a row that nobody has. (That IAM protects them as well is tested against the emulator.)"""

from typing import Any

import pytest

from jwt_verification.base64url import decode, encode
from tenant_data.operations import ITEM_RESOURCE, OPERATIONS, QUERY_NEXT_TOKEN
from tenant_data.rows import ForeignRow, key, require_owned, row_text
from tests.functions.tenant_data.support import ACME, LOOK_ALIKES, TenantData, event, page_key

ITEM_OPERATIONS = [operation for operation in OPERATIONS if operation.resource == ITEM_RESOURCE]
FORGED_CONTEXTS = [
    *("acme#1", "acme/1", "acme\n", " acme", "acme ", "acme\x00", "*", "ac*", "${x}", "-acme", ".acme", "a" * 65),
    *("\u0430cme", "acme\u0301", "\uff41cme", "acme\u200b"),  # Cyrillic, combining, full width, zero width
    *("", None, 1, True, ["acme"], {"S": "acme"}),
]


@pytest.fixture
def api() -> TenantData:
    return TenantData()


def attack(api: TenantData, operation: Any, customer: str, data_id: str, *, headers: dict[str, str]) -> Any:
    body = {"stolen": True, "version": 1} if operation.method == "PUT" else None
    return api(operation.method, customer=customer, data_id=data_id, body=body, headers=headers)


@pytest.mark.parametrize("customer", [*LOOK_ALIKES, "beta"])
@pytest.mark.parametrize("operation", ITEM_OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}], ids=["plain", "conditional"])
def test_rows_of_others_answer_exactly_as_rows_that_nobody_has(
    api: TenantData, operation: Any, customer: str, headers: dict[str, str]
) -> None:
    item = api.create(secret="acme's")
    before = api.rows.rows.copy()
    foreign = attack(api, operation, customer, item["data_id"], headers=headers)
    absent = attack(api, operation, customer, "00000000-0000-4000-8000-999999999999", headers=headers)
    assert foreign.raw == absent.raw
    assert foreign.status == 404
    assert api.rows.rows == before


@pytest.mark.parametrize("customer", [*LOOK_ALIKES, "beta"])
def test_lists_hold_rows_of_the_caller_only(api: TenantData, customer: str) -> None:
    api.create(secret="acme's")
    own = api.create(customer=customer, name="own")
    assert api("GET", customer=customer).body == {"customer_id": customer, "data": [own], "count": 1}
    assert "own" not in api("GET").text


def test_two_customers_may_have_a_row_with_the_same_id(api: TenantData) -> None:
    mine = api.create(name="mine")
    theirs = {**key("beta", mine["data_id"]), "name": {"S": "theirs"}, "version": {"N": "1"}}
    api.rows.rows["beta", mine["data_id"]] = theirs
    assert api("PUT", data_id=mine["data_id"], body={"name": "new", "version": 1}).status == 200
    assert api("DELETE", data_id=mine["data_id"]).status == 200
    assert api.rows.rows == {("beta", mine["data_id"]): theirs}


@pytest.mark.parametrize("claimed", FORGED_CONTEXTS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_customer_that_no_authorizer_gives_is_nobody(api: TenantData, operation: Any, claimed: Any) -> None:
    sent = event(operation.method, operation.resource, data_id=None, body={"a": 1})
    sent["requestContext"]["authorizer"]["customer_id"] = claimed
    answer = api.send(sent)
    assert answer.status == 403
    assert answer.body == {"message": "User is not authorized to perform this operation"}
    assert api.rows.calls == []
    assert "acme" not in api.log[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent["headers"].update({"customer_id": "acme", "X-Customer-Id": "acme", "Authorization": "acme"}),
        lambda sent: sent.update(stageVariables={"customer_id": "acme"}),
        lambda sent: sent["requestContext"].update(customer_id="acme", identity={"user": "acme"}),
        lambda sent: sent["requestContext"]["authorizer"].update(claims={"customer_id": "acme"}, principalId="acme"),
        lambda sent: sent.update(customer_id="acme", authorizer={"customer_id": "acme"}),
    ],
    ids=["headers", "stage variables", "request context", "other context members", "event"],
)
def test_a_claim_outside_the_verified_context_changes_nothing(api: TenantData, change: Any) -> None:
    item = api.create(secret="acme's")
    for operation in OPERATIONS:
        data_id = item["data_id"] if operation.resource == ITEM_RESOURCE else None
        body = {"a": 1, "version": 1} if operation.method == "PUT" else {"a": 1}
        plain = event(operation.method, customer="beta", data_id=data_id, body=body)
        forged = event(operation.method, customer="beta", data_id=data_id, body=body)
        change(forged)
        answer, expected = api.send(forged), api.send(plain)
        assert answer.status == expected.status
        assert "acme" not in answer.text
        # Without a customer of its own, the forged one is not taken either.
        del forged["requestContext"]["authorizer"]["customer_id"]
        assert api.send(forged).status == 403
    assert {customer for _, customer in api.rows.calls[1:]} == {"beta"}


def test_a_customer_named_in_the_query_or_the_body_is_refused(api: TenantData) -> None:
    answers = [api(o.method, query={"customer_id": ACME}, customer="beta", body={"a": 1}) for o in OPERATIONS[:2]]
    answers.append(api("POST", customer="beta", body={"customer_id": ACME, "a": 1}))
    assert [(answer.status, answer.body["field"]) for answer in answers] == [(400, "customer_id")] * 3


@pytest.mark.parametrize("customer", [*LOOK_ALIKES, "beta"])
def test_a_next_token_of_another_customer_is_refused_like_any_bad_one(api: TenantData, customer: str) -> None:
    api.create(name="a")
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    api.rows.calls.clear()
    swapped = api("GET", customer=customer, query={"nextToken": token})
    invented = api("GET", customer=customer, query={"nextToken": "AAAA"})
    assert swapped.raw == invented.raw
    assert (swapped.status, swapped.body["field"]) == (400, "nextToken")
    assert api.rows.calls == []


def test_a_next_token_with_any_bit_changed_is_refused(api: TenantData) -> None:
    api.create(name="a")
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    content = decode(token.encode())
    for position in range(len(content)):
        for bit in (1, 128):
            changed = bytearray(content)
            changed[position] ^= bit
            answer = api("GET", query={"nextToken": encode(bytes(changed)).decode()})
            assert (answer.status, answer.body["field"]) == (400, "nextToken")


@pytest.mark.parametrize("change", ["{}A", "A{}", "{}=", " {}", "{}\n", "{}{}"])
def test_a_next_token_in_any_other_writing_is_refused(api: TenantData, change: str) -> None:
    api.create(name="a")
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    assert api("GET", query={"nextToken": change.format(token, token)}).status == 400


def test_the_token_that_the_seeds_first_version_gave_out_means_nothing(api: TenantData) -> None:
    legacy = "eyJjdXN0b21lcl9pZCI6ICJ0ZXN0LWN1c3RvbWVyLTEiLCAiZGF0YV9pZCI6ICJzYW1wbGUtZGF0YS0yIn0="
    assert api("GET", query={"nextToken": legacy}).status == 400
    assert api("GET", query={"nextToken": legacy.rstrip("=")}).status == 400


def test_next_tokens_outlive_one_rotation_of_their_key_and_not_two(api: TenantData) -> None:
    api.create(name="a")
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    arn = next(iter(api.secrets.versions))[0]
    for number, status in ((1, 200), (2, 400)):
        api.secrets.rotate(arn, page_key(number))
        api.key_clock.now += 301
        assert api("GET", query={"nextToken": token}).status == status


def test_a_page_can_go_on_with_another_token_of_the_same_customer(api: TenantData) -> None:
    first, second = api.create(name="a"), api.create(name="b")
    body = api("GET", query={"limit": "1"}).body
    sent = event("GET", query={"nextToken": body["nextToken"]})
    sent["requestContext"]["authorizer"].update(key_id="another", token_id="another", Authorization="another")
    assert [*body["data"], *api.send(sent).body["data"]] == [first, second]


def test_an_idempotency_key_of_another_customer_is_a_new_one(api: TenantData) -> None:
    headers = {"Idempotency-Key": "same"}
    mine = api("POST", body={"name": "mine"}, headers=headers)
    theirs = api("POST", customer="beta", body={"name": "theirs"}, headers=headers)
    assert (mine.status, theirs.status) == (201, 201)
    assert theirs.item["data_id"] != mine.item["data_id"]
    assert "Idempotency-Replayed" not in theirs.headers


def test_a_foreign_row_from_a_store_that_failed_us_goes_nowhere(api: TenantData) -> None:
    item = api.create(secret="acme's")
    api.rows.rows["beta", item["data_id"]] = api.rows.rows[ACME, item["data_id"]]
    for answer in (api("GET", customer="beta"), api("GET", customer="beta", data_id=item["data_id"])):
        assert (answer.status, answer.body) == (500, {"error": "Internal server error"})
        assert api.last_record["detail"] == "ForeignRow"
    with pytest.raises(ForeignRow):
        row_text(api.rows.rows[ACME, item["data_id"]], "beta")
    with pytest.raises(ForeignRow):
        require_owned({"customer_id": {"S": ""}}, "")


@pytest.mark.parametrize(("customer_id", "data_id"), [("", "x"), ("x", ""), ("", "")])
def test_no_row_is_named_without_its_customer(customer_id: str, data_id: str) -> None:
    with pytest.raises(ValueError, match="named by its customer"):
        key(customer_id, data_id)


def test_every_way_to_name_a_row_is_attacked_here() -> None:
    """A new way in the list of operations needs an attack above; this names those that there are."""
    ways = {way for operation in OPERATIONS for way in operation.rows_from}
    assert ways == {"path:data_id", QUERY_NEXT_TOKEN, "body", "header:Idempotency-Key", "header:If-Match"}
