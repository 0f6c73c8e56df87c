"""The stage: logs that an investigation can use, limits, and nothing secret in its variables."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.api_stage import StageSettings
from components.errors import ArgumentError
from tests.components.rest_api import SETTINGS, STAGE, simple
from tests.components.samples import api_gateway_account, authorized_api
from tests.support.mocks import deploy

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:ap-southeast-3:111122223333:key/0"


def test_access_logs_are_json_and_have_what_an_investigation_needs() -> None:
    stack = simple()
    settings = stack.one(STAGE).inputs["accessLogSettings"]
    fields = json.loads(settings["format"])
    wanted = {
        "authorizer_request_id",
        "client_certificate_serial",
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
    assert fields["client_certificate_serial"] == "$context.identity.clientCert.serialNumber"
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


def test_throttling_tracing_and_metrics_are_what_the_settings_say() -> None:
    stage = StageSettings(throttling_rate_limit=12.5, throttling_burst_limit=25, tracing=False, metrics=False)
    stack = deploy(lambda: authorized_api(stage=stage))
    assert stack.one(STAGE).inputs["xrayTracingEnabled"] is False
    settings = stack.one(SETTINGS).inputs["settings"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (12.5, 25)
    assert settings["metricsEnabled"] is False


@pytest.mark.parametrize("given", [str, pulumi.Output.from_input], ids=["a text", "an output"])
def test_the_access_logs_group_has_the_retention_and_the_key_that_the_settings_name(
    given: Callable[[str], Any],
) -> None:
    def program() -> None:
        authorized_api(stage=StageSettings(log_retention_days=7, log_kms_key_arn=given(KEY_ARN)))

    group = deploy(program).one(LOG_GROUP, "api-prod-logs").inputs
    assert (group["retentionInDays"], group["kmsKeyId"]) == (7, KEY_ARN)


def test_without_settings_the_access_logs_are_kept_30_days_under_the_key_of_aws() -> None:
    group = simple().one(LOG_GROUP, "api-prod-logs").inputs
    assert (group["retentionInDays"], "kmsKeyId" in group) == (30, False)


def test_the_stage_tells_its_log_group() -> None:
    assert simple().one("gatehouse:index:ApiStage").outputs["access_log_group_name"] == "/aws/apigateway/api/prod"


def test_the_stage_waits_for_the_accounts_role_where_the_program_makes_it() -> None:
    stack = deploy(lambda: authorized_api(account=api_gateway_account()))
    assert stack.one("aws:apigateway/account:Account").urn in stack.one(STAGE).depends_on


def test_stage_variables_are_plain_settings() -> None:
    stack = deploy(lambda: authorized_api(stage=StageSettings(variables={"environment": "prod"})))
    assert stack.one(STAGE).inputs["variables"] == {"environment": "prod"}
    with pytest.raises(ArgumentError, match="stage prod: variables: apiKey looks like a secret"):
        StageSettings(variables={"apiKey": "k-1"})


def test_a_stage_variable_may_have_every_character_that_api_gateway_takes() -> None:
    assert StageSettings(variables={"url": "https://a-b.example.com:443/c_d~e?f=1&g=2,3#h"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stage_name": "a/b"}, "stage_name: 'a/b' is not 1 to 128"),
        ({"variables": {"with-hyphen": "x"}}, "stage variable 'with-hyphen'"),
        (
            {"variables": {"a": "\u00fc b"}},
            "stage prod: variables: the value of 'a' is empty or has characters that API",
        ),
        ({"variables": {"a": "ends with a line\n"}}, "use letters, digits and - . _ ~ : / ? # & = , only"),
        ({"variables": {"a": ""}}, "the value of 'a' is empty or has"),
        ({"throttling_rate_limit": 0}, "set both above 0"),
        ({"throttling_burst_limit": 0}, "set both above 0"),
        ({"log_retention_days": 2}, "log_retention_days: 2 is not offered"),
    ],
)
def test_a_bad_stage_setting_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        StageSettings(**changes)
    assert says in str(refused.value)
