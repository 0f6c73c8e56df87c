"""Key schemas and secondary indexes of DynamoDB tables, between Pulumi's, AWS's and CloudFormation's forms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import Problem
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown, list_of, object_of

UNSUPPORTED_FIELDS: Final = ("keySchemas", "onDemandThroughput", "warmThroughput")
"""Of a global secondary index; the emulator keeps none of them."""


def key_schema(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    """`KeySchema` of a table or index."""
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return keys if not range_key else [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}]


def keys_of(description: Mapping[str, Any]) -> dict[str, str]:
    """`HASH` and, if there is one, `RANGE` attribute of what AWS describes."""
    return {key["KeyType"]: key["AttributeName"] for key in description["KeySchema"]}


def global_index(index: Mapping[str, Any], *, provisioned: bool) -> dict[str, Any]:
    """A global secondary index as `CreateTable` and `UpdateTable` take it."""
    request = {
        "IndexName": index["name"],
        "KeySchema": key_schema(index["hashKey"], index.get("rangeKey")),
        "Projection": _projection(index),
    }
    if provisioned:
        request["ProvisionedThroughput"] = {
            "ReadCapacityUnits": index.get("readCapacity", 0),
            "WriteCapacityUnits": index.get("writeCapacity", 0),
        }
    return request


def local_index(index: Mapping[str, Any], hash_key: str) -> dict[str, Any]:
    """A local secondary index as `CreateTable` takes it: it has the table's partition key."""
    keys = key_schema(hash_key, index["rangeKey"])
    return {"IndexName": index["name"], "KeySchema": keys, "Projection": _projection(index)}


def _projection(index: Mapping[str, Any]) -> dict[str, Any]:
    included = index.get("nonKeyAttributes")
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    return projection | {"NonKeyAttributes": included} if included else projection


def described_global_index(description: Mapping[str, Any]) -> Properties:
    """The output for what `DescribeTable` tells of a global secondary index."""
    throughput = object_of(description.get("ProvisionedThroughput"))
    return {
        **_described(description),
        "hashKey": keys_of(description)["HASH"],
        "readCapacity": throughput.get("ReadCapacityUnits", 0),
        "writeCapacity": throughput.get("WriteCapacityUnits", 0),
    }


def described_local_index(description: Mapping[str, Any]) -> Properties:
    """The output for what `DescribeTable` tells of a local secondary index."""
    return _described(description)


def _described(description: Mapping[str, Any]) -> Properties:
    projection = object_of(description.get("Projection"))
    return {
        "name": description["IndexName"],
        "nonKeyAttributes": list_of(projection.get("NonKeyAttributes")),
        "projectionType": projection.get("ProjectionType", "ALL"),
        "rangeKey": keys_of(description).get("RANGE", ""),
    }


def index_changes(
    live: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], *, provisioned: bool
) -> tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]]:
    """Names to delete, throughputs to update, indexes to create, to come from what AWS describes to the wanted inputs.

    As the official provider: only the throughput of an index can change; anything else makes it anew.
    """
    described = {index["IndexName"]: index for index in live}
    requests = {index["name"]: global_index(index, provisioned=provisioned) for index in wanted}
    same_shape = {
        name for name in described.keys() & requests.keys() if _shape(described[name]) == _shape(requests[name])
    }
    updates = [
        {"IndexName": name, "ProvisionedThroughput": requests[name]["ProvisionedThroughput"]}
        for name in sorted(same_shape)
        if provisioned and _throughput(described[name]) != _throughput(requests[name])
    ]
    creations = [request for name, request in requests.items() if name not in same_shape]
    return sorted(described.keys() - same_shape), updates, creations


def _shape(index: Mapping[str, Any]) -> tuple[Any, ...]:
    projection = object_of(index.get("Projection"))
    included = frozenset(list_of(projection.get("NonKeyAttributes")))
    return keys_of(index), projection.get("ProjectionType"), included


def _throughput(index: Mapping[str, Any]) -> tuple[Any, Any]:
    throughput = object_of(index.get("ProvisionedThroughput"))
    return throughput.get("ReadCapacityUnits"), throughput.get("WriteCapacityUnits")


def index_problems(inputs: Properties) -> Iterable[Problem]:
    """What the official provider takes of an index and the sandbox cannot honour; what it demands."""
    for position, index in enumerate(list_of(inputs.get("globalSecondaryIndexes"))):
        for name in UNSUPPORTED_FIELDS:
            if object_of(index).get(name):
                message = "the sandbox cannot honour it: the emulator does not keep it"
                yield Problem(path=("globalSecondaryIndexes", position, name), message=message)
        if isinstance(index, Mapping) and not object_of(index).get("hashKey"):
            yield Problem(path=("globalSecondaryIndexes", position, "hashKey"), message="is required")


def attribute_problems(inputs: Properties) -> Iterable[Problem]:
    """Attributes are those of keys: AWS wants the type of each of them, and of no other."""
    if contains_unknown(inputs):
        return
    indexes = [*list_of(inputs.get("globalSecondaryIndexes")), *list_of(inputs.get("localSecondaryIndexes"))]
    used = {object_of(each).get(key) for each in (inputs, *indexes) for key in ("hashKey", "rangeKey")} - {None, ""}
    typed = {object_of(each).get("name") for each in list_of(inputs.get("attributes"))}
    for name in sorted(map(str, used - typed)):
        yield Problem(path=("attributes",), message=f"lacks {name!r}, which is a key; give its name and type")
    for name in sorted(map(str, typed - used)):
        yield Problem(path=("attributes",), message=f"has {name!r}, which is no key; only keys have a declared type")


def translated_keys(properties: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation's `KeySchema` and `Projection` from the names that stand for them in the inputs."""
    hash_key = properties.pop("HashKey", None)
    range_key = properties.pop("RangeKey", None)
    if hash_key is not None:
        properties["KeySchema"] = key_schema(hash_key, range_key)
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for index in list_of(properties.get(name)):
            if isinstance(index, dict):
                _translate_index(object_of(index), hash_key)
    return properties


def _translate_index(index: Any, table_hash_key: Any) -> None:
    keys = (index.pop("HashKey", table_hash_key), index.pop("RangeKey", None))
    if keys[0] is not None and keys[0] is not UNKNOWN:
        index["KeySchema"] = key_schema(*keys)
    projection = {name: index.pop(name) for name in ("ProjectionType", "NonKeyAttributes") if name in index}
    index["Projection"] = projection
    units = {"ReadCapacity": "ReadCapacityUnits", "WriteCapacity": "WriteCapacityUnits"}
    throughput = {unit: index.pop(name) for name, unit in units.items() if name in index}
    if throughput:
        index["ProvisionedThroughput"] = throughput
