"""Judge inputs by botocore's model of the AWS operation that will carry them.

For resource types without a CloudFormation twin (a role's policy attachment, a secret's version). boto3 itself checks
types, required members and minimum lengths when a call is made; this also checks what its models know and it ignores
(maximum, pattern, enumeration), and it does so in preview. Values that are not known yet pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from botocore.model import ServiceModel

from sandbox.provider.aws_clients import models
from sandbox.provider.paths import Path
from sandbox.provider.resource_type import ApiShape, Problem
from sandbox.provider.values import UNKNOWN


def api_problems(inputs: Mapping[str, Any], shape: ApiShape) -> list[Problem]:
    """Every value that the operation's model does not allow."""
    operation: Any = _service_model(shape.service).operation_model(shape.operation)
    problems: list[Problem] = []
    for dotted, member_path in shape.members.items():
        path = tuple(dotted.split("."))
        value = _at(inputs, path)
        if value is not None:
            member = _member(operation.input_shape, member_path, shape)
            problems.extend(_problems(value, member, path))
    return problems


@cache
def _service_model(service: str) -> Any:
    return ServiceModel(models().load_service_model(service, "service-2"), service)


def _at(values: Any, path: Path) -> Any:
    for part in path:
        if values is UNKNOWN:
            return UNKNOWN
        if not isinstance(values, Mapping):
            return None
        values = cast("Mapping[Any, Any]", values).get(part)
    return values


def _member(structure: Any, member_path: str, shape: ApiShape) -> Any:
    for name in member_path.split("."):
        if structure.type_name != "structure" or name not in structure.members:
            raise LookupError(f"{shape.service}:{shape.operation} has no member {member_path}")
        structure = structure.members[name]
    return structure


def _problems(value: Any, shape: Any, path: Path) -> Iterator[Problem]:
    if value is UNKNOWN:
        return
    metadata: Mapping[str, Any] = shape.metadata
    match shape.type_name:
        case "string":
            yield from _string_problems(value, metadata, getattr(shape, "enum", []), path)
        case "integer" | "long" | "float" | "double":
            yield from _range_problems(value, metadata, path, "")
        case "list":
            yield from _range_problems(len(value), metadata, path, " items")
            for index, item in enumerate(cast("Sequence[Any]", value)):
                yield from _problems(item, shape.member, (*path, index))
        case "map":
            for key, item in cast("Mapping[str, Any]", value).items():
                yield from _string_problems(key, shape.key.metadata, getattr(shape.key, "enum", []), (*path, key))
                yield from _problems(item, shape.value, (*path, key))
        case _:
            return


def _string_problems(value: Any, metadata: Mapping[str, Any], allowed: Sequence[str], path: Path) -> Iterator[Problem]:
    if not isinstance(value, str):
        return
    if allowed and value not in allowed:
        yield Problem(path=path, message=f"{value!r} is not one of {', '.join(allowed)}")
    yield from _range_problems(len(value), metadata, path, " characters")
    pattern = metadata.get("pattern")
    if pattern and not _java_match(str(pattern), value):
        yield Problem(path=path, message=f"{value!r} does not match {pattern}")


def _range_problems(amount: float, metadata: Mapping[str, Any], path: Path, unit: str) -> Iterator[Problem]:
    minimum, maximum = metadata.get("min"), metadata.get("max")
    if minimum is not None and amount < minimum:
        yield Problem(path=path, message=f"{amount}{unit} is less than the minimum of {minimum}")
    if maximum is not None and amount > maximum:
        yield Problem(path=path, message=f"{amount}{unit} is greater than the maximum of {maximum}")


def _java_match(pattern: str, value: str) -> bool:
    # AWS's models are written for java.util.regex, where \u and POSIX classes differ; what Python cannot read is not
    # judged here.
    translated = pattern.replace(r"\p{Alnum}", "A-Za-z0-9").replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d")
    try:
        return re.fullmatch(translated, value) is not None
    except re.error:
        return True
