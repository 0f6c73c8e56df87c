"""Settings: declared once, read once, and refused with the key, the reason and the command that mends it."""

import re
from typing import Any

import pytest

from components.errors import SettingError
from components.function_platform import Architecture
from components.settings import KEYS, Settings, read_settings
from tests.components.stack_settings import ROOT, declared, sandbox_settings
from tests.support.mocks import deploy

ARM_LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension-Arm64:91"


def settings(**changes: Any) -> Settings:
    """The sandbox's settings, read by the program, with changes."""
    return deploy(read_settings, settings=sandbox_settings(**changes)).result


def test_the_project_declares_exactly_what_the_program_reads() -> None:
    assert set(declared()) == {f"gatehouse:{key}" for key in KEYS}


def test_every_declared_setting_has_a_type_a_meaning_and_a_default() -> None:
    for key, declaration in declared().items():
        items = {"items"} if declaration["type"] == "array" else set[str]()
        assert set(declaration) == {"type", "description", "default"} | items, key
        assert declaration["description"].endswith("."), key


def test_nothing_but_the_settings_package_reads_configuration() -> None:
    folder = ROOT / "components"
    readers = [path for path in folder.rglob("*.py") if "pulumi.Config(" in path.read_text()]
    assert readers == [folder / "settings" / "__init__.py"]


def test_the_sandbox_stack_has_no_secret_and_no_endpoint() -> None:
    text = (ROOT / "Pulumi.sandbox.yaml").read_text()
    assert "secure:" not in text
    assert not re.search(r"endpoint|localhost|127\.0\.0\.1|accessKey|secretKey", text, re.IGNORECASE)
    assert "aws:region: ap-southeast-3" in text


def test_the_sandbox_settings_become_typed_values() -> None:
    read = settings()
    assert read.hello is not None
    assert read.hello.platform.runtime == "python3.12"
    assert read.hello.platform.architecture is Architecture.X86_64
    assert read.hello.platform.secrets_extension is not None
    assert read.hello.platform.secrets_extension.port == 2773
    assert read.secrets.recovery_window_days == 0
    assert read.tags == {"project": "gatehouse", "stack": "sandbox"}
    assert read.manage_api_gateway_account is True


def test_the_extension_is_left_out_where_no_layer_is_named() -> None:
    read = settings(secretsExtensionLayerArn="")
    assert read.hello is not None
    assert read.hello.platform.secrets_extension is None


def test_cors_is_off_unless_an_origin_is_named() -> None:
    off, on = settings(), settings(helloCorsAllowOrigin="https://app.example.com")
    assert off.hello is not None
    assert off.hello.cors is None
    assert on.hello is not None
    assert on.hello.cors is not None


def test_a_system_that_is_switched_off_is_none() -> None:
    assert settings(helloEnabled=False).hello is None
    assert settings(tenantEnabled=False).tenant is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"helloEnabled": "maybe"}, "gatehouse:helloEnabled is not of the type that Pulumi.yaml declares"),
        ({"helloEnabled": None}, "gatehouse:helloEnabled is missing"),
        ({"signingKeyRotationDays": "often"}, "gatehouse:signingKeyRotationDays is not of the type"),
        ({"signingKeyRotationDays": 0}, "gatehouse:signingKeyRotationDays is 0, but must be 1 to 1000"),
        ({"secretRecoveryWindowDays": 3}, "gatehouse:secretRecoveryWindowDays is 3, but must be 0, or 7 to 30"),
        ({"architecture": "arm"}, "gatehouse:architecture is 'arm', but must be one of x86_64, arm64"),
        ({"helloRuntime": "python3.8"}, "gatehouse:helloRuntime is 'python3.8', but must be one of python3.11"),
        ({"logRetentionDays": 31}, "gatehouse:logRetentionDays is 31, but must be one of 1, 3, 5"),
        ({"throttlingRateLimit": 0}, "gatehouse:throttlingRateLimit is 0, but must be 1 to 10000"),
        ({"throttlingBurstLimit": 10_001}, "gatehouse:throttlingBurstLimit is 10001, but must be 1 to 10000"),
        ({"secretsExtensionLayerArn": "arn:nonsense"}, "gatehouse:secretsExtensionLayerArn cannot be used (layer_"),
        ({"secretsExtensionLayerArn": ARM_LAYER}, "another architecture than x86_64"),
        ({"secretsExtensionPort": 70_000}, "gatehouse:secretsExtensionPort is 70000, but must be a TCP port"),
        ({"helloCorsAllowOrigin": "app.example.com/"}, "gatehouse:helloCorsAllowOrigin cannot be used (allow_origin"),
        ({"tags": ["a"]}, "gatehouse:tags is not a mapping of names to texts"),
        ({"tags": {"cost": 3}}, "gatehouse:tags has 'cost'"),
        ({"tags": {"aws:owner": "us"}}, "gatehouse:tags has 'aws:owner'"),
        (
            {"tenantAlarmTopicArns": ["alarms"]},
            "gatehouse:tenantAlarmTopicArns is not a list of the ARNs of SNS topics",
        ),
        ({"tenantRequestsPerMinute": 0}, "gatehouse:tenantRequestsPerMinute is 0, but must be 1 to 60000"),
        ({"tenantRevocationSeconds": 601}, "gatehouse:tenantRevocationSeconds is 601, but must be 0 to 600"),
        ({"auditRetentionDays": 2}, "gatehouse:auditRetentionDays is 2, but must be one of 1, 3"),
        ({"helloEnable": True}, "gatehouse:helloEnable is not a setting (did you mean helloEnabled?)"),
        ({"jwtSecret": "mysecret"}, "gatehouse:jwtSecret is not a setting;"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_its_key(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError) as refused:
        settings(**changes)
    assert says in str(refused.value)
    assert "mysecret" not in str(refused.value)


def test_a_refusal_says_which_command_mends_it() -> None:
    with pytest.raises(SettingError, match="correct it with: pulumi config set gatehouse:architecture <value>"):
        settings(architecture="arm")


def test_settings_of_the_provider_are_not_ours_to_judge() -> None:
    given = {**sandbox_settings(), "aws:profile": "work", "other:key": "x"}
    assert deploy(read_settings, settings=given).result.hello is not None
