"""Is a deployment made after every part of its API, and made again when one changes?

A deployment copies the API as it is at that moment. What the engine makes later, because nothing orders the two, is not
in the copy; what changes later is not in it either, unless `triggers` makes the engine replace the deployment.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown, children, known_text
from guardrails.references import Agreement, Reference, itself, reference
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Undecided, Violation

_NAMED: Final = 5
"""So many parts a message names; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of API: the types of its stages, deployments and parts, and the properties that tie them together.

    `parts` maps the type of a part to the property that names its API.
    """

    apis: AbstractSet[str]
    deployment: str
    api_property: str
    parts: Mapping[str, str]


def deployments(stack: Stack, kind: Kind) -> Iterator[Finding]:
    """Judge every deployment of the stack."""
    parts = [(part, name) for type_token, name in kind.parts.items() for part in stack.of_type(type_token)]
    for deployment in stack.of_type(kind.deployment):
        yield from _triggers(deployment)
        own = reference(stack, deployment, kind.api_property, kind.apis)
        before = _before(stack, deployment)
        late: list[Resource] = []
        for part, name in parts:
            if part.urn in before:
                continue
            match own.agreement(reference(stack, part, name, kind.apis)):
                case Agreement.SAME:
                    late.append(part)
                case Agreement.UNDECIDED:
                    yield Undecided(resource=part, properties=(name,))
                case Agreement.DIFFERENT:
                    pass
        if late:
            further = f" and {len(late) - _NAMED} more" if len(late) > _NAMED else ""
            names = ", ".join(part.label for part in late[:_NAMED])
            yield Violation(
                resource=deployment,
                problem=f"nothing makes the engine create {names}{further} before it, so its copy of the API may "
                "lack them.",
            )


def _triggers(deployment: Resource) -> Iterator[Finding]:
    match deployment.read("triggers"):
        case Unknown():
            yield Undecided(resource=deployment, properties=("triggers",))
        case Known(value=dict()) as triggers if triggers.value:
            if not all(isinstance(entry, Unknown) or entry.value for _, entry in children(triggers)):
                yield Violation(resource=deployment, problem="triggers has an entry without a value.")
        case Missing() | Known(value=dict()):
            yield Violation(
                resource=deployment,
                problem="triggers is missing, so a method that changes later is not deployed: the stage goes on "
                "serving it with the authorization that it had.",
            )
        case Known() | Malformed():
            yield Violation(resource=deployment, problem="triggers is not an object.")


def _before(stack: Stack, deployment: Resource) -> frozenset[str]:
    """Everything that is made before the deployment, whatever it depends on included."""
    found: set[str] = set()
    waiting = list(deployment.dependencies)
    while waiting:
        urn = waiting.pop()
        if urn not in found and urn in stack.by_urn:
            found.add(urn)
            waiting.extend(stack.by_urn[urn].dependencies)
    return frozenset(found)


def served(stack: Stack, stage: Resource, kind: Kind, name: str, *path: str) -> Iterator[Finding]:
    """Demand that the deployment that `name` (or `path` inside of it) names is one of this stack, of the stage's "
    "API."""
    shown = ".".join((name, *path))
    reading = stage.read(name, *path)
    if not isinstance(reading, Unknown) and known_text(reading) is None:
        yield Violation(resource=stage, problem=f"{shown} names no deployment, so nothing shows what is served.")
        return
    sources = stage.origins_of(name)
    traced = bool(sources) and all(urn in stack.by_urn and stack.by_urn[urn].type == kind.deployment for urn in sources)
    named = Reference(known_text(reading), sources, traced)
    agreements = [(one, itself(one).agreement(named)) for one in stack.of_type(kind.deployment)]
    certain = [one for one, agreement in agreements if agreement is Agreement.SAME]
    if certain:
        yield from _of_same_api(stack, stage, kind, certain)
    elif isinstance(reading, Unknown) or any(agreement is Agreement.UNDECIDED for _, agreement in agreements):
        yield Undecided(resource=stage, properties=(shown, "id of its Deployment"))
    else:
        yield Violation(
            resource=stage, problem=f"{shown} names no Deployment of this stack, so nothing shows what is served."
        )


def _of_same_api(stack: Stack, stage: Resource, kind: Kind, candidates: Iterable[Resource]) -> Iterator[Finding]:
    own = reference(stack, stage, kind.api_property, kind.apis)
    agreements = {own.agreement(reference(stack, one, kind.api_property, kind.apis)) for one in candidates}
    if agreements == {Agreement.DIFFERENT}:
        yield Violation(resource=stage, problem="its deployment is one of another API.")
    elif agreements != {Agreement.SAME}:
        yield Undecided(resource=stage, properties=(kind.api_property,))
