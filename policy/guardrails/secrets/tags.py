"""Tags of resources of every type hold no secret: bills, audit trails and everyone who may list resources show them."""

import json
from collections.abc import Iterator
from typing import Any, Final, cast

from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown, children
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.judged import judge_map, judge_tree
from guardrails.secrets.variables import HOW_VALUES_ARE_JUDGED
from guardrails.settings import Settings

_HOLDERS: Final = ("tags", "tagsAll", "volumeTags", "tagSpecifications")
"""Maps of names to texts; on some types, groups of machines for example, lists of objects with key and value."""

_PROVIDER: Final = "pulumi:providers:aws"


def check(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the tags of one resource, and the default tags of a provider."""
    for name in _HOLDERS:
        reading = resource.read(name)
        if not isinstance(reading, Missing):
            yield from _tags(resource, name, reading)
    if resource.type == _PROVIDER:
        yield from _default_tags(resource, resource.read("defaultTags"))


def _tags(resource: Resource, path: str, reading: Reading) -> Iterator[Finding]:
    match reading:
        case Known(value=list()):
            yield from judge_tree(resource, path, reading)
        case Known(value=dict()) if _nested(reading):
            yield from judge_tree(resource, path, reading)
        case _:
            yield from judge_map(resource, path, reading)


def _nested(tags: Known) -> bool:
    return any(isinstance(node, Known) and isinstance(node.value, dict | list) for _, node in children(tags))


def _default_tags(provider: Resource, reading: Reading) -> Iterator[Finding]:
    """A provider's settings are texts: an object is the JSON of one."""
    match reading:
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=provider, properties=("defaultTags",))
        case Known(value=str(text), secret=secret):
            tree = _parsed(text)
            if tree is None:
                yield Violation(resource=provider, problem="defaultTags is not the JSON text of an object.")
            else:
                yield from judge_tree(provider, "defaultTags", Known(tree.value, secret=secret))
        case Known(value=dict()):
            yield from judge_tree(provider, "defaultTags", reading)
        case Known() | Malformed():
            yield Violation(resource=provider, problem="defaultTags is not an object.")


def _parsed(text: str) -> Known | None:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return Known(_nodes(cast("dict[str, Any]", document))) if isinstance(document, dict) else None


def _nodes(members: dict[str, Any]) -> dict[str, Node]:
    return {
        name: Known(_nodes(cast("dict[str, Any]", member)) if isinstance(member, dict) else member)
        for name, member in members.items()
    }


TAGS_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="aws-resource-no-secret-in-tags",
        severity=Severity.CRITICAL,
        description="The tags of a resource hold no secret.",
        remediation="Take the value out of the tags; where readers need it, tag the resource with the secret's ARN.",
        judged=(
            "Resources of every type, by their inputs: `tags` (a map, or a list of objects with key and value), "
            f"`tagsAll`, `volumeTags`, `tagSpecifications`, and `defaultTags` of providers.\n\n{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "Tags are shown in the console, by every `List` and `Describe` call, in bills and in audit trails, and AWS "
            "asks not to keep confidential data in them."
        ),
        sources=("https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",),
    ),
    types=None,
    check=check,
)
