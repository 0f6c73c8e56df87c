"""Variables that anyone who may describe a function or a stage can read hold no secret.

Lambda shows a function's environment in `GetFunctionConfiguration`, API Gateway a stage's variables in `GetStage`; both
are plain text in Pulumi's state as well. What is a secret is decided in `detection`; here it is applied to the maps.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Node, Unknown, children
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.detection import is_reference, suspicion
from guardrails.settings import Settings

REMEDIATION: Final = (
    "Keep the value in Secrets Manager, put the secret's ARN into a variable whose name ends in _ARN, and read the "
    "secret at run time (library secret_store)."
)


def check_environment(function: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge `environment.variables` of a Lambda function."""
    yield from _check_map(function, ("environment", "variables"))


def check_stage_variables(stage: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge `variables` of an API Gateway stage."""
    yield from _check_map(stage, ("variables",))


def _check_map(resource: Resource, path: tuple[str, ...]) -> Iterator[Finding]:
    dotted = ".".join(path)
    match resource.read(*path):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=resource, properties=(dotted,))
        case Malformed(at=parent):
            yield Violation(resource=resource, problem=f"{parent} is not an object, so its variables cannot be judged.")
        case Known(value=dict()) as variables:
            waiting: list[str] = []
            for name, node in children(variables):
                problem = _problem(name, node)
                if isinstance(node, Unknown):
                    waiting.append(f"{dotted}.{name}")
                elif problem:
                    yield Violation(resource=resource, problem=f"{dotted}.{name} {problem}.")
            if waiting:
                yield Undecided(resource=resource, properties=tuple(waiting))
        case Known():
            yield Violation(resource=resource, problem=f"{dotted} is not a map of names to texts.")


def _problem(name: str, node: Node) -> str | None:
    match node:
        case Unknown() | Known(value=None):
            return None
        case Known(value=str(text), secret=secret):
            if secret and not is_reference(text):
                return "is marked as a secret by Pulumi"
            return suspicion(name, text)
        case Known(value=bool() | int() | float() as scalar, secret=secret):
            return "is marked as a secret by Pulumi" if secret else suspicion(name, str(scalar))
        case Known():
            return "is not a text"


ENVIRONMENT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-function-no-secret-in-environment",
        severity=Severity.CRITICAL,
        description="The environment of a function holds no secret.",
        remediation=REMEDIATION,
        judged=(
            "`aws:lambda/function:Function`, by its inputs: every entry of `environment.variables`.\n\n"
            "A value is a violation when Pulumi marks it as a secret, when it has the format of a token, a key or "
            "a password in a URL, when its name names a secret (`JWT_SECRET`, `apiKey`) or when it is random like "
            "a key; parts of JSON documents and of `name=value` lists are judged in the same way. ARNs never are "
            "violations. Names that only speak of a secret are none (`TOKEN_ISSUER`, `SECRET_NAME`), and a name "
            "that ends in `_ARN` must hold an ARN. Formats and the measure of randomness come from "
            "[detect-secrets](https://github.com/Yelp/detect-secrets). A message names the variable and never its "
            "value.\n\n"
            "Not found: a short password under an innocent name."
        ),
        why=(
            "Everyone who may read a function's configuration reads its environment, and so does everyone who has "
            "the state file. A value there cannot be rotated without a deployment."
        ),
    ),
    types=frozenset({"aws:lambda/function:Function"}),
    check=check_environment,
)

STAGE_VARIABLES_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-no-secret-in-variables",
        severity=Severity.CRITICAL,
        description="The variables of an API stage hold no secret.",
        remediation=REMEDIATION,
        judged=(
            "`aws:apigateway/stage:Stage`, by its inputs: every entry of `variables`.\n\n"
            "A value is a violation when Pulumi marks it as a secret, when it has the format of a token, a key or "
            "a password in a URL, when its name names a secret (`JWT_SECRET`, `apiKey`) or when it is random like "
            "a key; parts of JSON documents and of `name=value` lists are judged in the same way. ARNs never are "
            "violations. Names that only speak of a secret are none (`TOKEN_ISSUER`, `SECRET_NAME`), and a name "
            "that ends in `_ARN` must hold an ARN. Formats and the measure of randomness come from "
            "[detect-secrets](https://github.com/Yelp/detect-secrets). A message names the variable and never its "
            "value.\n\n"
            "Not found: a short password under an innocent name."
        ),
        why=(
            "Stage variables are plain text in the console, in `GetStage`, in logs that name them and in the "
            "state file."
        ),
    ),
    types=frozenset({"aws:apigateway/stage:Stage"}),
    check=check_stage_variables,
)
