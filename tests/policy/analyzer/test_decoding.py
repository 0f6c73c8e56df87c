"""From the engine's messages to resources: the same nodes as from JSON, and where each property comes from."""

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from guardrails.analyzer import decoding
from guardrails.nodes import UNKNOWN_TEXT, node
from tests.policy.judging import Declared, analyze_request, analyze_stack_request, secret

ASSET = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}


@pytest.mark.parametrize(
    "value",
    [
        "text",
        UNKNOWN_TEXT,
        7,
        True,
        None,
        {},
        [],
        {"a": {"b": [1, {"c": None}]}, "d": UNKNOWN_TEXT},
        secret({"a": ["x", UNKNOWN_TEXT]}),
        [{"a": secret("x")}, ASSET],
        {"code": secret(ASSET)},
    ],
)
def test_a_value_is_the_node_that_its_json_is(value: object) -> None:
    declared = Declared(type="t", name="n", properties={"p": value})
    assert decoding.resource(analyze_request(declared)).properties == {"p": node(value)}


def test_a_stack_knows_where_each_property_comes_from() -> None:
    source = Declared(type="t", name="source", properties={"id": UNKNOWN_TEXT})
    user = Declared(type="t", name="user", properties={"of": UNKNOWN_TEXT}, sources={"of": ["source"]})
    stack = decoding.stack(analyze_stack_request([source, user]))
    assert [one.urn for one in stack.resources] == [source.urn, user.urn]
    assert stack.by_urn[user.urn].origins == {"of": frozenset({source.urn})}
    assert stack.by_urn[user.urn].properties == {"of": node(UNKNOWN_TEXT)}


def test_a_value_without_a_kind_is_null() -> None:
    request = analyzer_pb2.AnalyzeRequest(properties=struct_pb2.Struct(fields={"p": struct_pb2.Value()}))
    assert decoding.resource(request).properties == {"p": node(None)}
