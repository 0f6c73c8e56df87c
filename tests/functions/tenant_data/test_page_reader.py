"""A page's text comes out the same whether its rows were taken over or parsed, and no row of anybody else does."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenant_data import page_reader
from tenant_data.numbers import number_text
from tenant_data.page_reader import read_page
from tenant_data.rows import ForeignRow, new_row, row_text
from tests.functions.tenant_data.support import ACME

CREATED_AT = "2026-01-01T00:00:00.000000Z"
# What DynamoDB writes (no spaces), what the sandbox writes, and white space that RFC 8259 allows besides.
SEPARATORS = ((",", ":"), (", ", ": "), (" ,\n\t", " : "))


@pytest.fixture
def no_forms(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    forms: dict[Any, Any] = {}
    monkeypatch.setattr(page_reader, "_forms", forms)
    return forms


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The rows that were parsed."""
    rows: list[Any] = []
    parse = page_reader._parse

    def counted(text: str, position: int) -> tuple[Any, int]:
        row, end = parse(text, position)
        rows.append(row)
        return row, end

    monkeypatch.setattr(page_reader, "_parse", counted)
    return rows


def stored(number: Decimal) -> str:
    """A number as DynamoDB writes it: never with an exponent."""
    return format(Decimal(number_text(number)), "f")


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=15).map(
    stored
)
SCALARS = (
    st.text(st.characters(max_codepoint=127), max_size=8).map(lambda text: {"S": text})
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=4).map(lambda text: {"S": text})
    | st.sampled_from(['"', "\\", '":{"S":"', '"},"b":{"S":"', '"Items":[', "}", "%s", "/"]).map(
        lambda text: {"S": text}
    )
    | (NUMBERS | st.integers(-(10**37), 10**37).map(str)).map(lambda text: {"N": text})
    | st.sampled_from(["1" + "0" * 125, "0." + "0" * 129 + "1", "0.0000000001", "0.00000000001"]).map(
        lambda text: {"N": text}
    )
    | st.booleans().map(lambda flag: {"BOOL": flag})
    | st.just({"NULL": True})
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda members: {"L": members})
        | st.dictionaries(st.sampled_from(["S", "M", "a"]), inner, max_size=2).map(lambda members: {"M": members})
    ),
    max_leaves=3,
)
NAMES = st.sampled_from(["a", "b", "S", "Items", "%s", "ä", '"', "name"])
FORMS = st.lists(NAMES, unique=True, max_size=4).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, SCALARS | VALUES)), max_size=6)
)


def content_of(rows: list[Any], *, separators: tuple[str, str] = SEPARATORS[0], ascii_only: bool = False) -> bytes:
    last = {"LastEvaluatedKey": {name: rows[-1][name] for name in ("customer_id", "data_id")}} if rows else {}
    document = {"Count": len(rows), **last, "Items": rows, "ScannedCount": len(rows)}
    return json.dumps(document, separators=separators, ensure_ascii=ascii_only).encode()


def rows_of(fields: list[dict[str, Any]], customer: str = ACME) -> list[Any]:
    return [new_row(customer, f"{place:02}", created_at=CREATED_AT, fields=given) for place, given in enumerate(fields)]


@given(fields=FORMS | st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=6), data=st.data())
@example(fields=[{"a": {"S": "x"}}, {"a": {"S": '"},"b":{"S":"'}}, {"a": {"S": "y"}}], data=None)
@example(fields=[{"a": {"M": {"S": {"S": "x"}}}}] * 2, data=None)
def test_rows_come_out_as_if_each_had_been_parsed(fields: list[dict[str, Any]], data: st.DataObject | None) -> None:
    rows = rows_of(fields)
    layout = SEPARATORS[0] if data is None else data.draw(st.sampled_from(SEPARATORS))
    content = content_of(rows, separators=layout, ascii_only=data is not None and data.draw(st.booleans()))

    page = read_page(content, ACME)

    assert page.texts == [row_text(row, ACME) for row in rows]
    assert page.last_data_id == (rows[-1]["data_id"]["S"] if rows else None)


def test_of_rows_in_one_form_only_the_first_of_a_page_is_parsed(parsed: list[Any]) -> None:
    alike = [
        {"name": {"S": "x"}, "value": {"N": f"{number}.5"}, "flag": {"BOOL": number % 2 == 0}} for number in range(9)
    ]
    rows = rows_of([*alike, {"name": {"S": "beyond ASCII: ä"}}, *alike])

    read_page(content_of(rows), ACME)

    assert [row["data_id"]["S"] for row in parsed] == ["00", "09"]


def test_a_page_of_many_forms_is_parsed_as_a_whole(parsed: list[Any]) -> None:
    plain = {"a": {"S": "x"}}
    many = rows_of([plain, *[{f"field-{number}": {"S": "x"}} for number in range(50)], plain])
    nested = rows_of([{"a": {"L": []}}] * 50)

    for rows, most in ((many, page_reader.MAXIMUM_PARSED_ROWS + 1), (nested, 1)):
        parsed.clear()
        assert read_page(content_of(rows), ACME).texts == [row_text(row, ACME) for row in rows]
        assert len(parsed) == most


@pytest.mark.parametrize("customer", ["acme-1", "ACME", "acm", "", 'acme"'])
@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_row_of_anybody_else_is_never_answered(customer: str, place: int) -> None:
    rows = rows_of([{"a": {"S": "x"}}] * 6)
    rows[place]["customer_id"] = {"S": customer}

    with pytest.raises(ForeignRow):
        read_page(content_of(rows), ACME)


def test_a_row_without_its_customer_is_never_answered() -> None:
    rows = rows_of([{"a": {"S": ACME}}] * 3)
    del rows[2]["customer_id"]
    document = json.dumps({"Items": rows}).encode()

    with pytest.raises(ForeignRow):
        read_page(document, ACME)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"Items":',
        b'{"Items":[',
        b'{"Items":[] ',
        b'{"Items":[]}}',
        b"\xff",
        b'{"Items":{}}',
    ],
)
def test_what_is_no_answer_to_a_query_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever it says, the caller makes NoAnswer of it
        read_page(content, ACME)


def test_a_page_that_ends_between_its_rows_is_refused() -> None:
    content = content_of(rows_of([{"a": {"S": "x"}}] * 3))
    for end in range(content.index(b"Items"), len(content)):
        with pytest.raises(ValueError):  # noqa: PT011 -- as above
            read_page(content[:end], ACME)


def test_patterns_are_few_and_small_whatever_customers_store(no_forms: dict[Any, Any]) -> None:
    for number in range(page_reader.MAXIMUM_FORMS + 20):
        rows = rows_of([{f"field-{number}": {"S": "x"}}] * 2)
        assert read_page(content_of(rows), ACME).texts == [row_text(row, ACME) for row in rows]
    wide = rows_of([{f"field-{number}": {"S": "x"} for number in range(page_reader.MAXIMUM_ATTRIBUTES)}] * 2)
    assert read_page(content_of(wide), ACME).texts == [row_text(row, ACME) for row in wide]

    assert len(no_forms) == page_reader.MAXIMUM_FORMS
