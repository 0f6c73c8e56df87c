"""A method that takes a body says which bodies it takes, and API Gateway refuses the others."""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.demands import demand_of, is_text, is_true
from guardrails.properties import Known, Missing, Node, Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Setting, Settings

METHOD: Final = "aws:apigateway/method:Method"
VALIDATOR: Final = "aws:apigateway/requestValidator:RequestValidator"

VERBS: Final = Setting(
    name="methods_with_a_body",
    schema={"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    default=["PATCH", "POST", "PUT"],
    meaning="The HTTP methods whose bodies are looked at. ANY belongs here where it takes bodies.",
)


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Demand a model and a validator of bodies for every method with a body."""
    verbs = settings.texts("methods_with_a_body")
    by_id = {known_text(validator.read("id")): validator for validator in stack.of_type(VALIDATOR)}
    for method in stack.of_type(METHOD):
        match method.read("httpMethod"):
            case Known(value=str(verb)) if verb:
                if verb in verbs:
                    yield from _judge(stack, method, by_id)
            case Unknown():
                yield Undecided(resource=method, properties=("httpMethod",))
            case _:
                yield Violation(resource=method, problem="httpMethod is not a text, so that nobody knows of a body.")


def _judge(stack: Stack, method: Resource, by_id: dict[str | None, Resource]) -> Iterator[Finding]:
    yield from demand_of(
        method,
        "requestModels",
        method.read("requestModels"),
        _names_models,
        otherwise="requestModels is not an object with a model for a content type.",
        missing="requestModels is missing, so that any body reaches the integration.",
    )
    match method.read("requestValidatorId"):
        case Missing() | Known(value=""):
            yield Violation(resource=method, problem="requestValidatorId is missing, so that no model is applied.")
            return
        case Unknown() | Known(value=str()) as identifier:
            validator = by_id.get(known_text(identifier) or "") or _origin(stack, method)
            if validator is None and (isinstance(identifier, Unknown) or None in by_id):
                yield Undecided(resource=method, properties=("requestValidatorId",))
                return
        case _:
            yield Violation(resource=method, problem="requestValidatorId is not a text.")
            return
    if validator is None:
        problem = "requestValidatorId names no RequestValidator that this stack declares."
        yield Violation(resource=method, problem=problem)
        return
    validated = validator.read("validateRequestBody")
    if isinstance(validated, Unknown):
        yield Undecided(resource=method, properties=(f"validateRequestBody of {validator.name!r}",))
    elif not (isinstance(validated, Known) and is_true(validated.value)):
        yield Violation(resource=method, problem=f"its validator {validator.name!r} does not validate bodies.")


def _origin(stack: Stack, method: Resource) -> Resource | None:
    """The validator whose id it is, as far as that is not known: the only thing that the property comes from."""
    origins = [stack.by_urn[urn] for urn in method.origins_of("requestValidatorId") if urn in stack.by_urn]
    if len(origins) == 1 and origins[0].type == VALIDATOR and known_text(origins[0].read("id")) is None:
        return origins[0]
    return None


def _names_models(value: object) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    models = cast("dict[str, Node]", value).values()
    return all(isinstance(model, Unknown) or is_text(model.value) for model in models)


VALIDATION_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-method-body-validation",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A method that takes a body has a model for it and a validator that applies the model.",
        remediation=(
            "Give the method requestModels (content type to model name) and the requestValidatorId of a "
            "RequestValidator with validateRequestBody true."
        ),
        judged=(
            f"The whole stack: every `{METHOD}` whose `httpMethod` is in `methods_with_a_body` has `requestModels`, "
            f"and a `requestValidatorId` that is the id of a `{VALIDATOR}` of the stack with `validateRequestBody`."
        ),
        why=(
            "Without a model, whatever a caller sends reaches the function: megabytes, other types, other names. API "
            "Gateway can refuse that before anything is paid for. Advisory: the function has to check its input anyway."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
        ),
    ),
    check=check,
    settings=(VERBS,),
)
