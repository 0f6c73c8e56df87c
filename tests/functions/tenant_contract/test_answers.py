"""Every answer of the functions is as the published contract says, and every documented answer can be had."""

import pytest

from tests.functions.tenant_contract.answers import ANSWERS, Maker
from tests.support.openapi import check_answer, contract

# What no function and no chain answers: throttling by the stage, and a function that is broken or too slow.
GATEWAY_ALONE = {502: '{"message": "Internal server error"}', 504: '{"message": "Endpoint request timed out"}'}
STAGE_THROTTLED = '{"message": "Too Many Requests"}'
CASES = [
    pytest.param(route, status, make, id=f"{route[0]} {route[1]} {status} {number}")
    for route, by_status in ANSWERS.items()
    for status, makers in by_status.items()
    for number, make in enumerate(makers)
]


@pytest.mark.parametrize(("route", "status", "make"), CASES)
def test_an_answer_is_as_documented(route: tuple[str, str], status: int, make: Maker) -> None:
    answer = make()
    assert answer.status == status, answer.body
    check_answer(*route, answer.status, answer.headers, answer.body)


@pytest.mark.parametrize("route", contract().operations, ids=" ".join)
def test_every_documented_status_is_answered_and_no_other(route: tuple[str, str]) -> None:
    documented = {int(status) for status in contract().operations[route]["responses"]}
    by_the_stage = {429} if route[1].startswith("/admin") else set[int]()
    assert documented - set(GATEWAY_ALONE) - by_the_stage == set(ANSWERS[route])


@pytest.mark.parametrize("route", contract().operations, ids=" ".join)
def test_what_api_gateway_answers_itself_is_documented(route: tuple[str, str]) -> None:
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "x-amzn-requestid": "c6af9ac6"}
    for status, body in GATEWAY_ALONE.items():
        check_answer(*route, status, headers, body)
    check_answer(*route, 429, {**headers, "Retry-After": "1"}, STAGE_THROTTLED)
    check_answer(*route, 401, {**headers, "WWW-Authenticate": "Bearer"}, '{"message": "Unauthorized"}')
    # Of an authorizer that fails, API Gateway has nothing to say.
    check_answer(*route, 500, {**headers, "x-amzn-errortype": "AuthorizerConfigurationException"}, '{"message": null}')
