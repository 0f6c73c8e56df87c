"""The stage: logs that an investigation can use, limits, and nothing secret in its variables."""

import json
from typing import Any

import pytest

from components.api_stage import StageSettings
from components.errors import ArgumentError
from tests.components.rest_api import SETTINGS, STAGE, simple
from tests.components.samples import api_gateway_account, authorized_api
from tests.support.mocks import deploy


def test_access_logs_are_json_and_have_what_an_investigation_needs() -> None:
    stack = simple()
    settings = stack.one(STAGE).inputs["accessLogSettings"]
    fields = json.loads(settings["format"])
    wanted = {
        "authorizer_request_id",
        "integration_request_id",
        "request_id",
        "source_ip",
        "status",
        "latency_ms",
        "principal",
        "reason",
        "error",
        "method",
        "route",
    }
    assert wanted <= set(fields)
    assert all(value.startswith("$context.") for value in fields.values())
    assert settings["destinationArn"].endswith(":log-group:/aws/apigateway/api/prod")


def test_access_logs_hold_nothing_that_a_caller_could_fill_with_a_credential_or_a_quote() -> None:
    text = simple().one(STAGE).inputs["accessLogSettings"]["format"]
    for variable in ("$context.path", "$context.identity.userAgent", "authorizer.claims", "$input", "apiKey"):
        assert f'"{variable}"' not in text


def test_tracing_metrics_and_throttling_are_on_and_execution_logs_off() -> None:
    stack = simple()
    assert stack.one(STAGE).inputs["xrayTracingEnabled"] is True
    settings = stack.one(SETTINGS).inputs
    assert settings["methodPath"] == "*/*"
    assert settings["settings"] == {
        "metricsEnabled": True,
        "throttlingRateLimit": 50,
        "throttlingBurstLimit": 100,
        "loggingLevel": "OFF",
        "dataTraceEnabled": False,
    }


def test_the_stage_waits_for_the_accounts_role_where_the_program_makes_it() -> None:
    stack = deploy(lambda: authorized_api(account=api_gateway_account()))
    assert stack.one("aws:apigateway/account:Account").urn in stack.one(STAGE).depends_on


def test_stage_variables_are_plain_settings() -> None:
    stack = deploy(lambda: authorized_api(stage=StageSettings(variables={"environment": "prod"})))
    assert stack.one(STAGE).inputs["variables"] == {"environment": "prod"}
    with pytest.raises(ArgumentError, match="stage prod: variables: apiKey looks like a secret"):
        StageSettings(variables={"apiKey": "k-1"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stage_name": "a/b"}, "stage_name: 'a/b' is not 1 to 128"),
        ({"variables": {"with-hyphen": "x"}}, "stage variable 'with-hyphen'"),
        ({"throttling_rate_limit": 0}, "set both above 0"),
        ({"throttling_burst_limit": 0}, "set both above 0"),
        ({"log_retention_days": 2}, "log_retention_days: 2 is not offered"),
    ],
)
def test_a_bad_stage_setting_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        StageSettings(**changes)
    assert says in str(refused.value)
