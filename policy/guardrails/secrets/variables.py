"""Variables that anyone who may describe a function, a stage or a build project can read hold no secret.

Lambda shows a function's environment in `GetFunctionConfiguration`, API Gateway a stage's variables in `GetStage`; both
are plain text in Pulumi's state as well. So are the variables of a CodeBuild project, unless it looks them up.

What is a secret is decided in `detection`; here it is applied to the variables.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Missing, Node, Unknown, children
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.judged import judge_map, judge_text, judge_value
from guardrails.settings import Settings

HOW_VALUES_ARE_JUDGED: Final = (
    "A value is a violation when Pulumi marks it as a secret, when it has the format of a token, a key or a password "
    "in a URL, when its name names a secret (`JWT_SECRET`, `apiKey`) or when it is random like a key; parts of JSON "
    "documents, of `name=value` lists and of texts in base64 are judged in the same way. ARNs never are violations. "
    "Names that only speak of a secret are none (`TOKEN_ISSUER`, `SECRET_NAME`), and a name that ends in `_ARN` must "
    "hold an ARN. Formats and the measure of randomness come from "
    "[detect-secrets](https://github.com/Yelp/detect-secrets). A message names the variable and never its value.\n\n"
    "Not found: a short password under an innocent name."
)
REMEDIATION: Final = (
    "Keep the value in Secrets Manager, put the secret's ARN into a variable whose name ends in _ARN, and read the "
    "secret at run time (library secret_store)."
)


def check_environment(function: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge `environment.variables` of a Lambda function."""
    yield from judge_map(function, "environment.variables", function.read("environment", "variables"))


def check_stage_variables(stage: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge `variables` of an API Gateway stage."""
    yield from judge_map(stage, "variables", stage.read("variables"))


def check_http_stage_variables(stage: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge `stageVariables` of a stage of an HTTP or WebSocket API."""
    yield from judge_map(stage, "stageVariables", stage.read("stageVariables"))


def check_project(project: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the environment of a CodeBuild project, and its build specification where it is a text."""
    path = "environment.environmentVariables"
    match project.read("environment", "environmentVariables"):
        case Missing():
            pass
        case Unknown():
            yield Undecided(resource=project, properties=(path,))
        case Known(value=list()) as variables:
            for index, variable in children(variables):
                yield from _project_variable(project, f"{path}[{index}]", variable)
        case _:
            yield Violation(resource=project, problem=f"{path} is not a list of variables.")
    yield from judge_text(project, "source.buildspec", project.read("source", "buildspec"))


def _project_variable(project: Resource, place: str, variable: Node) -> Iterator[Finding]:
    if isinstance(variable, Unknown):
        yield Undecided(resource=project, properties=(place,))
        return
    if not isinstance(variable.value, dict):
        yield Violation(resource=project, problem=f"{place} is not an object.")
        return
    members = dict(children(variable))
    match members.get("type"):
        case Known(value="PARAMETER_STORE" | "SECRETS_MANAGER"):
            return  # the value is the name under which CodeBuild looks the secret up
        case Unknown():
            yield Undecided(resource=project, properties=(f"{place}.type",))
            return
        case _:  # PLAINTEXT is the default
            pass
    match members.get("name"):
        case Known(value=str(called)):
            pass
        case Unknown():
            yield Undecided(resource=project, properties=(f"{place}.name",))
            called = ""
        case _:
            yield Violation(resource=project, problem=f"{place}.name is not a text.")
            called = ""
    value = members.get("value", Known(None))
    yield from judge_value(project, f"{place}.value", called, value if value != Known(None) else Missing())


ENVIRONMENT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-function-no-secret-in-environment",
        severity=Severity.CRITICAL,
        description="The environment of a function holds no secret.",
        remediation=REMEDIATION,
        judged=(
            "`aws:lambda/function:Function`, by its inputs: every entry of `environment.variables`.\n\n"
            f"{HOW_VALUES_ARE_JUDGED}"
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
        judged=(f"`aws:apigateway/stage:Stage`, by its inputs: every entry of `variables`.\n\n{HOW_VALUES_ARE_JUDGED}"),
        why=(
            "Stage variables are plain text in the console, in `GetStage`, in logs that name them and in the "
            "state file."
        ),
    ),
    types=frozenset({"aws:apigateway/stage:Stage"}),
    check=check_stage_variables,
)

HTTP_STAGE_VARIABLES_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-stage-no-secret-in-variables",
        severity=Severity.CRITICAL,
        description="The variables of a stage of an HTTP or WebSocket API hold no secret.",
        remediation=REMEDIATION,
        judged=(
            "`aws:apigatewayv2/stage:Stage`, by its inputs: every entry of `stageVariables`.\n\n"
            f"{HOW_VALUES_ARE_JUDGED}"
        ),
        why=STAGE_VARIABLES_RULE.metadata.why,
    ),
    types=frozenset({"aws:apigatewayv2/stage:Stage"}),
    check=check_http_stage_variables,
)

PROJECT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="codebuild-project-no-secret-in-environment",
        severity=Severity.CRITICAL,
        description="The plain-text environment of a CodeBuild project holds no secret.",
        remediation=(
            "Keep the value in Secrets Manager, and declare the variable with type SECRETS_MANAGER and the secret's "
            "name or ARN as its value."
        ),
        judged=(
            "`aws:codebuild/project:Project`, by its inputs: every entry of `environment.environmentVariables` whose "
            "type is not `SECRETS_MANAGER` or `PARAMETER_STORE` (the default is `PLAINTEXT`), and `source.buildspec` "
            "where it is a text.\n\n"
            f"{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "Plain-text variables are in `BatchGetProjects`, in the console, in the history of builds and in the state "
            "file."
        ),
        sources=("https://docs.aws.amazon.com/codebuild/latest/APIReference/API_EnvironmentVariable.html",),
    ),
    types=frozenset({"aws:codebuild/project:Project"}),
    check=check_project,
)
