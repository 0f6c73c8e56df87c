"""What the contract lets a caller send is what the functions take, body by body and header by header."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.functions.keys.world import World
from tests.functions.tenant_contract.answers import ID
from tests.functions.tenant_data.support import TenantData
from tests.support.openapi import contract

NAMES = st.sampled_from(
    ["name", "value", "customer_id", "data_id", "created_at", "updated_at", "version", "", "n" * 129]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(NAMES, children, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(NAMES | st.text(min_size=1, max_size=5), VALUES, max_size=6)
KEY_REQUESTS = st.dictionaries(
    st.sampled_from(["customer_id", "customer_name", "label", "expires_in_days", "more"]),
    st.sampled_from(
        ["customer-123", "a" * 64, "a" * 65, "acme#1", "", "  ", ".", "a" * 201, 1, 0, 3650, 3651, None, True]
    ),
)


def documented(schema: str, body: Any) -> bool:
    """Whether the contract lets a caller send this body."""
    return contract().schema_problems(f"/components/schemas/{schema}", body) == []


@given(body=FIELDS)
def test_new_fields_are_taken_where_the_contract_has_them(body: Any) -> None:
    assert (TenantData()("POST", body=body).status == 201) == documented("NewFields", body)


@given(body=FIELDS, if_match=st.booleans())
def test_replacing_fields_are_taken_where_the_contract_has_them(body: Any, if_match: bool) -> None:
    api = TenantData()
    api.create()
    answer = api("PUT", data_id=ID, body=body, headers={"If-Match": '"1"'} if if_match else {})
    as_documented = documented("ReplacingFields", body)
    if as_documented and (body.get("version", 1) != 1 if if_match else "version" not in body):
        # What no schema says: the version is needed in one of the two places, and equal in both.
        assert (answer.status, answer.body["field"]) == (400, "version")
    else:
        assert (answer.status in (200, 409)) == as_documented


@pytest.mark.parametrize(
    ("count", "taken"), [(0, False), (1, True), (100, True), (101, False)], ids=lambda value: str(value)
)
def test_the_number_of_fields_has_the_documented_bounds(count: int, taken: bool) -> None:
    fields = {f"field{number}": number for number in range(count)}
    api = TenantData()
    api.create()
    assert (api("POST", body=fields).status == 201, documented("NewFields", fields)) == (taken, taken)
    versioned = {**fields, "version": 1}
    answer = api("PUT", data_id=ID, body=versioned)
    assert (answer.status == 200, documented("ReplacingFields", versioned)) == (taken, taken)


@given(body=KEY_REQUESTS)
def test_requests_for_keys_are_taken_where_the_contract_has_them(body: Any) -> None:
    world = World()
    for customer_id in ("customer-123", "a" * 64):
        world.create(customer_id)
    answer = world.admin("POST", body=body)
    assert (answer.status == 201) == documented("KeyRequest", body), answer


@pytest.mark.parametrize(
    "body", [{}, {"api_key": "x"}, {"api_key": 1}, {"api_key": "x", "more": 1}, {"api_key": ""}, []]
)
def test_requests_for_tokens_are_looked_at_where_the_contract_has_them(body: Any) -> None:
    assert (World().auth(body=body).status == 401) == documented("TokenRequest", body)


@pytest.mark.parametrize("limit", ["0", "1", "100", "101", "01", "1.5", "x", "-1", ""])
def test_limits_are_taken_where_the_contract_has_them(limit: str) -> None:
    # A number in a query is its digits; there are no leading zeros in JSON either.
    value = int(limit) if limit.isdecimal() and str(int(limit)) == limit else limit
    place = "/paths/~1data/get/parameters/0/schema"
    assert (TenantData()("GET", query={"limit": limit}).status == 200) == (
        contract().schema_problems(place, value) == []
    )


@pytest.mark.parametrize("key", ["a", "!", "~" * 255, "~" * 256, "", " ", "a b", "\u00e4", "a\n"])
def test_idempotency_keys_are_taken_where_the_contract_has_them(key: str) -> None:
    answer = TenantData()("POST", body={"name": "a"}, headers={"Idempotency-Key": key})
    place = "/paths/~1data/post/parameters/0/schema"
    assert (answer.status == 201) == (contract().schema_problems(place, key) == [])


@pytest.mark.parametrize(
    "tag", ['"1"', '"0"', '"01"', "1", "*", 'W/"1"', '"1", "2"', '"999999999999999"', '"1\n"', '"1"\n']
)
def test_versions_in_if_match_are_taken_where_the_contract_has_them(tag: str) -> None:
    api = TenantData()
    api.create()
    answer = api("DELETE", data_id=ID, headers={"If-Match": tag})
    assert (answer.status in (200, 409)) == (contract().schema_problems("/components/schemas/EntityTag", tag) == [])


@pytest.mark.parametrize("name", ["a", "a" * 64, "a" * 65, "", ".a", "a.b_c-d", "a#b", "\u0430cme", "a\n", "a/b", "9"])
def test_ids_are_taken_where_the_contract_has_them(name: str) -> None:
    assert (TenantData()("GET", data_id=name).status == 404) == documented("DataId", name)
    found = World().admin("GET", "/admin/keys/{customer_id}", customer_id=name)
    assert (found.status == 404) == documented("CustomerId", name)
