"""Larger texts that a resource keeps and shows hold no secret: API bodies, state machines, container definitions.

Each is judged as a structured text (`documents`): JSON member by member, anything else line by line, so that a body in
YAML and one that does not parse are judged too.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity
from guardrails.secrets.judged import judge_text
from guardrails.secrets.variables import HOW_VALUES_ARE_JUDGED
from guardrails.settings import Settings

REST_API: Final = "aws:apigateway/restApi:RestApi"
REST_API_PUT: Final = "aws:apigateway/restApiPut:RestApiPut"
HTTP_API: Final = "aws:apigatewayv2/api:Api"
STATE_MACHINE: Final = "aws:sfn/stateMachine:StateMachine"
TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"

HOW_TEXTS_ARE_JUDGED: Final = (
    "JSON is judged member by member, any other text (YAML, a script) line by line, by what its lines assign to names. "
    "References, placeholders such as `${name}` and paths such as `$.name` are no values. A message names the member's "
    "path or the line, and never the value."
)


def check_body(api: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the OpenAPI text of an API."""
    yield from judge_text(api, "body", api.read("body"))


def check_definition(machine: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the definition of a state machine."""
    yield from judge_text(machine, "definition", machine.read("definition"))


def check_containers(task: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the container definitions of a task; `secrets` name what ECS looks up, so they have to be references."""
    yield from judge_text(task, "containerDefinitions", task.read("containerDefinitions"))


BODY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-api-no-secret-in-body",
        severity=Severity.CRITICAL,
        description="The OpenAPI body of an API holds no secret.",
        remediation=(
            "Take the value out of the body. What an integration needs comes from Secrets Manager at run time, or from "
            "the role in its credentials."
        ),
        judged=(
            f"`body` of `{REST_API}`, `{REST_API_PUT}` and `{HTTP_API}`, by their inputs. {HOW_TEXTS_ARE_JUDGED}\n\n"
            f"{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "A body with a header, a mapping template or an example that carries a real key is readable by everyone "
            "who may export the API (`GetExport`), and is in the state file."
        ),
    ),
    types=frozenset({REST_API, REST_API_PUT, HTTP_API}),
    check=check_body,
)

DEFINITION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="sfn-state-machine-no-secret-in-definition",
        severity=Severity.CRITICAL,
        description="The definition of a state machine holds no secret.",
        remediation=(
            "Let the task that needs the secret read it from Secrets Manager; give it the ARN. For calls of HTTP "
            "endpoints, use an EventBridge connection that Secrets Manager backs."
        ),
        judged=(f"`definition` of `{STATE_MACHINE}`, by its inputs. {HOW_TEXTS_ARE_JUDGED}\n\n{HOW_VALUES_ARE_JUDGED}"),
        why=(
            "`DescribeStateMachine` shows the definition, and the history of every execution shows the parameters that "
            "it passes on."
        ),
    ),
    types=frozenset({STATE_MACHINE}),
    check=check_definition,
)

CONTAINERS_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="ecs-task-definition-no-secret",
        severity=Severity.CRITICAL,
        description="The containers of an ECS task are defined without a secret.",
        remediation=(
            "Keep the value in Secrets Manager, and give it to the container by secrets with the secret's ARN as "
            "valueFrom instead of environment or command."
        ),
        judged=(
            f"`containerDefinitions` of `{TASK_DEFINITION}`, by its inputs: environment, commands, labels, health "
            f"checks and everything else. {HOW_TEXTS_ARE_JUDGED} A `valueFrom` holds an ARN or a parameter's name.\n\n"
            f"{HOW_VALUES_ARE_JUDGED}"
        ),
        why="`DescribeTaskDefinition` shows all of it, also of revisions that are no longer used.",
        sources=("https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",),
    ),
    types=frozenset({TASK_DEFINITION}),
    check=check_containers,
)
