"""Bodies: exact numbers, bounds on everything, and 4xx with the field for whatever is not a customer's item."""

import base64
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api_responses.json_body import parse_object
from tenant_data.numbers import number_text
from tests.functions.generated_events import anything
from tests.functions.tenant_data.support import TenantData, event

# Not a fixture: hypothesis runs many examples with one. What it holds from earlier examples does not matter here.
API = TenantData(limit=10**9)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


def raw(body: str) -> Any:
    """The answer to a POST of this text."""
    return API("POST", body=body)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("100", "100"),
        ("10.5", "10.5"),
        ("10.0", "10"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e999", "0"),
        ("1e3", "1000"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1.10", "1.1"),
        ("123456789012345678901234567890.12345678", "123456789012345678901234567890.12345678"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ("100000000000000000000000000000000000000", "1E+38"),
        ("1e125", "1E+125"),
        ("-9.9999999999999999999999999999999999999e125", "-9.9999999999999999999999999999999999999E+125"),
        ("1e-130", "1E-130"),
        ("1e-10", "0.0000000001"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_a_number_is_answered_with_the_value_that_was_sent(sent: str, answered: str) -> None:
    created = raw(f'{{"value": {sent}, "list": [{sent}], "object": {{"value": {sent}}}}}')
    assert created.status == 201, created
    read = API("GET", data_id=created.item["data_id"])
    for answer in (created, read):
        assert answer.text.count(f'"value": {answered}}}') == 2
        assert f"[{answered}]" in answer.text
    assert Decimal(sent) == Decimal(answered)


@pytest.mark.parametrize("number", ["1e126", "-1e126", "1e-131", "1" * 39, "0." + "1" * 39])
def test_a_number_that_cannot_be_kept_exactly_is_refused_with_its_field(number: str) -> None:
    answer = raw(f'{{"a": {{"b": [1, {number}]}}}}')
    assert (answer.status, answer.body["field"]) == (400, "a.b[1]")
    assert answer.body["error"].startswith("The number ")


@pytest.mark.parametrize(
    "number",
    [
        "1e999999999999999999999999",
        "1e-999999999999999999999999",
        "1" * 5_000,
        "1e" + "9" * 5_000,
        "9.99e125" + "0" * 20,
    ],
)
def test_a_number_beyond_any_bound_is_refused(number: str) -> None:
    assert raw(f'{{"a": {number}}}').status == 400


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_no_json_numbers_are_refused(word: str) -> None:
    assert raw(f'{{"a": {word}}}').body == {"error": "NaN and Infinity are not JSON", "field": "body"}


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers().map(Decimal))
@example(Decimal("1E+1000000"))
@example(Decimal("-0E-1000000"))
def test_every_number_is_kept_exactly_or_refused(number: Decimal) -> None:
    try:
        text = number_text(number)
    except ValueError:
        digits = "".join(map(str, number.as_tuple().digits)).strip("0")
        assert len(digits) > 38 or not -130 <= number.adjusted() <= 125
        return
    assert Decimal(text) == number
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == number
    assert number_text(Decimal(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_as_json_comes_back_as_the_same_float(number: float) -> None:
    if number and not 1e-120 < abs(number) < 1e125:
        return
    assert float(number_text(Decimal(json.dumps(number)))) == number


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=6) | JSON_VALUES)
def test_any_json_is_created_as_sent_or_refused_with_a_field(document: Any) -> None:
    answer = raw(json.dumps(document))
    assert answer.status in (201, 400)
    if answer.status == 400:
        assert set(answer.body) == {"error", "field"}
        return
    stored = {name: value for name, value in answer.item.items() if name in document}
    assert _close(stored, document)
    assert API("GET", data_id=answer.item["data_id"]).item == answer.item


def _close(ours: Any, theirs: Any) -> bool:
    """Compare with floats for numbers: Python reads our exact text and `json.dumps`' text as the same float."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_close(ours[name], theirs[name]) for name in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_close, ours, theirs))
    if isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=0, abs_tol=0)
    return bool(ours == theirs)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example("")
@example("null")
@example("[]")
@example('{"a": 1} {}')
@example('{"a": "\ud800"}')
@example('{"a": "\\ud800"}')
@example('{"\\udfff": 1}')
@example("\ufeff{}")
@example("[" * 60_000)
@example('{"a":' * 13_000)
@example('{"a": 1, "a": 2}')
@example('{"a": {"b": 1, "b": 1}}')
@example('{"a": "' + "\\u0000" * 3 + '"}')
def test_any_text_is_created_or_refused_and_never_a_fault(text: str) -> None:
    assert raw(text).status in (201, 400)


@given(st.binary(max_size=200))
def test_any_bytes_as_base64_are_created_or_refused_and_never_a_fault(content: bytes) -> None:
    sent = {**event("POST", body=base64.b64encode(content).decode()), "isBase64Encoded": True}
    assert API.send(sent).status in (201, 400)


@given(st.text())
def test_what_is_no_base64_is_refused_and_never_a_fault(text: str) -> None:
    assert API.send({**event("POST", body=text), "isBase64Encoded": True}).status in (201, 400)


def test_base64_is_decoded() -> None:
    body = base64.b64encode('{"name": "ä"}'.encode()).decode()
    assert API.send({**event("POST", body=body), "isBase64Encoded": True}).item["name"] == "ä"


def test_text_beyond_ascii_and_beyond_the_basic_plane_comes_back() -> None:
    text = "ä \u0000 \u2028 \U0001f600 \x7f"
    assert raw(json.dumps({"name": text, text: 1})).item[text] == 1
    assert raw(json.dumps({"name": text}, ensure_ascii=False)).item["name"] == text


@pytest.mark.parametrize("name", ["customer_id", "data_id", "created_at", "updated_at", "version"])
def test_a_reserved_field_cannot_be_set(name: str) -> None:
    answer = raw(json.dumps({"name": "a", name: "x"}))
    assert (answer.status, answer.body) == (400, {"error": "Set by the service; leave it out", "field": name})
    item = API.create(name="a")
    answer = API("PUT", data_id=item["data_id"], body={"name": "b", "version": 1, name: "x"})
    assert (answer.status, answer.body["field"]) == (400, name)


def test_reserved_names_are_free_below_the_top() -> None:
    assert raw('{"a": {"customer_id": "x", "version": 7}}').item["a"] == {"customer_id": "x", "version": 7}


def test_an_item_has_1_to_100_fields() -> None:
    assert raw("{}").body == {"error": "Send 1 to 100 fields", "field": "body"}
    assert raw(json.dumps({f"f{number}": 1 for number in range(100)})).status == 201
    assert raw(json.dumps({f"f{number}": 1 for number in range(101)})).status == 400


def test_names_have_1_to_128_characters_at_every_level() -> None:
    assert raw(json.dumps({"n" * 128: {"n" * 128: 1}})).status == 201
    for document in ({"": 1}, {"n" * 129: 1}, {"a": {"": 1}}, {"a": [{"n" * 129: 1}]}):
        answer = raw(json.dumps(document))
        assert (answer.status, answer.body["error"]) == (400, "A field's name has 1 to 128 characters")


def test_values_nest_at_most_eight_deep() -> None:
    def nested(depth: int) -> str:
        return '{"a": ' + "[" * (depth - 1) + "1" + "]" * (depth - 1) + "}"

    assert raw(nested(8)).status == 201
    answer = raw(nested(9))
    assert (answer.status, answer.body["error"]) == (400, "Nested more than 8 deep")
    assert answer.body["field"] == "a" + "[0]" * 7


@pytest.mark.parametrize("filling", ["a", "ä", "\U0001f600"])
def test_a_body_has_at_most_65536_bytes(filling: str) -> None:
    frame = len('{"a": ""}')
    width = len(filling.encode())
    most = (65_536 - frame) // width
    assert raw('{"a": "' + filling * most + '"}').status == 201
    answer = raw('{"a": "' + filling * (most + 1) + '"}')
    assert (answer.status, answer.body) == (413, {"error": "The body is larger than 65536 bytes"})


def test_a_body_in_base64_has_the_same_bound() -> None:
    body = base64.b64encode(b'{"a": "' + b"a" * 65_536 + b'"}').decode()
    assert API.send({**event("POST", body=body), "isBase64Encoded": True}).status == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/json; profile=x",
    ],
)
def test_json_by_its_content_type_is_taken(content_type: str) -> None:
    assert API("POST", body='{"a": 1}', headers={"Content-Type": content_type}).status == 201


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/jsonx", "application/json; charset=latin-1", "multipart/form-data"]
)
def test_other_content_types_are_refused(content_type: str) -> None:
    answer = API("POST", body='{"a": 1}', headers={"Content-Type": content_type})
    assert (answer.status, answer.body) == (415, {"error": "Send JSON with Content-Type: application/json"})


def test_a_body_without_content_type_is_refused() -> None:
    sent = event("POST", body='{"a": 1}')
    sent["headers"], sent["multiValueHeaders"] = {}, None
    assert API.send(sent).status == 415


def test_two_content_types_are_refused() -> None:
    sent = event("POST", body='{"a": 1}')
    sent["multiValueHeaders"]["content-type"] = ["text/plain"]
    assert (API.send(sent).status, API.send(sent).body["field"]) == (400, "Content-Type")


def test_a_missing_body_is_refused() -> None:
    answer = API("POST", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body["field"]) == (400, "body")


def test_where_json_breaks_is_told_without_repeating_it() -> None:
    assert raw('{"a": 1,\n "secret" 2}').body == {"error": "Not JSON: see line 2, column 11", "field": "body"}


def test_a_member_that_occurs_twice_is_named() -> None:
    assert raw('{"a": 1, "b": 2, "a": 1}').body == {"error": "A member occurs twice", "field": "a"}


@given(JSON_VALUES)
def test_the_parser_agrees_with_the_standard_library_on_all_json(document: Any) -> None:
    text = json.dumps({"value": document}, ensure_ascii=False)
    assert parse_object(text) == json.loads(text, parse_float=Decimal)


@given(st.text(), st.text())
@example("limit", "1_0")
@example("nextToken", "A" * 5_000)
@example("nextToken", "")
@example("nextToken", "=")
def test_any_query_is_answered_or_refused_with_its_field(name: str, value: str) -> None:
    for query in ({name: value}, {"limit": value}, {"nextToken": value}):
        answer = API("GET", query=query)
        assert answer.status in (200, 400)
        if answer.status == 400:
            assert set(answer.body) == {"error", "field"}


@given(st.text())
def test_any_header_is_taken_or_refused_and_never_a_fault(value: str) -> None:
    item = API.create(name="a")
    for headers in ({"Idempotency-Key": value}, {"Content-Type": value}):
        sent = API("POST", body='{"a": 1}', headers={"Content-Type": "application/json", **headers})
        assert sent.status in (201, 400, 415, 422)
    assert API("PUT", data_id=item["data_id"], body={"a": 1}, headers={"If-Match": value}).status in (200, 400, 409)


@given(anything)
@example({"requestContext": {"authorizer": {"customer_id": ["acme"]}}, "httpMethod": [], "resource": {}})
@example({"requestContext": {"authorizer": {"customer_id": "acme"}}, "httpMethod": "GET", "resource": "/other"})
def test_an_event_that_api_gateway_would_not_send_lets_nobody_in(sent: Any) -> None:
    assert API.send(sent).status in (403, 404)
