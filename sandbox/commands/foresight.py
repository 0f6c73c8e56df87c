"""Whether a deployment would change anything: a refresh and a preview that are read, not shown.

A second `make up` would otherwise run the program and the policy pack twice to change nothing. The program alone keeps
one core busy for half of a preview, so what AWS has is read meanwhile, by a second command:

    refresh --preview-only    the state against AWS          preview    the program against the state

Both without a change mean what `preview --refresh` without one means, except where AWS alone has changed an output
that another resource is made from: the preview has seen the old one. Outputs that AWS settles by itself are known;
where any other differs, `preview --refresh` is asked. It deliberately errs on the side of deploying: a command that
fails, or that says anything this module does not know, is no promise.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from sandbox.engine.workspace import PulumiWorkspace

# The engine then writes one event per line (`apitype.EngineEvent` in Pulumi's Go SDK) instead of one document.
EVENTS_AS_LINES = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
STACK_TYPE = "pulumi:pulumi:Stack"
SUMMARY = "summaryEvent"
OUTPUTS = "resOutputsEvent"
# How the engine shows a secret: what it was and what it is cannot be compared.
SECRET = "[secret]"  # noqa: S105 - a mark
# Outputs that differ once AWS or a later resource of the stack has done its part, by type. What they tell is of no use
# to other resources: a status, a copy of what other resources are, or which bytes an archive had.
SETTLING: Mapping[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": frozenset({"notAfter", "notBefore", "status"}),
    "aws:cognito/userPool:UserPool": frozenset({"domain"}),
    "aws:iam/role:Role": frozenset({"inlinePolicies", "managedPolicyArns"}),
    "aws:lambda/function:Function": frozenset({"code"}),
    "aws:lambda/layerVersion:LayerVersion": frozenset({"code"}),
    "aws:s3/bucket:Bucket": frozenset({"policy", "versioning"}),
    # What a version holds never changes; another value is another version, with an id of its own.
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretBinary", "versionStages"}),
}


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """How many resources stay as they are, and the stack's outputs; None where an output is not shown as it is."""

    resources: int
    outputs: Mapping[str, Any] | None


def foresee(workspace: PulumiWorkspace, *policies: str) -> Unchanged | None:
    """What stays as it is; None when a deployment would change anything. `policies` are the flags of the pack."""
    reading = workspace.with_variables(**EVENTS_AS_LINES)
    reading.environment(interactive=False)  # settles the files that both commands need
    with ThreadPoolExecutor(2) as threads:
        refresh = threads.submit(_events, reading, OUTPUTS, "refresh", "--preview-only", "--json")
        preview = threads.submit(_events, reading, STACK_TYPE, "preview", "--json", *policies)
        refreshed, previewed = refresh.result(), preview.result()
    unchanged = _unchanged(previewed)
    if unchanged is None or _resources(refreshed) != unchanged.resources:
        return None
    if any(map(_has_new_output, refreshed)):
        return _unchanged(_events(reading, STACK_TYPE, "preview", "--json", "--refresh", *policies))
    return unchanged


def _events(workspace: PulumiWorkspace, word: str, *arguments: str) -> list[dict[str, Any]]:
    """What the command says in its summary and with this word; nothing where it fails."""
    ended = workspace.complete(*arguments)
    return [] if ended.exit_code else list(events(ended.stdout, word))


def events(lines: str, word: str) -> Iterator[dict[str, Any]]:
    """The engine's summary and its events that have a certain text in them, and perhaps others.

    Others are not read: they are ten megabytes for 344 resources. A line that is no event is passed over, and without a
    summary nothing is promised.
    """
    wanted = (f'"{SUMMARY}"', f'"{word}"')
    for line in lines.splitlines():
        if not any(text in line for text in wanted):
            continue
        try:
            event: object = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict):
            yield cast("dict[str, Any]", event)


def _unchanged(found: list[dict[str, Any]]) -> Unchanged | None:
    resources = _resources(found)
    if resources is None:
        return None
    outputs: dict[str, Any] = {}
    for event in found:
        if OUTPUTS not in event or event[OUTPUTS]["metadata"]["type"] != STACK_TYPE:
            continue
        old, outputs = _outputs(event)
        if old != outputs:  # the engine counts those as no change
            return None
    return Unchanged(resources=resources, outputs=outputs if outputs and SECRET not in json.dumps(outputs) else None)


def _resources(found: list[dict[str, Any]]) -> int | None:
    """How many there are, if the summary says that all of them stay the same."""
    summary: dict[str, Any] = {}
    for event in found:
        summary = event.get(SUMMARY, summary)
    changes = cast("dict[str, int]", summary.get("resourceChanges") or {})
    return changes["same"] if set(changes) == {"same"} else None


def _has_new_output(event: dict[str, Any]) -> bool:
    """Whether a resource's outputs are others than the state has, apart from those that settle."""
    if OUTPUTS not in event:
        return False
    metadata = cast("dict[str, Any]", event[OUTPUTS]["metadata"])
    old, new = _outputs(event)
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} - {"id"}
    if _side(metadata, "old").get("id") != _side(metadata, "new").get("id"):
        return True
    # A secret that somebody has given is compared by the provider, which sees it.
    given: dict[str, Any] = _side(metadata, "new").get("inputs") or {}
    differing |= {name for name, value in new.items() if name not in given and SECRET in json.dumps(value)}
    return bool(differing - SETTLING.get(metadata["type"], frozenset()))


def _outputs(event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Those that the state has, and those of now."""
    metadata = cast("dict[str, Any]", event[OUTPUTS]["metadata"])
    return _side(metadata, "old").get("outputs") or {}, _side(metadata, "new").get("outputs") or {}


def _side(metadata: dict[str, Any], name: str) -> dict[str, Any]:
    """A resource as it was or is; it has neither before it is made nor when it is gone."""
    return cast("dict[str, Any]", metadata.get(name) or {})
