"""`gateway.proxy_answers`: what a function may answer through a proxy integration, and that nothing else leaks."""

import json
from typing import Any

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop

# Answers what the request's body asks for, or raises with it.
OBEDIENT_CODE = """
import json

def handle(event, context):
    order = json.loads(event["body"])
    if "raise" in order:
        raise Exception(order["raise"])
    return order["answer"]
"""


@pytest.fixture(scope="module")
def api(sandbox: ApiWorkshop) -> Api:
    return deployed(sandbox)


def deployed(workshop: ApiWorkshop) -> Api:
    workshop.function("obedient", OBEDIENT_CODE)
    api = workshop.api()
    api.route("/", function="obedient", method="POST")
    api.deploy()
    return api


def ask(api: Api, order: Any) -> Any:
    return api.call("/", method="POST", body=json.dumps(order).encode())


def test_the_emulator_alone_tells_the_caller_what_went_wrong_inside(emulator: ApiWorkshop) -> None:
    api = deployed(emulator)
    assert b"table customers" in ask(api, {"raise": "no table customers"}).body
    assert ask(api, {"answer": {"internal": "state"}}).status == 200


def test_an_exception_is_a_502_that_does_not_repeat_its_message(api: Api) -> None:
    answer = ask(api, {"raise": "no table customers"})
    assert (answer.status, answer.body) == (502, b'{"message": "Internal server error"}')
    assert answer.headers["x-amzn-errortype"] == "InternalServerErrorException"


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        7,
        "text",
        [],
        {},
        {"internal": "state"},
        {"body": "no status"},
        {"statusCode": None},
        {"statusCode": "many"},
        {"statusCode": 20},
        {"statusCode": 700},
        {"statusCode": True},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "body": {"an": "object"}},
        {"statusCode": 200, "headers": "X: y"},
        {"statusCode": 200, "headers": {"X": ["y"]}},
        {"statusCode": 200, "headers": {"X": None}},
        {"statusCode": 200, "multiValueHeaders": {"X": "y"}},
        {"statusCode": 200, "isBase64Encoded": "yes"},
    ],
    ids=repr,
)
def test_a_malformed_answer_is_the_same_502(api: Api, malformed: Any) -> None:
    answer = ask(api, {"answer": malformed})
    assert (answer.status, answer.body) == (502, b'{"message": "Internal server error"}')


def test_a_well_formed_answer_is_handed_on(api: Api) -> None:
    answer = ask(
        api,
        {
            "answer": {
                "statusCode": "201",
                "headers": {"X-Text": "a", "Access-Control-Allow-Credentials": True, "X-Count": 5},
                "multiValueHeaders": {"X-Many": ["one", "two"]},
                "body": "made",
            }
        },
    )
    assert (answer.status, answer.body) == (201, b"made")
    named = {"x-text": "a", "access-control-allow-credentials": "true", "x-count": "5", "x-many": "two"}
    assert {name: answer.headers[name] for name in named} == named
    assert ask(api, {"answer": {"statusCode": 204}}).body == b""


def test_a_502_carries_the_headers_of_the_default_5xx_response(sandbox: ApiWorkshop) -> None:
    sandbox.function("obedient", OBEDIENT_CODE)
    api = sandbox.api()
    api.route("/", function="obedient", method="POST")
    origin = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    api.gateway_response("DEFAULT_5XX", responseParameters=origin)
    api.deploy()
    answer = ask(api, {"raise": "no"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (502, "*")


def test_a_throttled_function_is_a_500(sandbox: ApiWorkshop) -> None:
    sandbox.function("throttled", "def handle(event, context):\n    return None\n")
    sandbox.functions.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    api = sandbox.api()
    api.route("/", function="throttled")
    api.deploy()
    answer = api.call("/")
    assert (answer.status, answer.body) == (500, b'{"message": "Internal server error"}')
