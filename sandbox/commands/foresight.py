"""Whether a deployment would change anything: a preview that is read, not shown.

A second `make up` would otherwise run the program and the policy pack twice to change nothing. It deliberately errs on
the side of deploying: a preview that fails, or that says anything this module does not know, is no promise.
"""

import json
from collections.abc import Iterator
from typing import Any, cast

from sandbox.engine import PulumiWorkspace

# The engine then writes one event per line (`apitype.EngineEvent` in Pulumi's Go SDK) instead of one document.
EVENTS_AS_LINES = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
STACK_TYPE = "pulumi:pulumi:Stack"


def unchanged_resources(workspace: PulumiWorkspace, *arguments: str) -> int | None:
    """How many resources a preview with these arguments leaves as they are; None when it would change anything."""
    preview = workspace.with_variables(**EVENTS_AS_LINES).complete("preview", "--json", *arguments)
    if preview.exit_code:
        return None
    summary: dict[str, Any] | None = None
    for event in events(preview.stdout):
        if outputs_change(event):
            return None
        summary = event.get("summaryEvent", summary)
    changes = cast("dict[str, int]", summary["resourceChanges"]) if summary else {}
    return changes["same"] if set(changes) == {"same"} else None


def events(lines: str) -> Iterator[dict[str, Any]]:
    """The engine's events; a line that is no event is passed over, and without a summary nothing is promised."""
    for line in lines.splitlines():
        try:
            event: object = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict):
            yield cast("dict[str, Any]", event)


def outputs_change(event: dict[str, Any]) -> bool:
    """Whether the event shows other stack outputs than the state has: the engine counts those as no change."""
    if "resOutputsEvent" not in event:
        return False
    metadata = cast("dict[str, Any]", event["resOutputsEvent"]["metadata"])
    if metadata["type"] != STACK_TYPE:
        return False
    old, new = (cast("dict[str, Any]", metadata.get(side) or {}) for side in ("old", "new"))
    return old.get("outputs") != new.get("outputs")
