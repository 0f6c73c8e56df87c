"""The patch operations with which API Gateway's Update calls change what exists, and its calls for tags.

Every Update call of the REST API takes a list of `{"op", "path", "value"}` with values as text
(https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html). What to send follows from the live object,
not from what the engine remembers: so an update that failed half-way can simply be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider.resource_type import Operation
from sandbox.provider.resources.tagging import tag_changes

Patch = dict[str, str]
"""One patch operation, as boto3 wants it."""


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A single value. `member` is its name in AWS's answers and its path.

    `absent` is the text sent for an input that is not given. Without a text (None) AWS sets the member to nothing: some
    must not be an empty text. `kept` leaves it as it is, for what AWS chooses when the user does not.
    """

    member: str
    absent: str | None = ""
    kept: bool = False


def scalar_patches(
    changed: Collection[str], inputs: Mapping[str, Any], live: Mapping[str, Any], scalars: Mapping[str, Scalar]
) -> list[Patch]:
    """Replace each changed input whose value AWS does not have yet. `scalars` is by input name."""
    patches: list[Patch] = []
    for name, scalar in scalars.items():
        if name not in changed:
            continue
        wanted = as_text(inputs.get(name))
        if wanted in (None, ""):
            if scalar.kept:
                continue
            wanted = scalar.absent
        if (wanted or "") != (as_text(live.get(scalar.member)) or ""):
            patches.append(replace_patch(f"/{scalar.member}", wanted))
    return patches


def replace_patch(path: str, value: str | None) -> Patch:
    """Set the member at `path`; None sets it to nothing."""
    patch = {"op": "replace", "path": path}
    return patch if value is None else {**patch, "value": value}


def map_patches(member: str, live: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> list[Patch]:
    """Add, replace and remove single entries of a map (`requestTemplates`, `variables`)."""
    before, after = live or {}, wanted or {}
    patches: list[Patch] = [
        {"op": "remove", "path": f"/{member}/{escaped(key)}"} for key in sorted(before.keys() - after.keys())
    ]
    for key in sorted(after):
        value = as_text(after[key]) or ""
        if key not in before:
            patches.append({"op": "add", "path": f"/{member}/{escaped(key)}", "value": value})
        elif as_text(before[key]) != value:
            patches.append({"op": "replace", "path": f"/{member}/{escaped(key)}", "value": value})
    return patches


def set_patches(member: str, live: Iterable[str] | None, wanted: Iterable[str] | None) -> list[Patch]:
    """Add and remove members of a set whose values travel as values (`authorizationScopes`).

    Additions come first: some sets must never be empty.
    """
    before, after = set(live or ()), set(wanted or ())
    added: list[Patch] = [{"op": "add", "path": f"/{member}", "value": text} for text in sorted(after - before)]
    removed: list[Patch] = [{"op": "remove", "path": f"/{member}", "value": text} for text in sorted(before - after)]
    return added + removed


def named_set_patches(member: str, live: Iterable[str] | None, wanted: Iterable[str] | None) -> list[Patch]:
    """Add and remove members of a set whose values are part of the path (`binaryMediaTypes`, `cacheKeyParameters`)."""
    before, after = set(live or ()), set(wanted or ())
    added: list[Patch] = [{"op": "add", "path": f"/{member}/{escaped(text)}"} for text in sorted(after - before)]
    removed: list[Patch] = [{"op": "remove", "path": f"/{member}/{escaped(text)}"} for text in sorted(before - after)]
    return removed + added


def as_text(value: Any) -> str | None:
    """A value as patch operations carry it: `true`, `29000`, `10.5`; None stays None."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            return str(value)


def escaped(name: str) -> str:
    """A name as one part of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def update_tags(operation: Operation) -> None:
    """Tags of anything that API Gateway gives an ARN."""
    changes = tag_changes(operation)
    arn = str(operation.state["arn"])
    if changes.removed:
        operation.client("apigateway").untag_resource(resourceArn=arn, tagKeys=changes.removed)
    if changes.added:
        operation.client("apigateway").tag_resource(resourceArn=arn, tags=changes.added)
