"""The resource that a property names: by its id where that is known, else by what the property comes from."""

from collections.abc import Set as AbstractSet

from guardrails.properties import Known, Missing, Unknown, known_text
from guardrails.references import reference
from guardrails.report.routes import UNKNOWN_YET
from guardrails.resources import Resource, Stack


def named(stack: Stack, resource: Resource, name: str, kinds: AbstractSet[str]) -> Resource | None:
    """The one resource of `kinds` whose id the property `name` holds; None where this stack does not say."""
    found = reference(stack, resource, name, kinds)
    if found.identifier is not None:
        return next((one for one in stack.by_id.get(found.identifier, ()) if one.type in kinds), None)
    if found.traced and len(found.sources) == 1:
        return stack.by_urn[next(iter(found.sources))]
    return None


def name_of(resource: Resource) -> str:
    """What AWS calls it where that is known, else its name in the program."""
    return known_text(resource.read("name")) or resource.name


def as_text(resource: Resource, name: str, default: str) -> str:
    """A text for the map: `default` where the property is absent."""
    match resource.read(name):
        case Known(value=str(text)):
            return text or default
        case Missing():
            return default
        case Unknown():
            return UNKNOWN_YET
        case _:
            return "malformed"
