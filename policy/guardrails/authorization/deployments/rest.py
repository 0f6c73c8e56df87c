"""A stage of a REST API serves every method that the stack declares, as it declares it."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.deployments.coverage import Kind, deployments, served
from guardrails.authorization.rest.authorizers import AUTHORIZER, REST_API
from guardrails.authorization.rest.methods import METHOD
from guardrails.authorization.rest.preflight import INTEGRATION
from guardrails.properties import Missing
from guardrails.resources import Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule
from guardrails.settings import Settings

STAGE: Final = "aws:apigateway/stage:Stage"

REST: Final = Kind(
    apis=REST_API,
    deployment="aws:apigateway/deployment:Deployment",
    api_property="restApi",
    parts={
        METHOD: "restApi",
        INTEGRATION: "restApi",
        AUTHORIZER: "restApi",
        "aws:apigateway/restApiPut:RestApiPut": "restApiId",
        "aws:apigateway/restApiPolicy:RestApiPolicy": "restApiId",
    },
)


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Judge the deployments, and that stages serve them."""
    yield from deployments(stack, REST)
    for stage in stack.of_type(STAGE):
        yield from served(stack, stage, REST, "deployment")
        if not isinstance(stage.read("canarySettings"), Missing):
            yield from served(stack, stage, REST, "canarySettings", "deploymentId")


REST_DEPLOYMENT_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-stage-deployment-covers-methods",
        severity=Severity.HIGH,
        description="A stage of a REST API serves every method as the stack declares it.",
        remediation=(
            "Give the Deployment of the stage depends_on with every Method, Integration and Authorizer of its API, and "
            "triggers with a digest of their definitions."
        ),
        judged=(
            "The stack: every `aws:apigateway/deployment:Deployment` is made after every Method, Integration, "
            "Authorizer, RestApiPut and RestApiPolicy of its API, by `dependsOn` or by a property, directly or through "
            "others; and it has `triggers`. Every Stage serves, by `deployment` and by `canarySettings.deploymentId`, "
            "a Deployment of this stack and of its own API.\n\n"
            "Whether the triggers change with everything that is deployed cannot be seen here."
        ),
        why=(
            "A deployment is a copy. A method that was given an authorizer stays open in the stage until the API is "
            "deployed again, while program, state and every other rule show it closed."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
            "https://www.pulumi.com/registry/packages/aws/api-docs/apigateway/deployment/",
        ),
    ),
    check=check,
)
