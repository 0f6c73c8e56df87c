"""`gateway.authorizer_answers`: what a Lambda authorizer may answer beside its policy, and what it may raise."""

from typing import Any

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop, allow


@pytest.fixture(scope="module")
def api(sandbox: ApiWorkshop) -> Api:
    return deployed(sandbox)


def deployed(workshop: ApiWorkshop) -> Api:
    api = workshop.api()
    api.route("/hello", authorizer=api.authorizer())
    api.deploy()
    return api


def test_the_emulator_alone_drops_nested_context_and_takes_any_unauthorized(emulator: ApiWorkshop) -> None:
    api = deployed(emulator)
    assert api.call("/hello", token=allow(context={"roles": ["admin"]})).status == 200
    assert api.call("/hello", token={"raise": " UNAUTHORIZED "}).status == 401


@pytest.mark.parametrize("value", [["admin"], {"a": 1}, [], {}], ids=repr)
def test_an_object_or_array_in_the_context_is_a_500(api: Api, value: Any) -> None:
    answer = api.call("/hello", token=allow(context={"roles": value}))
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    assert answer.headers["x-amzn-errortype"] == "AuthorizerConfigurationException"


@pytest.mark.parametrize("message", ["unauthorized", "Unauthorized ", "Unauthorized: expired", "", "nope"])
def test_only_the_exact_message_unauthorized_is_a_401(api: Api, message: str) -> None:
    assert api.call("/hello", token={"raise": "Unauthorized"}).status == 401
    answer = api.call("/hello", token={"raise": message})
    assert (answer.status, answer.body) == (500, b'{"message":null}')


def test_scalars_of_the_context_reach_the_function_as_strings(api: Api) -> None:
    context = {"text": "a", "count": 5, "share": 1.5, "on": True, "off": False}
    answer = api.call("/hello", token=allow(context=context))
    authorizer = answer.json["requestContext"]["authorizer"]
    authorizer.pop("event")
    strings = {"text": "a", "count": "5", "share": "1.5", "on": "true", "off": "false"}
    assert authorizer == strings | {"principalId": "caller"}


def test_a_throttled_authorizer_is_a_500(sandbox: ApiWorkshop) -> None:
    sandbox.function("never", "def handle(event, context):\n    return None\n")
    sandbox.functions.put_function_concurrency(FunctionName="never", ReservedConcurrentExecutions=0)
    api = sandbox.api()
    api.route("/hello", authorizer=api.authorizer("never"))
    api.deploy()
    answer = api.call("/hello", token={})
    assert (answer.status, answer.body) == (500, b'{"message":null}')
