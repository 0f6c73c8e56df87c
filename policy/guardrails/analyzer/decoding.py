"""What the engine sends about resources, as the resources and the stack that rules read.

A resource is decoded once for all rules: unpacking a protobuf structure costs far more than a rule does.
"""

from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from guardrails.nodes import SIGNATURE, Known, Node, node, without_files
from guardrails.resources import Resource, Stack


def resource(request: analyzer_pb2.AnalyzeRequest, *, with_files: bool = True) -> Resource:
    """One resource with its inputs; without files, those that it names are not known."""
    properties = _nodes(request.properties)
    if not with_files:
        properties = {name: without_files(each) for name, each in properties.items()}
    return Resource(type=request.type, name=request.name, urn=request.urn, properties=properties)


def stack(request: analyzer_pb2.AnalyzeStackRequest) -> Stack:
    """All resources with their outputs, and for each property the resources that it comes from."""
    return Stack(resources=tuple(_with_origins(one) for one in request.resources))


def _with_origins(message: analyzer_pb2.AnalyzerResource) -> Resource:
    return Resource(
        type=message.type,
        name=message.name,
        urn=message.urn,
        properties=_nodes(message.properties),
        origins={name: frozenset(sources.urns) for name, sources in message.propertyDependencies.items()},
        dependencies=frozenset(message.dependencies),
    )


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The JSON object that a protobuf structure stands for: numbers are floats, as the engine's all are."""
    return {name: _plain(value) for name, value in struct.fields.items()}


def _nodes(struct: struct_pb2.Struct) -> dict[str, Node]:
    return {name: _node(value) for name, value in struct.fields.items()}


def _node(value: struct_pb2.Value) -> Node:
    """The node at once, without a plain value in between, where nothing in it carries a signature."""
    match value.WhichOneof("kind"):
        case "string_value":
            return node(value.string_value)
        case "struct_value" if SIGNATURE not in value.struct_value.fields:
            return Known(_nodes(value.struct_value))
        case "list_value":
            return Known([_node(element) for element in value.list_value.values])
        case _:
            return node(_plain(value))


def _plain(value: struct_pb2.Value) -> object:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "struct_value":
            return plain(value.struct_value)
        case "list_value":
            return [_plain(element) for element in value.list_value.values]
        case "bool_value":
            return value.bool_value
        case "number_value":
            return value.number_value
        case _:
            return None
