"""`sandbox.provider.resources.apigateway_patches`: what an update sends."""

from typing import Any

import pytest

from sandbox.provider.resources.apigateway_patches import (
    Scalar,
    as_text,
    escaped,
    map_patches,
    named_set_patches,
    scalar_patches,
    set_patches,
)

SCALARS = {
    "description": Scalar(member="description"),
    "tracing": Scalar(member="tracingEnabled", absent="false"),
    "validator": Scalar(member="validatorId", absent=None),
    "source": Scalar(member="apiKeySource", kept=True),
}


def test_only_changed_inputs_that_differ_from_the_live_object_are_sent() -> None:
    inputs = {"description": "new", "tracing": True, "source": "HEADER"}
    live = {"description": "old", "tracingEnabled": True, "apiKeySource": "AUTHORIZER"}
    assert scalar_patches({"description", "tracing"}, inputs, live, SCALARS) == [
        {"op": "replace", "path": "/description", "value": "new"}
    ]


def test_an_input_that_is_gone_is_reset_set_to_nothing_or_kept() -> None:
    live = {"description": "old", "tracingEnabled": True, "validatorId": "abc", "apiKeySource": "AUTHORIZER"}
    assert scalar_patches(SCALARS, {}, live, SCALARS) == [
        {"op": "replace", "path": "/description", "value": ""},
        {"op": "replace", "path": "/tracingEnabled", "value": "false"},
        {"op": "replace", "path": "/validatorId"},
    ]


def test_nothing_is_sent_for_what_is_empty_on_both_sides() -> None:
    assert scalar_patches(SCALARS, {"description": ""}, {"validatorId": "", "tracingEnabled": False}, SCALARS) == []


def test_entries_of_a_map_are_added_replaced_and_removed_with_escaped_names() -> None:
    live = {"text/plain": "a", "application/json": "b", "same": "c"}
    wanted = {"application/json": "d", "x~y/z": "e", "same": "c"}
    assert map_patches("requestTemplates", live, wanted) == [
        {"op": "remove", "path": "/requestTemplates/text~1plain"},
        {"op": "replace", "path": "/requestTemplates/application~1json", "value": "d"},
        {"op": "add", "path": "/requestTemplates/x~0y~1z", "value": "e"},
    ]


def test_booleans_in_a_map_travel_as_text() -> None:
    assert map_patches("requestParameters", {"a": True}, {"a": False}) == [
        {"op": "replace", "path": "/requestParameters/a", "value": "false"}
    ]


def test_a_set_gains_before_it_loses_so_that_it_is_never_empty() -> None:
    assert set_patches("providerARNs", ["old"], ["new"]) == [
        {"op": "add", "path": "/providerARNs", "value": "new"},
        {"op": "remove", "path": "/providerARNs", "value": "old"},
    ]


def test_members_that_are_named_in_the_path_are_escaped() -> None:
    assert named_set_patches("binaryMediaTypes", ["image/png"], ["*/*"]) == [
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        {"op": "add", "path": "/binaryMediaTypes/*~1*"},
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), (True, "true"), (False, "false"), (10, "10"), (10.0, "10"), (0.5, "0.5"), ("a", "a")],
)
def test_values_are_written_as_aws_wants_them(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def test_slashes_and_tildes_are_escaped_once() -> None:
    assert escaped("a~1/b") == "a~01~1b"
