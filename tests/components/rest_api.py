"""What the tests of REST APIs share: the types of their resources, two APIs, and what being guarded means."""

import functools
from typing import Any

from tests.components.samples import api_with_everything, authorized_api
from tests.support.mocks import Registration, Stack, deploy

API = "aws:apigateway/restApi:RestApi"
AUTHORIZER = "aws:apigateway/authorizer:Authorizer"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
INTEGRATION = "aws:apigateway/integration:Integration"
METHOD = "aws:apigateway/method:Method"
PERMISSION = "aws:lambda/permission:Permission"
RESOURCE = "aws:apigateway/resource:Resource"
RESPONSE = "aws:apigateway/response:Response"
SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
STAGE = "aws:apigateway/stage:Stage"
EXECUTION = "arn:aws:execute-api:ap-southeast-3:111122223333:abc123defg"


@functools.cache
def everything() -> Stack:
    """The API with every kind of child."""
    return deploy(api_with_everything)


@functools.cache
def simple() -> Stack:
    """The API with one route."""
    return deploy(authorized_api)


def inputs_by_name(stack: Stack, type_: str) -> dict[str, Any]:
    return {each.name: each.inputs for each in stack.of_type(type_)}


def is_guarded(method: Registration, stack: Stack) -> bool:
    """CUSTOM with an authorizer of the same API, or a preflight that reaches no function."""
    if method.inputs["authorization"] == "CUSTOM":
        authorizers = [
            each for each in stack.of_type(AUTHORIZER) if method.inputs["authorizerId"] == f"id-of-{each.name}"
        ]
        return [each.inputs["restApi"] for each in authorizers] == [method.inputs["restApi"]]
    integrations = [each.inputs for each in stack.of_type(INTEGRATION) if each.name == f"{method.name}-integration"]
    return method.inputs["httpMethod"] == "OPTIONS" and [each["type"] for each in integrations] == ["MOCK"]
