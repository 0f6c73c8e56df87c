"""Reads what Pulumi writes about a stack: its state (`pulumi stack export`) or a preview.

A state says what is deployed, a preview what would be. Both hold a resource's inputs, which rules on one resource
judge, and its outputs, which rules on the whole stack judge. Values that the document does not show, because they are
secret or not known before the update, stay that, and so do files that it only names; a value is never repeated in an
error.

The formats are `apitype.UntypedDeployment` and `display.PreviewDigest` of Pulumi's Go SDK; a preview as a stream of
events is not read.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from guardrails.nodes import REDACTED, SECRET, SIGNATURE, SecretMark, Unknown, node, without_files
from guardrails.resources import Resource, Stack

FROM_INPUT: Final = Path("-")
"""Stands for the standard input, so that a document with secrets need not be written to a file."""

_KEEPS_THE_RESOURCE: Final = frozenset({"same", "update"})
_NO_LONGER_THERE: Final = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"}
)


class UnreadableDocumentError(Exception):
    """The file is neither a stack's state nor a preview; says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where the program makes a resource: a file below the project's folder, and a line from 1."""

    file: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A stack as a document shows it: the resources with their inputs, and with their outputs."""

    inputs: tuple[Resource, ...]
    outputs: Stack
    positions: Mapping[str, Position]


def read_document(path: Path) -> Snapshot:
    """The snapshot in a file, or in the standard input for `-`. Raises `UnreadableDocumentError`."""
    try:
        text = sys.stdin.read() if path == FROM_INPUT else path.read_text(encoding="utf-8")
        document: object = json.loads(text, parse_int=float)  # as from the engine, which knows one kind of number
    except OSError as error:
        raise UnreadableDocumentError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UnreadableDocumentError(
            f"{path} is not JSON; write it with `pulumi stack export --file {path.name}` or "
            f"`pulumi preview --json --show-sames > {path.name}`."
        ) from error
    states = _states(document)
    if states is None:
        raise UnreadableDocumentError(
            f"{path} holds neither a stack's state (`pulumi stack export`) nor a preview "
            "(`pulumi preview --json --show-sames`)."
        )
    return snapshot(states)


def snapshot(states: Iterable[Mapping[str, Any]]) -> Snapshot:
    """The snapshot of resources in the form in which Pulumi writes them (`apitype.ResourceV3`)."""
    present = [state for state in states if not state.get("delete")]
    return Snapshot(
        inputs=tuple(_without_files(_resource(state, _object(state, "inputs"))) for state in present),
        outputs=Stack(
            resources=tuple(_resource(state, {**_object(state, "inputs"), **_outputs(state)}) for state in present)
        ),
        positions={
            state["urn"]: position
            for state in present
            if (position := _position(state.get("sourcePosition"))) is not None
        },
    )


def _states(document: object) -> list[Mapping[str, Any]] | None:
    if not isinstance(document, dict):
        return None
    parts = cast("dict[str, Any]", document)
    if isinstance(parts.get("deployment"), dict):
        return _resources(cast("dict[str, Any]", parts["deployment"]).get("resources") or [])
    if isinstance(parts.get("changeSummary"), dict):
        steps = cast("list[Mapping[str, Any]]", parts.get("steps") or [])
        unchanged = cast("dict[str, Any]", parts["changeSummary"]).get("same", 0)
        if unchanged != sum(step.get("op") == "same" for step in steps):
            raise UnreadableDocumentError(
                "the preview leaves out what does not change: write it with `pulumi preview --json --show-sames`."
            )
        return _resources([_after(step) for step in steps if step.get("op") not in _NO_LONGER_THERE])
    return None


def _after(step: Mapping[str, Any]) -> object:
    """The resource after a step of a preview, which shows the inputs alone: what stays is taken from before."""
    old, new = step.get("oldState"), step.get("newState")
    if not isinstance(old, dict) or not isinstance(new, dict) or step.get("op") not in _KEEPS_THE_RESOURCE:
        return cast("object", new)
    before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
    changed: Mapping[str, Any] = {} if step["op"] == "same" else _object(after, "inputs")
    return {**after, "id": before.get("id"), "outputs": {**_object(before, "outputs"), **changed}}


def _resources(states: object) -> list[Mapping[str, Any]] | None:
    if not isinstance(states, list):
        return None
    unique: dict[str, Mapping[str, Any]] = {}
    for state in cast("list[object]", states):
        if not isinstance(state, dict):
            return None
        entries = cast("dict[str, Any]", state)
        if not isinstance(entries.get("urn"), str) or not isinstance(entries.get("type"), str):
            return None
        unique[entries["urn"]] = entries  # a replacement has several steps; its last one is what remains
    return list(unique.values())


def _object(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = state.get(name)
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _outputs(state: Mapping[str, Any]) -> Mapping[str, Any]:
    identifier = state.get("id")
    return {**_object(state, "outputs"), **({"id": identifier} if identifier else {})}


def _resource(state: Mapping[str, Any], properties: Mapping[str, Any]) -> Resource:
    urn = state["urn"]
    dependencies = cast("Mapping[str, Sequence[str] | None]", _object(state, "propertyDependencies"))
    return Resource(
        type=state["type"],
        name=urn.rpartition("::")[2],
        urn=urn,
        properties={name: _shown(value) for name, value in properties.items() if name != "__defaults"},
        dependencies=frozenset(cast("list[str]", state.get("dependencies") or [])),
        origins={name: frozenset(sources or ()) for name, sources in dependencies.items()},
    )


def _without_files(resource: Resource) -> Resource:
    """What rules on one resource see: the files that a document names are those of another place or another day."""
    return replace(
        resource, properties={name: without_files(node(value)) for name, value in resource.properties.items()}
    )


def _shown(value: object) -> object:
    """The value with what the document hides made unknown, and what it shows of secrets marked."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        if entries.get(SIGNATURE) != SECRET:
            return {name: _shown(entry) for name, entry in entries.items()}
        plaintext = entries.get("plaintext")
        return (
            SecretMark(json.loads(plaintext, parse_int=float)) if isinstance(plaintext, str) else Unknown(secret=True)
        )
    if isinstance(value, list):
        return [_shown(element) for element in cast("list[object]", value)]
    return Unknown(secret=True) if value == REDACTED else value


def _position(text: object) -> Position | None:
    """`project:///components/routes.py#12`; a file outside of the project is nobody's to mend and left out."""
    if not isinstance(text, str) or not text.startswith("project:///") or "../" in text:
        return None
    file, _, line = text.removeprefix("project:///").partition("#")
    first = line.partition(",")[0]
    return Position(file=file, line=int(first)) if file and first.isdigit() else None
