"""What the engine's file backend has on disk of a stack, read without the engine.

The engine needs half a second of processor time to print what stands in its file: `pulumi stack export` prints the
very same document. Deliberately nothing is decrypted, nothing is written, and a file of another form than the one that
is known here is no answer: the engine is asked then.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

VERSION = 3
STACK_TYPE = "pulumi:pulumi:Stack"
# The key in a value that is no plain one: a secret, an asset, a reference to another resource (`resource.SigKey`).
SIGNATURE = "4dabf18193072939515e22adb298388d"


def exported(file: Path) -> dict[str, Any] | None:
    """What `pulumi stack export` prints: `{"version": 3, "deployment": {...}}`, secrets encrypted; None if unknown."""
    try:
        document: object = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    state = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    checkpoint: object = state.get("checkpoint")
    deployment: object = cast("dict[str, Any]", checkpoint).get("latest") if isinstance(checkpoint, dict) else None
    if state.get("version") != VERSION or not isinstance(deployment, dict):
        return None
    return {"version": VERSION, "deployment": cast("dict[str, Any]", deployment)}


def plain_outputs(deployment: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `pulumi stack output --json` prints; None where an output has to be shown otherwise than it is kept."""
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    stacks = [each for each in resources if each["type"] == STACK_TYPE and not each.get("parent")]
    outputs = cast("dict[str, Any]", stacks[0].get("outputs") or {}) if stacks else {}
    return None if SIGNATURE in json.dumps(outputs) else outputs
