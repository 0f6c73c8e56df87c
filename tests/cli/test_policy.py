"""An authorizer's answer as API Gateway reads it."""

from typing import Any

import pytest

from authorizer.decision import Allow, Deny
from authorizer.method_arn import MethodArn
from authorizer.policy_document import policy_for
from cli.explain.policy import MalformedAnswerError, UnreadableAnswerError, read_answer, route_of, routes
from tests.cli.support import METHOD_ARN

STAGE = METHOD_ARN.removesuffix("/GET/orders")


def answer_with(*statements: dict[str, Any], **members: Any) -> dict[str, Any]:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"principalId": "alice", "policyDocument": policy, "context": {}, **members}


def statement(effect: str = "Allow", resource: Any = f"{STAGE}/*/*", **members: Any) -> dict[str, Any]:
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource, **members}


def allowed_routes(decision: Allow | Deny) -> list[str]:
    answer = read_answer(policy_for(decision, MethodArn(METHOD_ARN)))
    return routes(answer.resources("Allow"), METHOD_ARN)


def test_the_routes_of_the_authorizers_own_policies_are_given_back() -> None:
    def allow(*given: str) -> Allow:
        return Allow(principal_id="alice", context={}, routes=given or None)

    assert allowed_routes(allow()) == ["* /*"]
    assert allowed_routes(allow("GET /orders", "* /health", "POST /orders/*")) == [
        *("GET /orders", "* /health", "POST /orders/*"),
    ]
    assert allowed_routes(Deny(reason="no_principal", authenticated=True)) == []
    assert allowed_routes(Deny(reason="route_not_permitted", permitted_routes=("GET /a",))) == ["GET /a"]


def test_a_resource_of_another_api_stays_an_arn() -> None:
    other = STAGE.replace("a1b2c3d4e5", "zzzzzzzzzz") + "/*/*"
    assert routes([other, "*"], METHOD_ARN) == [other, "*"]


@pytest.mark.parametrize(
    ("statements", "permitted"),
    [
        ([statement()], True),
        ([statement(resource="*")], True),
        ([statement(resource=f"{STAGE}/GET/orders")], True),
        ([statement(resource=[f"{STAGE}/POST/orders", f"{STAGE}/GET/ord?rs"])], True),
        ([statement(resource=f"{STAGE}/GET/orders/")], False),
        ([statement(resource=f"{STAGE}/get/orders")], False),
        ([statement(resource=f"{STAGE}/GET/[o]rders")], False),
        ([statement(), statement("Deny", f"{STAGE}/GET/*")], False),
        ([statement(), statement("Deny", f"{STAGE}/POST/*")], True),
        ([statement("Deny")], False),
        ([statement(Action="*")], True),
        ([statement(Action=["execute-api:ManageConnections"])], False),
        ([statement(Action="EXECUTE-API:invoke")], True),
        ([], False),
    ],
)
def test_a_method_is_permitted_by_an_allow_without_a_deny(statements: list[dict[str, Any]], permitted: bool) -> None:
    assert read_answer(answer_with(*statements)).permits(METHOD_ARN) is permitted


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "Allow",
        {},
        {"principalId": "alice"},
        {"principalId": "", "policyDocument": {"Statement": []}},
        {"principalId": 5, "policyDocument": {"Statement": []}},
        {"principalId": "alice", "policyDocument": {}},
        answer_with(statement(effect="allow")),
        answer_with(statement(resource=None)),
        answer_with(statement(resource=[])),
        answer_with(statement(resource=[5])),
        answer_with(statement(), context={"nested": {}}),
        answer_with(statement(), context={"nothing": None}),
        answer_with(statement(), context=[]),
        answer_with("Allow"),  # type: ignore[arg-type] -- what is malformed is tested
    ],
)
def test_what_api_gateway_does_not_take_is_malformed(answer: Any) -> None:
    with pytest.raises(MalformedAnswerError):
        read_answer(answer)


@pytest.mark.parametrize("name", ["Condition", "NotAction", "NotResource"])
def test_what_is_not_evaluated_is_never_taken_for_an_allow(name: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=name):
        read_answer(answer_with(statement(**{name: "x"})))


@pytest.mark.parametrize(
    ("method_arn", "route"),
    [
        (METHOD_ARN, "GET /orders"),
        (f"{STAGE}/GET/", "GET /"),
        (f"{STAGE}/GET/a//b", "GET /a//b"),
        ("", ""),
        ("orders", ""),
        ("arn:aws:execute-api:x:y:z", ""),
    ],
)
def test_what_is_called_is_read_from_the_arn(method_arn: str, route: str) -> None:
    assert route_of(method_arn) == route
