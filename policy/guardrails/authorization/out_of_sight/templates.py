"""Does a CloudFormation template declare only resources that are no entrances?

JSON and YAML are read as the OpenAPI bodies are, with CloudFormation's short functions (`!Ref`) in addition: what they
give is not looked at. Transforms are refused, because they can expand into anything.
"""

from collections.abc import Mapping
from typing import cast

from guardrails.authorization.openapi.documents import UnreadableDocumentError, parse
from guardrails.authorization.out_of_sight.entrances import opens


def why_not_clear(text: str) -> str | None:
    """Why the template may hold an entrance, continuing "its template ..."; `None` when it holds none."""
    try:
        template = parse(text, with_functions=True)
    except UnreadableDocumentError as error:
        return str(error)
    if "Transform" in template:
        return "has a Transform, which can expand into anything"
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        return "has no Resources that can be looked at"
    for resource in cast("Mapping[object, object]", resources).values():
        kind = cast("dict[str, object]", resource).get("Type") if isinstance(resource, dict) else None
        if not isinstance(kind, str):
            return "has a resource without a type"
        if opens(kind):
            return "declares an entrance, or something that can hold one"
    if _mentions(template, "Fn::Transform"):
        return "has a Fn::Transform, which can expand into anything"
    return None


def _mentions(document: object, key: str) -> bool:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            entries = cast("dict[object, object]", value)
            if key in entries:
                return True
            waiting.extend(entries.values())
        elif isinstance(value, list):
            waiting.extend(cast("list[object]", value))
    return False
