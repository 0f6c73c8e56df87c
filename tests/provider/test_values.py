"""Structs of the engine and plain values."""

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.provider.paths import Path, existing_part, is_below, parsed_path, path_text
from sandbox.provider.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINELS,
    Archive,
    Asset,
    contains_unknown,
    decode,
    encode,
)

_names = st.text(min_size=1).filter(lambda name: name != SIGNATURE_KEY)
_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text().filter(lambda text: text not in UNKNOWN_SENTINELS)
    | st.just(UNKNOWN)
    | st.builds(Asset, text=st.text(min_size=1), hash=st.text()),
    # What is larger than Hypothesis takes is thrown away and drawn again: five of six examples, without these bounds.
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=25)
@given(st.dictionaries(_names, _plain, max_size=4))
def test_whatever_is_sent_to_the_engine_comes_back_as_it_was(values: dict[str, Any]) -> None:
    assert decode(encode(values)).values == values


@settings(max_examples=25)
@given(st.dictionaries(_names, _plain, min_size=1, max_size=4), st.data())
def test_a_secret_comes_back_with_its_place(values: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(values)))
    decoded = decode(encode(values, {name}))
    assert decoded.values == values
    assert decoded.secrets == {(name,)}
    assert decoded.secret_properties() == {name}


def test_a_nested_secret_is_secret_just_there() -> None:
    values = {"environment": {"variables": {"PLAIN": "a", "TOKEN": "the token"}}, "list": ["b", "hidden"]}
    paths: set[Path] = {("environment", "variables", "TOKEN"), ("list", 1)}
    decoded = decode(encode(values, secret_paths=paths))
    assert decoded.values == values
    assert decoded.secrets == paths
    assert decoded.secret_texts() == {"the token", "hidden"}


def test_what_is_left_of_a_secret_s_place_is_secret() -> None:
    decoded = decode(encode({"policy": '{"a": "hidden"}', "other": 1}, secret_paths=[("policy", "a"), ("gone", "x")]))
    assert decoded.secrets == {("policy",)}


def test_a_secret_that_is_not_known_yet_stays_both() -> None:
    decoded = decode(encode({"value": UNKNOWN}, {"value"}))
    assert decoded.values == {"value": UNKNOWN}
    assert decoded.secrets == {("value",)}


def test_assets_and_archives_keep_their_hashes() -> None:
    archive = Archive(assets={"a.py": Asset(path="/a.py", hash="1"), "b": Archive(path="/b", hash="2")}, hash="3")
    assert decode(encode({"code": archive})).values == {"code": archive}


def test_an_archive_without_anything_is_still_an_archive() -> None:
    assert decode(encode({"code": Archive(hash="x")})).values == {"code": Archive(hash="x")}


def test_output_values_and_resource_references_are_read_as_what_they_hold() -> None:
    sent = {
        "known": {SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": "a", "secret": True},
        "unknown": {SIGNATURE_KEY: OUTPUT_SIGNATURE},
        "custom": {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "role-1"},
        "component": {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:y"},
    }
    decoded = decode(json_format.ParseDict(sent, struct_pb2.Struct()))
    assert decoded.values == {"known": "a", "unknown": UNKNOWN, "custom": "role-1", "component": "urn:y"}
    assert decoded.secrets == {("known",)}


def test_an_object_of_an_unknown_kind_is_refused() -> None:
    struct = json_format.ParseDict({"thing": {SIGNATURE_KEY: "something new"}}, struct_pb2.Struct())
    with pytest.raises(ValueError, match="thing: the engine sent an object of an unknown kind"):
        decode(struct)


def test_what_cannot_be_sent_is_named() -> None:
    with pytest.raises(TypeError, match=r"a\[1\]: a set cannot be sent"):
        encode({"a": [1, set[str]()]})


def test_unknown_values_are_found_at_any_depth() -> None:
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": 1}]})


_parts = st.lists(
    st.integers(0, 99) | st.text(alphabet=st.characters(codec="ascii", categories=["L"]), min_size=1), min_size=1
).filter(lambda parts: isinstance(parts[0], str))


@given(_parts)
def test_a_path_s_text_says_the_path(parts: list[str | int]) -> None:
    assert parsed_path(path_text(parts)) == tuple(parts)


def test_paths_of_the_engine_are_understood() -> None:
    assert parsed_path('tags["a.b\\"c"].d[0][*].*') == ("tags", 'a.b"c', "d", 0, "*", "*")
    with pytest.raises(ValueError, match="is not a property path"):
        parsed_path("a[")


def test_a_star_stands_for_one_part_and_a_path_covers_what_is_below_it() -> None:
    assert is_below(("a", "b", 0), ("a",))
    assert is_below(("a", 3, "c"), ("a", "*", "c"))
    assert not is_below(("a",), ("a", "b"))
    assert not is_below(("a", "b"), ("a", "c"))


def test_a_path_is_followed_as_far_as_it_leads() -> None:
    assert existing_part({"a": [{"b": 1}]}, ("a", 0, "b", "c")) == ("a", 0, "b")
    assert existing_part({"a": []}, ("a", 0)) == ("a",)
    assert existing_part({}, ("a",)) == ()
