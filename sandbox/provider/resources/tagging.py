"""What every service's tags have in common: which to add or change, which to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.provider.resource_type import Operation


@dataclass(frozen=True, kw_only=True)
class TagChanges:
    """Tags to set, and keys to remove."""

    added: dict[str, str]
    removed: list[str]


def tag_changes(operation: Operation) -> TagChanges:
    """From the last known tags on AWS (`tagsAll`) to those that the inputs and the provider's default tags want."""
    old = cast("Mapping[str, str]", operation.state.get("tagsAll") or {})
    wanted = operation.tags
    return TagChanges(
        added={key: text for key, text in wanted.items() if old.get(key) != text},
        removed=sorted(old.keys() - wanted.keys()),
    )


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As most services want them: a list of `Key` and `Value`."""
    return [{"Key": key, "Value": text} for key, text in tags.items()]


def map_of(tags: Any) -> Any:
    """Translated tags as the few CloudFormation types want them that have a map; what is unknown stays as it is."""
    if not isinstance(tags, list):
        return tags
    return {tag["Key"]: tag["Value"] for tag in cast("list[Mapping[str, Any]]", tags)}


def as_map(tags: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The other way round."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}
