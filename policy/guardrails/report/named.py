"""The resource that a property names: by its id where that is known, else by what the property comes from."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from guardrails.properties import Known, Missing, Unknown, known_text
from guardrails.references import reference
from guardrails.report.routes import UNKNOWN_YET
from guardrails.resources import Resource, Stack

FUNCTION: Final = "aws:lambda/function:Function"
_LEADS_TO_A_FUNCTION: Final = {"aws:lambda/alias:Alias": "functionName"}


def named(stack: Stack, resource: Resource, name: str, kinds: AbstractSet[str]) -> Resource | None:
    """The one resource of `kinds` whose id the property `name` holds; None where this stack does not say."""
    found = reference(stack, resource, name, kinds)
    if found.identifier is not None:
        return next((one for one in stack.by_id.get(found.identifier, ()) if one.type in kinds), None)
    if found.traced and len(found.sources) == 1:
        return stack.by_urn[next(iter(found.sources))]
    return None


def function_behind(stack: Stack, resource: Resource, name: str) -> Resource | None:
    """The Lambda function that a property comes from, through an alias too; None where this stack does not say."""
    for urn in sorted(resource.origins_of(name)):
        source = stack.by_urn.get(urn)
        if source is not None and source.type == FUNCTION:
            return source
        if source is not None and source.type in _LEADS_TO_A_FUNCTION:
            return function_behind(stack, source, _LEADS_TO_A_FUNCTION[source.type])
    return function_in(stack, known_text(resource.read(name)) or "")


def function_in(stack: Stack, text: str) -> Resource | None:
    """The Lambda function whose ARN, or name as a name, the text holds, with or without a version or alias."""
    for one in stack.of_type(FUNCTION):
        arn = known_text(one.read("arn"))
        if text and (text == known_text(one.read("name")) or (arn and re.search(rf"{re.escape(arn)}(?![\w-])", text))):
            return one
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
