"""Documents as Pulumi writes them, made of the declarations that the rules are tested with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.policy.judging import Declared


def resource_state(declared: Declared, *, by_name: Mapping[str, Declared], position: str = "") -> dict[str, Any]:
    """One resource of a state (`apitype.ResourceV3`)."""
    identifier = declared.properties.get("id")
    return {
        "urn": declared.urn,
        "type": declared.type,
        "custom": True,
        **({"id": identifier} if isinstance(identifier, str) else {}),
        "inputs": {"__defaults": [], **{name: value for name, value in declared.properties.items() if name != "id"}},
        "outputs": dict(declared.properties),
        "propertyDependencies": {
            name: [by_name[source].urn for source in sources if source in by_name]
            for name, sources in declared.sources.items()
        },
        **({"sourcePosition": position} if position else {}),
    }


def exported(*declared: Declared, positions: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `pulumi stack export` writes."""
    by_name = {one.name: one for one in declared}
    states = [resource_state(one, by_name=by_name, position=(positions or {}).get(one.name, "")) for one in declared]
    return {"version": 3, "deployment": {"manifest": {}, "resources": states}}


def previewed(
    *declared: Declared,
    op: str = "create",
    before: Mapping[str, Declared] | None = None,
    gone: tuple[Declared, ...] = (),
) -> dict[str, Any]:
    """What `pulumi preview --json --show-sames` writes: of the new state, it shows neither ids nor outputs.

    `before` is what was there under a name, with `op` `update`; resources in `gone` would be deleted.
    """
    by_name = {one.name: one for one in declared}
    steps: list[dict[str, Any]] = []
    for one in declared:
        after = resource_state(one, by_name=by_name)
        new = {name: value for name, value in after.items() if name not in ("id", "outputs")}
        old = resource_state((before or {}).get(one.name, one), by_name=by_name)
        steps.append({"op": op, "urn": one.urn, "newState": new, **({} if op == "create" else {"oldState": old})})
    steps += [{"op": "delete", "urn": one.urn, "oldState": resource_state(one, by_name={})} for one in gone]
    return {"config": {}, "steps": steps, "changeSummary": {op: len(declared)}}


def written(folder: Path, document: object, name: str = "state.json") -> Path:
    """The document in a file."""
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
