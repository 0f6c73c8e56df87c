"""How stages, functions and log groups are matched where names repeat or are not known yet; formats of access logs."""

import json
from dataclasses import replace

import pytest

from guardrails.limits.request_validation import VALIDATION_RULE
from guardrails.limits.throttling import REST_THROTTLING_RULE
from guardrails.limits.timeouts import TIMEOUT_RULE
from guardrails.logs.access_logs import ACCESS_LOG_RULE
from guardrails.logs.execution_logs import LEVEL_RULE
from guardrails.logs.log_groups import FUNCTION_LOG_RULE, RETENTION_RULE
from guardrails.rules import Undecided
from tests.policy.families.configured import findings, problems
from tests.policy.fixtures import logs
from tests.policy.fixtures.limits import API, AUTHORIZER, FUNCTION, GUARD, INTEGRATION, METHOD, SETTINGS, STAGE
from tests.policy.judging import UNKNOWN, Declared

OTHER_API = replace(API.with_property("id", "api2"), name="other-api")
OTHER_STAGE = replace(STAGE.with_property("restApi", "api2"), name="other-prod", sources={"restApi": ["other-api"]})
ALIAS = Declared(
    type="aws:lambda/alias:Alias",
    name="live",
    properties={"name": "live", "functionName": UNKNOWN},
    sources={"functionName": ["orders"]},
)


def fresh(one: Declared) -> Declared:
    """Before any API exists."""
    return one.with_property("id" if one.type == API.type else "restApi", UNKNOWN)


def test_the_limit_of_another_apis_stage_of_the_same_name_does_not_count() -> None:
    stack = (API, OTHER_API, STAGE, OTHER_STAGE, SETTINGS)
    assert problems(REST_THROTTLING_RULE, *stack) == ["no MethodSettings limit the rate of all its methods (*/*)."]
    assert problems(REST_THROTTLING_RULE, *map(fresh, stack)) == [
        "no MethodSettings limit the rate of all its methods (*/*)."
    ]


def test_a_function_is_found_through_its_alias() -> None:
    called = replace(INTEGRATION.with_property("uri", UNKNOWN), sources={"uri": ["live"]})
    late = FUNCTION.with_property("timeout", 60)
    (problem,) = problems(TIMEOUT_RULE, called, ALIAS, late)
    assert "at most 29 seconds" in problem
    known = replace(ALIAS.with_property("functionName", "orders-backend"), sources={})
    assert len(problems(TIMEOUT_RULE, called, known, late)) == 1


def test_the_shortest_wait_for_a_function_counts() -> None:
    short = replace(INTEGRATION.with_property("timeoutMilliseconds", 5000), name="short")
    (problem,) = problems(TIMEOUT_RULE, INTEGRATION, short, FUNCTION)
    assert "at most 5 seconds" in problem


def test_how_long_an_authorizer_may_take_can_be_set() -> None:
    assert problems(TIMEOUT_RULE, AUTHORIZER, GUARD) == []
    assert problems(TIMEOUT_RULE, AUTHORIZER, GUARD, authorizer_seconds=5.0)


def test_which_methods_have_a_body_can_be_set() -> None:
    of_any = Declared(type=METHOD.type, name="any", properties={"httpMethod": "ANY"})
    assert problems(VALIDATION_RULE, of_any) == []
    assert problems(VALIDATION_RULE, of_any, methods_with_a_body=["ANY"])


def test_levels_and_days_can_be_set() -> None:
    traced = logs.METHODS.with_property("settings.loggingLevel", "INFO")
    assert problems(LEVEL_RULE, traced, levels=["INFO"]) == []
    assert problems(RETENTION_RULE, logs.GROUP, least_days=365.0)


def test_a_log_group_that_is_named_after_the_function_is_its_own_before_the_name_is_known() -> None:
    unnamed = Declared(type=logs.FUNCTION.type, name="hello", properties={})
    assert problems(FUNCTION_LOG_RULE, unnamed, logs.AUTO_NAMED) == []
    stranger = replace(logs.AUTO_NAMED, sources={})
    (found,) = findings(FUNCTION_LOG_RULE, unnamed, stranger)
    assert isinstance(found, Undecided)
    assert problems(FUNCTION_LOG_RULE, unnamed) == ["this stack has no LogGroup that it could write to."]


@pytest.mark.parametrize(
    "text",
    [
        logs.HTTP_FORMAT,
        json.dumps({"context": logs.FORMAT}),
        json.dumps({**logs.FORMAT, "at": "$context.requestTimeEpoch", "time": "-"}),
    ],
)
def test_a_format_may_nest_and_leave_numbers_without_quotes(text: str) -> None:
    assert problems(ACCESS_LOG_RULE, logs.STAGE.with_property("accessLogSettings.format", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(list(logs.FORMAT.values())),
        json.dumps(logs.FORMAT)[:-1],
        json.dumps(" ".join(logs.FORMAT.values())),
        "<log>" + " ".join(logs.FORMAT.values()) + "</log>",
    ],
)
def test_a_format_that_is_not_an_object_is_a_violation_though_the_fields_are_there(text: str) -> None:
    (problem,) = problems(ACCESS_LOG_RULE, logs.STAGE.with_property("accessLogSettings.format", text))
    assert "is not a JSON object" in problem


@pytest.mark.parametrize("field", logs.FORMAT)
def test_each_field_is_missed(field: str) -> None:
    rest = {name: value for name, value in logs.FORMAT.items() if name != field}
    (problem,) = problems(ACCESS_LOG_RULE, logs.STAGE.with_property("accessLogSettings.format", json.dumps(rest)))
    assert logs.FORMAT[field] in problem


def test_a_field_is_not_found_in_the_name_of_another() -> None:
    renamed = json.dumps({**logs.FORMAT, "request": "$context.requestIdentity"})
    (problem,) = problems(ACCESS_LOG_RULE, logs.STAGE.with_property("accessLogSettings.format", renamed))
    assert "$context.extendedRequestId or requestId" in problem or "$context.requestId" in problem


def test_the_fields_can_be_set() -> None:
    assert problems(ACCESS_LOG_RULE, logs.STAGE, fields=["identity.clientCert.serialNumber"]) == [
        "accessLogSettings.format has no $context.identity.clientCert.serialNumber."
    ]
