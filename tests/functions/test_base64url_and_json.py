"""`jwt_verification.base64url` and `jwt_verification.strict_json`: one text per value, one value per text."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_verification.base64url import decode, encode
from jwt_verification.strict_json import (
    MAXIMUM_CONTAINERS,
    NotUtf8,
    RepeatedMember,
    TooManyContainers,
    UnreadableNumber,
    parse_object,
)


@given(st.binary(max_size=300))
def test_what_is_encoded_decodes_to_the_same_bytes(value: bytes) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=60))
def test_any_text_that_decodes_is_the_one_encoding_of_its_value(text: bytes) -> None:
    try:
        value = decode(text)
    except ValueError:
        return
    assert encode(value) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"YQ==", id="padding"),
        pytest.param(b"YQ=", id="half a padding"),
        pytest.param(b"YR", id="unused bits set"),
        pytest.param(b"+/+/", id="the standard alphabet"),
        pytest.param(b"YW\nJj", id="a line end"),
        pytest.param(b"YWJj ", id="a space"),
        pytest.param(b"Y", id="an impossible length"),
        pytest.param(b"YWJ!", id="a foreign character"),
        pytest.param(b"YWJj\x00", id="a NUL"),
        pytest.param("YWJé".encode(), id="not ASCII"),
    ],
)
def test_base64url_in_any_other_form_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, 2.5, null, true, "\\u00e9"]}\r\n', {"a": [1, 2.5, None, True, "é"]}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":1e308}', {"a": 1e308}),
    ],
)
def test_a_strict_object_is_parsed(text: bytes, value: object) -> None:
    assert parse_object(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(ValueError, b"", id="nothing"),
        pytest.param(ValueError, b"[]", id="an array"),
        pytest.param(ValueError, b'"text"', id="a string"),
        pytest.param(ValueError, b"{} {}", id="two objects"),
        pytest.param(RepeatedMember, b'{"a":1,"a":1}', id="a member twice"),
        pytest.param(RepeatedMember, b'{"a":{"b":1,"b":2}}', id="a nested member twice"),
        pytest.param(UnreadableNumber, b'{"a":NaN}', id="NaN"),
        pytest.param(UnreadableNumber, b'{"a":Infinity}', id="Infinity"),
        pytest.param(UnreadableNumber, b'{"a":-Infinity}', id="-Infinity"),
        pytest.param(UnreadableNumber, b'{"a":1e999}', id="a number that overflows"),
        pytest.param(UnreadableNumber, b'{"a":-1e999}', id="a negative number that overflows"),
        pytest.param(UnreadableNumber, b'{"a":' + b"9" * 5_000 + b"}", id="an integer of 5,000 digits"),
        pytest.param(NotUtf8, b'{"a":"\xff"}', id="not UTF-8"),
        pytest.param(NotUtf8, b'{"a":"\\ud800"}', id="half a surrogate pair"),
        pytest.param(NotUtf8, b'{"\\udfff":1}', id="half a surrogate pair in a name"),
        pytest.param(ValueError, b'{"a":"\x01"}', id="a control character"),
        pytest.param(ValueError, b"{'a':1}", id="single quotes"),
        pytest.param(ValueError, b'{"a":1,}', id="a trailing comma"),
        pytest.param(ValueError, b'\xef\xbb\xbf{"a":1}', id="a byte order mark"),
        pytest.param(TooManyContainers, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="100,000 nested arrays"),
        pytest.param(TooManyContainers, b'{"a":' * 3_000 + b"1" + b"}" * 3_000, id="3,000 nested objects"),
        pytest.param(
            TooManyContainers, b'{"a":[' + b"{}," * MAXIMUM_CONTAINERS + b"{}]}", id="too many objects side by side"
        ),
    ],
)
def test_json_that_two_parsers_could_read_differently_is_refused_with_its_kind(
    kind: type[ValueError], text: bytes
) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        parse_object(text)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 160, "the message must not repeat the document"


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0dE8-+.e1N', max_size=80).map(str.encode))
def test_any_bytes_are_an_object_or_a_value_error(text: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert type(parse_object(text)) is dict


def test_where_the_interpreter_itself_gives_up_it_is_a_value_error_too() -> None:
    with pytest.raises(TooManyContainers, match="nested too deeply"):
        parse_object(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", maximum_containers=1_000_000)
