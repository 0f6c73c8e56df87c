"""`PythonFunction`: a role, a log group and rights of its own, and nothing that Lambda would refuse later."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from components.function_platform import Architecture, FunctionPlatform, SecretsExtension
from components.function_settings import ExistingSecret
from components.iam import Statement
from tests.components.samples import function_args, managed_secret, python_function
from tests.support.mocks import Stack, deploy

FUNCTION, ROLE_POLICY = "aws:lambda/function:Function", "aws:iam/rolePolicy:RolePolicy"
LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension:94"
ARM_LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension-Arm64:91"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:ap-southeast-3:111122223333:key/0"
SECRET_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key-AbCdEf"


def deployed(**changes: Any) -> Stack:
    return deploy(lambda: python_function("backend", **changes))


def statements(stack: Stack, name: str = "backend-policy") -> list[dict[str, Any]]:
    return json.loads(stack.one(ROLE_POLICY, name).inputs["policy"])["Statement"]


def test_the_function_is_what_was_asked_for() -> None:
    inputs = deployed(memory_mb=512, timeout_seconds=29, description="Lists what was ordered").one(FUNCTION).inputs
    assert (inputs["name"], inputs["description"]) == ("backend", "Lists what was ordered")
    assert (inputs["handler"], inputs["runtime"]) == ("hello.handler.handle", "python3.13")
    assert (inputs["memorySize"], inputs["timeout"], inputs["architectures"]) == (512, 29, ["x86_64"])
    assert set(inputs["code"].assets) == {"hello/handler.py"}


def test_the_log_group_has_a_retention_and_is_there_before_the_function() -> None:
    stack = deployed()
    group = stack.one(LOG_GROUP)
    assert (group.inputs["name"], group.inputs["retentionInDays"]) == ("/aws/lambda/backend", 30)
    assert {group.urn, stack.one(ROLE_POLICY).urn} <= stack.one(FUNCTION).depends_on


@pytest.mark.parametrize("given", [str, pulumi.Output.from_input], ids=["a text", "an output"])
def test_the_log_group_has_the_retention_and_the_key_that_the_platform_names(given: Callable[[str], Any]) -> None:
    def program() -> None:
        python_function(platform=FunctionPlatform(log_retention_days=7, log_kms_key_arn=given(KEY_ARN)))

    group = deploy(program).one(LOG_GROUP).inputs
    assert (group["retentionInDays"], group["kmsKeyId"]) == (7, KEY_ARN)


def test_without_a_key_the_log_group_has_that_of_aws() -> None:
    assert "kmsKeyId" not in deployed().one(LOG_GROUP).inputs


def test_two_functions_share_no_role() -> None:
    def program() -> None:
        python_function("first")
        python_function("second")

    stack = deploy(program)
    roles = [each.inputs["role"] for each in stack.of_type(FUNCTION)]
    assert len(set(roles)) == 2


def test_no_managed_policy_is_attached_and_the_rights_are_the_functions_own() -> None:
    stack = deployed()
    assert not stack.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    logs, traces = statements(stack)
    assert logs["Resource"] == ["arn:aws:logs:ap-southeast-3:111122223333:log-group:/aws/lambda/backend:*"]
    assert traces["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_without_tracing_there_is_no_right_to_send_traces() -> None:
    stack = deployed(platform=FunctionPlatform(tracing=False))
    assert [each["Sid"] for each in statements(stack)] == ["WriteLogEvents"]
    assert stack.one(FUNCTION).inputs["tracingConfig"] == {"mode": "PassThrough"}


def test_the_role_has_an_automatic_name() -> None:
    assert "name" not in deployed().one("aws:iam/role:Role").inputs


def test_further_statements_are_added() -> None:
    extra = Statement(sid="ReadTable", actions=["dynamodb:GetItem"], resources=["arn:aws:dynamodb:::table/data"])
    assert statements(deployed(statements=[extra]))[-1]["Sid"] == "ReadTable"


def test_a_secret_gives_its_arn_and_the_right_to_read_that_one() -> None:
    def program() -> None:
        python_function("backend", secret_arns={"SIGNING_KEY_SECRET_ARN": managed_secret()})

    stack = deploy(program)
    arn = stack.one("gatehouse:index:ManagedSecret").outputs["arn"]
    variables = stack.one(FUNCTION, "backend").inputs["environment"]["variables"]
    assert variables == {"SIGNING_KEY_SECRET_ARN": arn}
    (read,) = [each for each in statements(stack) if "secretsmanager" in str(each["Action"])]
    assert (read["Action"], read["Resource"]) == (["secretsmanager:GetSecretValue"], [arn])


def test_a_secret_with_a_key_of_its_own_gives_the_right_to_decrypt_with_it() -> None:
    key = "arn:aws:kms:ap-southeast-3:111122223333:key/0"

    def program() -> None:
        python_function("backend", secret_arns={"SIGNING_KEY_SECRET_ARN": managed_secret(kms_key_arn=key)})

    (decrypt,) = [each for each in statements(deploy(program)) if "kms:Decrypt" in each["Action"]]
    assert decrypt["Resource"] == [key]
    assert "kms:EncryptionContext:SecretARN" in decrypt["Condition"]["StringEquals"]


def test_a_secret_of_another_program_can_be_read_by_its_arn() -> None:
    stack = deployed(secret_arns={"KEY_ARN": ExistingSecret(SECRET_ARN)})
    assert stack.one(FUNCTION).inputs["environment"] == {"variables": {"KEY_ARN": SECRET_ARN}}
    assert statements(stack)[-1]["Resource"] == [SECRET_ARN]


def test_the_secrets_extension_comes_with_the_secret_tells_its_port_and_keeps_no_second_cache() -> None:
    platform = FunctionPlatform(secrets_extension=SecretsExtension(layer_version_arn=LAYER, port=2774))
    inputs = deployed(platform=platform, secret_arns={"KEY_ARN": ExistingSecret(SECRET_ARN)}).one(FUNCTION).inputs
    assert inputs["layers"] == [LAYER]
    assert inputs["environment"]["variables"] == {
        "KEY_ARN": SECRET_ARN,
        "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false",
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2774",
    }


def test_a_function_without_a_secret_gets_neither_the_extension_nor_an_environment() -> None:
    platform = FunctionPlatform(secrets_extension=SecretsExtension(layer_version_arn=LAYER))
    inputs = deployed(platform=platform).one(FUNCTION).inputs
    assert "layers" not in inputs
    assert "environment" not in inputs


def test_layers_of_the_caller_come_after_the_extension() -> None:
    own = "arn:aws:lambda:ap-southeast-3:111122223333:layer:wheels:3"
    platform = FunctionPlatform(secrets_extension=SecretsExtension(layer_version_arn=LAYER))
    inputs = deployed(platform=platform, layers=[own], secret_arns={"KEY_ARN": ExistingSecret(SECRET_ARN)})
    assert inputs.one(FUNCTION).inputs["layers"] == [LAYER, own]


def test_an_environment_value_that_another_resource_gives_flows_through() -> None:
    def program() -> None:
        first = python_function("first")
        python_function("second", environment={"BACKEND_ARN": first.arn, "GREETING": "hello"})

    variables = deploy(program).one(FUNCTION, "second").inputs["environment"]["variables"]
    arn = "arn:aws:lambda:ap-southeast-3:111122223333:function:first"
    assert variables == {"BACKEND_ARN": arn, "GREETING": "hello"}


def test_a_secret_output_in_the_environment_fails_the_deployment_and_registers_no_function() -> None:
    def program() -> None:
        python_function("backend", environment={"SETTING": pulumi.Output.secret("harmless")})

    with pytest.raises(ArgumentError, match="function backend: environment: SETTING looks like a secret"):
        deploy(program)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"function_name": "with space"}, "function_name: 'with space' is not 1 to 64"),
        ({"function_name": "n" * 65}, "is not 1 to 64"),
        ({"description": "d" * 257}, "description: 257 characters; Lambda keeps at most 256: shorten it"),
        ({"handler": "handle"}, "must be package.module.function"),
        ({"handler": "goodbye.handler.handle"}, "files must hold goodbye/handler.py"),
        ({"memory_mb": 100}, "memory_mb=100; Lambda gives 128 to 10240 MB"),
        ({"memory_mb": 10_241}, "Lambda gives 128 to 10240 MB"),
        ({"timeout_seconds": 0}, "timeout_seconds=0; it must be 1 to 900"),
        ({"timeout_seconds": 901}, "it must be 1 to 900"),
        ({"environment": {"JWT_SECRET": "mysecret"}}, "JWT_SECRET looks like a secret"),
        ({"environment": {"AWS_REGION": "ap-southeast-3"}}, "'AWS_REGION' cannot be the name"),
        (
            {"environment": {"AB": "\u00fc, " * 1024}},
            "environment: 4098 bytes; Lambda takes at most 4096 for all names",
        ),
        ({"secret_arns": {"KEY": ExistingSecret(SECRET_ARN)}}, "end the name with _ARN"),
        (
            {"secret_arns": {"KEY_ARN": ExistingSecret(SECRET_ARN)}, "environment": {"KEY_ARN": "arn:aws:x:y"}},
            "do not set it in",
        ),
    ],
)
def test_a_bad_argument_is_refused_by_name_with_what_is_allowed(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        function_args(**changes)
    assert says in str(refused.value)


def test_a_description_and_an_environment_may_be_as_long_as_lambda_keeps_them() -> None:
    assert function_args(description="d" * 256, environment={"AB": "a, " * 1364 + "ab"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"runtime": "python3.8"}, "runtime: 'python3.8' is not supported; use one of python3.11, python3.12"),
        ({"log_retention_days": 31}, "log_retention_days: 31 is not offered by CloudWatch Logs; use one of 1, 3"),
        ({"secrets_extension": SecretsExtension(layer_version_arn=ARM_LAYER)}, "another architecture than x86_64"),
        (
            {"architecture": Architecture.ARM64, "secrets_extension": SecretsExtension(layer_version_arn=LAYER)},
            "take AWS's AWS-Parameters-and-Secrets-Lambda-Extension-Arm64 instead",
        ),
    ],
)
def test_a_bad_platform_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        FunctionPlatform(**changes)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"layer_version_arn": "arn:aws:lambda:ap-southeast-3:490737872127:layer:X"}, "not the ARN of a layer version"),
        ({"layer_version_arn": LAYER, "port": 0}, "port: 0 is no TCP port"),
    ],
)
def test_a_bad_extension_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        SecretsExtension(**changes)
    assert says in str(refused.value)


def test_the_arm_layer_goes_with_arm() -> None:
    FunctionPlatform(architecture=Architecture.ARM64, secrets_extension=SecretsExtension(layer_version_arn=ARM_LAYER))
