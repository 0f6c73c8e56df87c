"""Between inputs and outputs: what a preview predicts, what a refresh or import makes of the live state.

Pure. The rule behind a refresh: an input keeps the form the user gave it as long as AWS means the same by it; what
really drifted takes AWS's value, so that the next update shows and repairs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sandbox.provider.differences import equivalent
from sandbox.provider.paths import Path
from sandbox.provider.resource_type import DEFAULTS_KEY, ResourceType
from sandbox.provider.schema import Kind, Property
from sandbox.provider.values import UNKNOWN, Properties, list_of, object_of


def merged_tags(default_tags: Mapping[str, str], tags: Any) -> Any:
    """The provider's default tags with the resource's own over them; `UNKNOWN` when the resource's are."""
    if tags is UNKNOWN:
        return UNKNOWN
    return {**default_tags, **cast("Mapping[str, str]", tags or {})}


def planned_create(resource_type: ResourceType, inputs: Mapping[str, Any], *, region: str, tags_all: Any) -> Properties:
    """Outputs that a preview of a creation can know; what AWS decides is `UNKNOWN`."""
    declared = resource_type.inputs
    outputs = resource_type.outputs
    known = _known_outputs(resource_type, inputs, outputs)
    decided_by_aws = {
        name: UNKNOWN
        for name in outputs
        if name not in known and (name not in declared or name in resource_type.computed)
    }
    return {**decided_by_aws, **known, **_common(outputs, region, tags_all)}


def planned_update(
    resource_type: ResourceType,
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    changed: frozenset[str],
    *,
    region: str,
    tags_all: Any,
) -> Properties:
    """Outputs that a preview of an update can know: the old ones, the new inputs, and `UNKNOWN` where a change makes a
    new value.
    """
    declared = resource_type.inputs
    outputs = resource_type.outputs
    kept = {
        name: value
        for name, value in state.items()
        if name not in declared or name not in changed or name in resource_type.computed
    }
    known = _known_outputs(resource_type, inputs, outputs)
    new_values = {name: UNKNOWN for name, causes in resource_type.recomputed.items() if not causes.isdisjoint(changed)}
    return {**kept, **known, **new_values, **_common(outputs, region, tags_all)}


def _known_outputs(resource_type: ResourceType, inputs: Mapping[str, Any], outputs: frozenset[str]) -> Properties:
    known = {name: value for name, value in inputs.items() if name in outputs}
    return known if resource_type.completes is None else resource_type.completes(known)


def complete(
    resource_type: ResourceType,
    live: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    region: str,
    default_tags: Mapping[str, str],
) -> Properties:
    """What `read` returned, with what the frame knows: `region`, `tags`, name prefixes and write-only inputs; None is
    dropped.

    AWS tells only all tags together: the provider's default tags are not the user's unless the inputs say them too.
    Raises ValueError when `read` returns a name that the `pulumi_aws` class has no getter for.
    """
    outputs = resource_type.outputs
    surplus = live.keys() - outputs
    if surplus:
        raise ValueError(f"{resource_type.token} has no output {', '.join(sorted(surplus))}")
    state = {name: value for name, value in live.items() if value is not None}
    for name in resource_type.json_properties & state.keys():
        # As the official provider: a document keeps the user's wording while AWS's own wording means the same.
        if name in inputs and equivalent(resource_type, inputs[name], state[name], (name,)):
            state[name] = inputs[name]
    if "region" in outputs:
        state.setdefault("region", region)
    for name in resource_type.write_only & outputs:
        value = inputs.get(name, resource_type.defaults.get(name))
        if value is not None:
            state.setdefault(name, value)
    if resource_type.auto_name is not None and (prefix := f"{resource_type.auto_name.property}Prefix") in outputs:
        state.setdefault(prefix, inputs.get(prefix, ""))
    if "tagsAll" in outputs:
        tags_all = cast("dict[str, str]", state.setdefault("tagsAll", {}))
        tags = cast("Mapping[str, str]", inputs.get("tags") or {})
        state["tags"] = {key: text for key, text in tags_all.items() if key in tags or default_tags.get(key) != text}
    return state


def refreshed_inputs(
    resource_type: ResourceType, old_inputs: Mapping[str, Any], old_state: Mapping[str, Any], live: Mapping[str, Any]
) -> Properties:
    """The inputs that would lead to the live state. With no old inputs (an import), everything that the user could have
    said.
    """
    refreshed: Properties = {}
    importing = not old_inputs
    for name, declared in resource_type.inputs.items():
        if name in resource_type.write_only:
            value = resource_type.defaults.get(name) if importing else old_inputs.get(name)
        else:
            named = resource_type.auto_name is not None and name == resource_type.auto_name.property
            unset = (name in resource_type.computed and not (importing and named)) or name == "region"
            value = _refreshed(
                resource_type, old_inputs.get(name), old_state.get(name), live.get(name), (name,), declared, unset=unset
            )
        if value is not None:
            refreshed[name] = value
    defaults = [name for name in list_of(old_inputs.get(DEFAULTS_KEY)) if name in refreshed]
    return {**refreshed, DEFAULTS_KEY: defaults}


def _refreshed(
    resource_type: ResourceType, given: Any, before: Any, live: Any, path: Path, declared: Property, *, unset: bool
) -> Any:
    if given is None:
        # Not given: AWS's choice, unless it changed behind our back (or, on an import, was somebody's choice).
        drifted = not unset and not equivalent(resource_type, before, live, path)
        return live if drifted else None
    if live is None:
        # AWS has nothing where the user gave something that means nothing (an empty text or list): that is agreement.
        return given if equivalent(resource_type, given, None, path) else None
    if declared.kind is Kind.OBJECT and isinstance(given, Mapping) and isinstance(live, Mapping):
        old, state, now = object_of(cast("Any", given)), object_of(before), object_of(cast("Any", live))
        fields = {
            name: _refreshed(
                resource_type, old.get(name), state.get(name), now.get(name), (*path, name), field, unset=False
            )
            for name, field in declared.fields.items()
        }
        return {name: value for name, value in fields.items() if value is not None}
    if declared.kind is Kind.LIST and isinstance(given, list) and isinstance(live, list):
        return _refreshed_list(
            resource_type, list_of(cast("Any", given)), list_of(before), list_of(cast("Any", live)), path, declared
        )
    return cast("Any", given if equivalent(resource_type, given, live, path) else live)


def _refreshed_list(
    resource_type: ResourceType, given: list[Any], before: list[Any], live: list[Any], path: Path, declared: Property
) -> Any:
    if equivalent(resource_type, given, live, path):
        return given
    element = declared.element
    if element is None or element.kind is not Kind.OBJECT or len(given) != len(live):
        return live
    old_states = before if len(before) == len(live) else [None] * len(live)
    return [
        _refreshed(resource_type, item, old_states[index], live[index], (*path, index), element, unset=False)
        for index, item in enumerate(given)
    ]


def _common(outputs: frozenset[str], region: str, tags_all: Any) -> Properties:
    common: Properties = {}
    if "region" in outputs:
        common["region"] = region
    if "tagsAll" in outputs:
        common["tagsAll"] = tags_all
    return common
