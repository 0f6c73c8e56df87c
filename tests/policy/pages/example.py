"""A fixture's stack as a Pulumi YAML program: the one form that has neither a language's names nor its helpers.

What a program cannot set (ids, ARNs of resources) is left out; where a value comes from another resource of the stack,
the reference is written that leads there. JSON documents are written as what they mean.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import yaml

from guardrails.nodes import SECRET, SIGNATURE, UNKNOWN_SENTINELS
from tests.policy.judging import Declared
from tests.policy.pages.provider import TOKEN, shape_of

_STACK: Final = "pulumi:pulumi:Stack"
_FILES: Final = (("text", "fn::stringAsset"), ("path", "fn::fileAsset"), ("uri", "fn::remoteAsset"))
_ARCHIVES: Final = (("path", "fn::fileArchive"), ("uri", "fn::remoteArchive"), ("assets", "fn::assetArchive"))
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"


def program(stack: Iterable[Declared]) -> str:
    """The stack as YAML text."""
    by_name = {one.name: one for one in stack}
    resources = {name: _resource(one, by_name) for name, one in by_name.items() if one.type != _STACK}
    document: dict[str, Any] = {"resources": resources} if resources else {}
    outputs = {
        name: _value(value, "", (), by_name)
        for one in by_name.values()
        if one.type == _STACK
        for name, value in one.properties.items()
    }
    if outputs:
        document["outputs"] = outputs
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as Pulumi's own examples do, and writes repeated values out."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _resource(declared: Declared, by_name: Mapping[str, Declared]) -> dict[str, Any]:
    settable = shape_of(declared.type).inputs if TOKEN.fullmatch(declared.type) else None
    properties = {
        name: _value(value, name, declared.sources.get(name, ()), by_name)
        for name, value in declared.properties.items()
        if (settable is None and name != "id") or (settable is not None and name in settable)
    }
    return {"type": _short(declared.type), **({"properties": properties} if properties else {})}


def _short(token: str) -> str:
    """`aws:apigateway:Method` for `aws:apigateway/method:Method`: what Pulumi's own examples write."""
    found = TOKEN.fullmatch(token)
    return f"aws:{found['module']}:{found['class']}" if found else token


def _value(value: Any, name: str, sources: Iterable[str], by_name: Mapping[str, Declared]) -> Any:
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        if SIGNATURE in entries:
            return _special(entries, name, sources, by_name)
        return {key: _value(entry, key, sources, by_name) for key, entry in entries.items()}
    if isinstance(value, list):
        return [_value(element, name, sources, by_name) for element in cast("list[Any]", value)]
    if isinstance(value, str):
        return _text(value, name, [by_name[source] for source in sources if source in by_name], by_name)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _special(entries: Mapping[str, Any], name: str, sources: Iterable[str], by_name: Mapping[str, Declared]) -> Any:
    """A secret, a file or an archive."""
    if entries[SIGNATURE] == SECRET:
        return {"fn::secret": _value(entries["value"], name, sources, by_name)}
    for member, function in _ARCHIVES if entries[SIGNATURE] == _ARCHIVE else _FILES:
        if member in entries:
            return {function: _value(entries[member], name, sources, by_name)}
    return dict(entries)


def _text(value: str, name: str, sources: list[Declared], by_name: Mapping[str, Declared]) -> Any:
    if value in UNKNOWN_SENTINELS:
        return _reference(sources[0], name) if len(sources) == 1 else "(not known before the update)"
    for source in sources:
        for output, known in source.properties.items():
            if known == value and value:
                return f"${{{source.name}.{output}}}"
    document = _document(value)
    if document is not None:
        return {"fn::toJSON": _value(document, name, (source.name for source in sources), by_name)}
    escaped = value.replace("${", "$${")
    for source in sources:
        for output in ("arn", "invokeArn", "id"):
            known = source.properties.get(output)
            if isinstance(known, str) and len(known) > 8:  # shorter ones are found in words
                escaped = escaped.replace(known, f"${{{source.name}.{output}}}")
    return escaped


def _reference(source: Declared, name: str) -> str:
    """What a property of that name takes from the resource: an ARN where it asks for one, else the id."""
    if name in source.properties:
        return f"${{{source.name}.{name}}}"
    outputs = shape_of(source.type).outputs if TOKEN.fullmatch(source.type) else frozenset[str]()
    wants_arn = re.search(r"(^|_)arn$|Arn$|ARN$|^role$", name) is not None
    return f"${{{source.name}.{'arn' if wants_arn and 'arn' in outputs else 'id'}}}"


def _document(value: str) -> Any:
    """The JSON object or list that the text holds; an empty one stays a text."""
    if not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value) or None
    except ValueError:
        return None
