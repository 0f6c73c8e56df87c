"""Turn inputs into the properties of the matching CloudFormation type, and paths in those properties back into the
user's own.

Pure. What is wrong with the properties is for `cloudformation_judge.py` to say. A value that is not known yet becomes a
reference to something whose type nobody knows, so that everything around it can be judged all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sandbox.provider.paths import Path
from sandbox.provider.resource_type import CloudFormationShape
from sandbox.provider.schema import Kind, Property
from sandbox.provider.values import UNKNOWN, Archive, Asset

UNKNOWN_REFERENCE: Final = {"Fn::GetAtt": ["Unknown", "Value"]}
"""What stands for an unknown value in translated properties."""

UNKNOWN_RESOURCE: Final = {
    "Unknown": {"Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": "arn:aws:sns:::unknown"}}
}
"""The resource behind `UNKNOWN_REFERENCE`: a custom resource may return anything, so cfn-lint accepts it everywhere."""


@dataclass(frozen=True, kw_only=True)
class Translated:
    """CloudFormation properties, and for each of their paths the path in the user's own names."""

    type_name: str
    properties: dict[str, Any]
    origins: Mapping[Path, Path]
    names: Mapping[Path, Path]
    """Renamed paths for properties that were not given, so that an error about their absence has the user's name too.
    """

    def origin(self, path: Path) -> Path:
        """The user's path for a CloudFormation path; what only exists below a translated value keeps its own last
        parts.
        """
        if path in self.names and path not in self.origins:
            return self.names[path]
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]] + _camel_path(path[length:])
        return _camel_path(path)


def translate(
    inputs: Mapping[str, Any],
    shape: CloudFormationShape,
    properties: Mapping[str, Property],
    json_properties: frozenset[str],
) -> Translated:
    """The inputs as CloudFormation properties: `UNKNOWN_REFERENCE` for unknown values, documents for JSON texts."""
    translated: dict[str, Any] = {}
    origins: dict[Path, Path] = {}
    translation = _Translation(shape=shape, json_properties=json_properties, origins=origins, top=translated)
    translation.object_into(translated, (), inputs, properties, ())
    for name in shape.supplies:
        translated.setdefault(name, UNKNOWN_REFERENCE)
    if shape.adjust is not None:
        translated = shape.adjust(translated)
    names: dict[Path, Path] = {tuple(new.split(".")): tuple(old.split(".")) for old, new in shape.renames.items()}
    return Translated(type_name=shape.type_name, properties=translated, origins=origins, names=names)


@dataclass(kw_only=True)
class _Translation:
    shape: CloudFormationShape
    json_properties: frozenset[str]
    origins: dict[Path, Path]
    top: dict[str, Any]

    def object_into(
        self,
        target: dict[str, Any],
        target_path: Path,
        values: Mapping[str, Any],
        properties: Mapping[str, Property],
        path: Path,
    ) -> None:
        for name, value in values.items():
            here = (*path, name)
            dotted = ".".join(part for part in here if isinstance(part, str))
            if value is None or dotted in self.shape.omits or name not in properties or here == ("region",):
                continue
            renamed = self.shape.renames.get(dotted)
            if renamed is None or "." not in renamed:
                # A plain new name stays at its level; the path's last part is all that changes.
                container, container_path, key = target, target_path, renamed or _pascal(name)
            else:
                *parents, key = renamed.split(".")
                container, container_path = self.container(parents)
            key_path = (*container_path, key)
            self.origins[key_path] = here
            if dotted == "tags":
                container[key] = self._tags(value, key_path, here)
            elif dotted in self.json_properties and isinstance(value, str):
                container[key] = _document(value)
            else:
                container[key] = self.value(value, properties[name], key_path, here)

    def value(self, value: Any, declared: Property, target_path: Path, path: Path) -> Any:
        if value is UNKNOWN or isinstance(value, (Asset, Archive)):
            return UNKNOWN_REFERENCE
        self.origins[target_path] = path
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value)
            if declared.kind is Kind.OBJECT and declared.fields:
                target: dict[str, Any] = {}
                self.object_into(target, target_path, items, declared.fields, path)
                return target
            element = declared.element or Property(kind=Kind.ANY)
            return {key: self.value(item, element, (*target_path, key), (*path, key)) for key, item in items.items()}
        if isinstance(value, (list, tuple)):
            element = declared.element or Property(kind=Kind.ANY)
            return [
                self.value(item, element, (*target_path, index), (*path, index))
                for index, item in enumerate(cast("Sequence[Any]", value))
            ]
        return value

    def _tags(self, value: Any, target_path: Path, path: Path) -> Any:
        if value is UNKNOWN:
            return UNKNOWN_REFERENCE
        tags: list[dict[str, Any]] = []
        for index, (key, text) in enumerate(cast("Mapping[str, Any]", value).items()):
            self.origins[(*target_path, index)] = (*path, key)
            self.origins[(*target_path, index, "Key")] = (*path, key)
            self.origins[(*target_path, index, "Value")] = (*path, key)
            tags.append({"Key": key, "Value": UNKNOWN_REFERENCE if text is UNKNOWN else text})
        return tags

    def container(self, parents: Sequence[str]) -> tuple[dict[str, Any], Path]:
        """The object that a dotted rename points into; such a rename starts at the top, whatever the nesting of the
        input.
        """
        container = self.top
        for parent in parents:
            container = container.setdefault(parent, {})
        return container, tuple(parents)


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _camel_path(path: Path) -> Path:
    return tuple(_camel(part) if isinstance(part, str) else part for part in path)
