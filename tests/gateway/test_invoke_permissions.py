"""`gateway.invoke_permissions`: API Gateway invokes only what a policy lets it invoke."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.rest_api import TRUST, Api, ApiWorkshop, allow
from tests.support.sandbox import ACCOUNT_ID, REGION

PREFIX = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}"


@pytest.fixture
def backend(sandbox: ApiWorkshop) -> Iterator[str]:
    """A function that nothing else in this folder permits API Gateway to invoke."""
    name = f"backend-{next(sandbox.numbers)}"
    sandbox.function(name, "def handle(event, context):\n    return {'statusCode': 200, 'body': 'reached'}\n")
    yield name
    sandbox.functions.delete_function(FunctionName=name)


def unpermitted(workshop: ApiWorkshop, backend: str, path: str = "/hello", method: str = "GET") -> Api:
    api = workshop.api()
    api.route(path, function=backend, method=method, permitted=None)
    api.deploy()
    return api


def permit(workshop: ApiWorkshop, backend: str, **permission: Any) -> None:
    workshop.functions.add_permission(
        **{
            "FunctionName": backend,
            "StatementId": f"permission-{next(workshop.numbers)}",
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            **permission,
        }
    )


def role(workshop: ApiWorkshop, statements: list[dict[str, Any]], trust: dict[str, Any] = TRUST) -> str:
    """The ARN of a role that API Gateway may assume and that allows these statements."""
    name = f"role-{next(workshop.numbers)}"
    iam = workshop.running.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=document)
    return arn


def test_the_emulator_alone_invokes_any_function(emulator: ApiWorkshop) -> None:
    api = emulator.api()
    api.route("/hello", authorizer=api.authorizer(permitted=False), permitted=None)
    api.deploy()
    assert api.call("/hello", token=allow()).status == 200


def test_a_function_without_permission_is_a_500_and_the_log_says_what_to_do(sandbox: ApiWorkshop, backend: str) -> None:
    api = unpermitted(sandbox, backend)
    answer = api.call("/hello")
    assert (answer.status, answer.body) == (500, b'{"message": "Internal server error"}')
    assert answer.headers["x-amzn-errortype"] == "InternalServerErrorException"
    assert f"for {PREFIX}:{api.api_id}/prod/GET/hello; add a permission" in sandbox.running.log()


@pytest.mark.parametrize(
    "source", ["{api}/*", "{api}/*/*", "{api}/prod/GET/hello", "{api}/*/GET/hello", "*/*/GET/*", None]
)
def test_a_permission_for_this_method_lets_it_through(sandbox: ApiWorkshop, backend: str, source: str | None) -> None:
    api = unpermitted(sandbox, backend)
    limits = {} if source is None else {"SourceArn": f"{PREFIX}:{source.format(api=api.api_id)}"}
    permit(sandbox, backend, **limits)
    assert api.call("/hello").body == b"reached"


@pytest.mark.parametrize(
    "permission",
    [
        {"SourceArn": f"{PREFIX}:another/*"},
        {"SourceArn": f"{PREFIX}:*/test/GET/hello"},
        {"SourceArn": f"{PREFIX}:*/prod/POST/hello"},
        {"SourceArn": f"{PREFIX}:*/prod/GET/hell"},
        {"SourceArn": f"arn:aws:execute-api:eu-west-1:{ACCOUNT_ID}:*"},
        {"SourceAccount": "444455556666"},
        {"Principal": "events.amazonaws.com"},
        {"Action": "lambda:GetFunction"},
    ],
    ids=repr,
)
def test_a_permission_for_something_else_does_not(
    sandbox: ApiWorkshop, backend: str, permission: dict[str, str]
) -> None:
    api = unpermitted(sandbox, backend)
    permit(sandbox, backend, **permission)
    assert api.call("/hello").status == 500


def test_a_path_parameter_is_permitted_by_a_wildcard(sandbox: ApiWorkshop, backend: str) -> None:
    api = unpermitted(sandbox, backend, "/keys/{id}", "DELETE")
    permit(sandbox, backend, SourceArn=f"{PREFIX}:{api.api_id}/*/DELETE/keys/7")
    assert api.call("/keys/7", method="DELETE").status == 500
    permit(sandbox, backend, SourceArn=f"{PREFIX}:{api.api_id}/*/DELETE/keys/*")
    assert api.call("/keys/7", method="DELETE").status == 200


def test_a_permission_that_is_removed_no_longer_counts(sandbox: ApiWorkshop, backend: str) -> None:
    api = unpermitted(sandbox, backend)
    permit(sandbox, backend, StatementId="for-a-while")
    assert api.call("/hello").status == 200
    sandbox.functions.remove_permission(FunctionName=backend, StatementId="for-a-while")
    assert api.call("/hello").status == 500


def test_a_permission_of_the_function_is_not_one_of_its_alias(sandbox: ApiWorkshop, backend: str) -> None:
    version = sandbox.functions.publish_version(FunctionName=backend)["Version"]
    sandbox.functions.create_alias(FunctionName=backend, Name="live", FunctionVersion=version)
    permit(sandbox, backend)
    api = sandbox.api()
    resource = api.route("/hello", function=backend, permitted=None)
    uri = sandbox.invocation_uri(backend).replace("/invocations", ":live/invocations")
    patch = [{"op": "replace", "path": "/uri", "value": uri}]
    api.gateway.update_integration(restApiId=api.api_id, resourceId=resource, httpMethod="GET", patchOperations=patch)
    api.deploy()
    assert api.call("/hello").status == 500
    permit(sandbox, backend, Qualifier="live")
    assert api.call("/hello").status == 200


def test_an_authorizer_needs_a_permission_for_its_own_arn(sandbox: ApiWorkshop) -> None:
    sandbox.function("guard", "def handle(event, context):\n    raise Exception('Unauthorized')\n")
    api = sandbox.api()
    authorizer = api.authorizer("guard", permitted=False)
    api.route("/hello", authorizer=authorizer)
    api.deploy()
    permit(sandbox, "guard", SourceArn=f"{PREFIX}:{api.api_id}/*/GET/hello")
    refused = api.call("/hello", token={})
    assert (refused.status, refused.headers["x-amzn-errortype"]) == (500, "AuthorizerConfigurationException")
    assert refused.body == b'{"message": "Internal server error"}'
    permit(sandbox, "guard", SourceArn=f"{PREFIX}:{api.api_id}/authorizers/{authorizer}")
    assert api.call("/hello", token={}).status == 401


def test_a_credentials_role_permits_what_its_policies_allow(sandbox: ApiWorkshop, backend: str) -> None:
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": sandbox.arn(backend)}
    distrustful = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    cases = {
        role(sandbox, [invoke]): 200,
        role(sandbox, [{**invoke, "Resource": sandbox.arn("echo")}]): 500,
        role(sandbox, []): 500,
        role(sandbox, [invoke], distrustful): 500,
        f"arn:aws:iam::{ACCOUNT_ID}:role/nobody": 500,
        "arn:aws:iam::*:user/*": 500,
    }
    api = sandbox.api()
    for number, credentials in enumerate(cases):
        place = {"restApiId": api.api_id, "resourceId": api.resource(f"r{number}"), "httpMethod": "GET"}
        api.gateway.put_method(**place, authorizationType="NONE")
        api.gateway.put_integration(
            **place,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=sandbox.invocation_uri(backend),
            credentials=credentials,
        )
    api.deploy()
    assert [api.call(f"/r{number}").status for number in range(len(cases))] == list(cases.values())


def test_an_authorizers_credentials_role_permits_it(sandbox: ApiWorkshop) -> None:
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": sandbox.arn("authorizer")}
    api = sandbox.api()
    for path, statements in {"/with": [invoke], "/without": []}.items():
        credentials = role(sandbox, statements)
        api.route(path, authorizer=api.authorizer(permitted=False, authorizerCredentials=credentials))
    api.deploy()
    assert [api.call(path, token=allow()).status for path in ("/with", "/without")] == [200, 500]
