"""`secret_rotation`: the four steps against a Secrets Manager that behaves as AWS documents it."""

import json
from typing import Any

import pytest

from aws_calls.errors import Refused
from secret_rotation.handler import build_handler
from secret_rotation.kinds import SECRET_KINDS, secret_kind
from secret_rotation.rotation import RotationError
from secret_store.errors import SecretUnusable
from secret_store.secret_source import SecretVersion
from secret_store.signing_key import signing_key_in
from tests.functions.cognito_fake import FakeCognito
from tests.functions.secrets_manager_fake import FIRST, SecretsManager
from tests.functions.support import SECRET_ARN, signing_key_version

SECOND = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
ENVIRONMENT = {"SECRET_KIND": "hs256-signing-key"}


class Function:
    """The rotation function with its log."""

    def __init__(self, manager: SecretsManager, environment: dict[str, str] = ENVIRONMENT) -> None:
        self.log: list[str] = []
        self._handle = build_handler(environment, secrets_manager=manager, cognito=FakeCognito(), write=self.log.append)

    def step(self, step: str, version_id: str = SECOND) -> None:
        self._handle({"SecretId": SECRET_ARN, "ClientRequestToken": version_id, "Step": step}, None)


def test_the_four_steps_put_a_new_key_in_the_place_of_the_placeholder() -> None:
    manager = SecretsManager()
    function = Function(manager)
    manager.start_rotation(SECOND)
    for step in STEPS:
        function.step(step)
    assert manager.stages == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT"]}
    assert signing_key_in(manager.current()).key_id == SECOND


def test_until_the_last_step_the_old_key_stays_current() -> None:
    manager = SecretsManager(value=signing_key_version().value)
    manager.start_rotation(SECOND)
    for step in STEPS[:3]:
        Function(manager).step(step)
        assert manager.current().version_id == FIRST
    assert signing_key_version().value == manager.current().value


def test_every_step_may_be_repeated_and_none_changes_a_value_twice() -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    for step in [step for step in STEPS for _ in range(3)]:
        Function(manager).step(step)
    assert manager.calls == ["PutSecretValue", "move AWSCURRENT", "move AWSPENDING"]
    for step in STEPS:
        Function(manager).step(step)
    assert len(manager.calls) == 3
    assert manager.stages == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT"]}


def test_a_rotation_that_broke_off_is_finished_by_the_next_attempt_with_the_same_key() -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    Function(manager).step("createSecret")
    value = manager.values[SECOND]
    for step in STEPS:
        Function(manager).step(step)
    assert manager.current().value == value


def test_two_rotations_never_make_the_same_key() -> None:
    manager = SecretsManager()
    for version_id in (SECOND, "16fd2706-8baf-433b-82eb-8c7fada847da"):
        manager.start_rotation(version_id)
        for step in STEPS:
            Function(manager).step(step, version_id)
    assert len(set(manager.values.values())) == 3
    assert manager.stages[SECOND] == ["AWSPREVIOUS"]
    assert manager.stages[FIRST] == []


@pytest.mark.parametrize("step", STEPS)
def test_a_version_that_is_not_pending_is_refused_and_nothing_changes(step: str) -> None:
    manager = SecretsManager()
    manager.stages[SECOND] = []
    with pytest.raises(RotationError, match="is not AWSPENDING"):
        Function(manager).step(step)
    with pytest.raises(RotationError, match="has no version"):
        Function(manager).step(step, "an-unknown-version")
    assert manager.calls == []


def test_a_secret_whose_rotation_is_off_is_refused() -> None:
    manager = SecretsManager(rotation_enabled=False)
    manager.start_rotation(SECOND)
    with pytest.raises(RotationError, match="not enabled"):
        Function(manager).step("createSecret")
    assert manager.calls == []


@pytest.mark.parametrize(
    "value",
    ["{}", "mysecret", '{"algorithm":"HS256","key":"c2hvcnQ"}', '{"algorithm":"none","key":"' + "A" * 43 + '"}'],
)
def test_a_pending_value_that_would_not_work_stops_the_rotation(value: str) -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    manager.values[SECOND] = value
    with pytest.raises(SecretUnusable):
        Function(manager).step("testSecret")
    assert manager.current().version_id == FIRST


def test_a_pending_version_without_a_value_stops_the_rotation() -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        Function(manager).step("testSecret")


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        [],
        "createSecret",
        {"SecretId": SECRET_ARN, "ClientRequestToken": SECOND},
        {"SecretId": SECRET_ARN, "ClientRequestToken": "", "Step": "createSecret"},
        {"SecretId": [SECRET_ARN], "ClientRequestToken": SECOND, "Step": "createSecret"},
        {"SecretId": SECRET_ARN, "ClientRequestToken": SECOND, "Step": "deleteSecret"},
        {"SecretId": SECRET_ARN, "ClientRequestToken": SECOND, "Step": "__init__"},
    ],
)
def test_an_event_that_secrets_manager_would_not_send_is_refused(event: object) -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    handle = build_handler(ENVIRONMENT, secrets_manager=manager, cognito=FakeCognito())
    with pytest.raises(RotationError):
        handle(event, None)
    assert manager.calls == []


@pytest.mark.parametrize("kind", ["", "HS256-signing-key", "password"])
def test_an_unknown_kind_of_secret_is_refused_with_the_kinds_that_there_are(kind: str) -> None:
    with pytest.raises(ValueError, match=r"SECRET_KIND is .* one of: hs256-signing-key, admin-api-key"):
        secret_kind(kind)
    with pytest.raises(ValueError, match="SECRET_KIND"):
        build_handler({}, secrets_manager=SecretsManager(), cognito=FakeCognito())


@pytest.mark.parametrize("kind", SECRET_KINDS.values(), ids=SECRET_KINDS)
def test_every_kind_makes_values_that_pass_its_own_test_and_differ(kind: Any) -> None:
    values = {kind.new_value() for _ in range(20)}
    assert len(values) == 20
    for value in values:
        kind.test(SecretVersion(version_id=SECOND, value=value))


def test_each_step_logs_one_line_of_ids_and_never_a_value(capfd: pytest.CaptureFixture[str]) -> None:
    manager = SecretsManager()
    function = Function(manager)
    manager.start_rotation(SECOND)
    for step in STEPS:
        function.step(step)
    assert [json.loads(line)["step"] for line in function.log] == list(STEPS)
    assert all(line.endswith("}\n") and SECRET_ARN in line and SECOND in line for line in function.log)
    key = json.loads(manager.values[SECOND])["key"]
    written = "".join([*function.log, *capfd.readouterr()])
    assert key not in written
    assert manager.values[SECOND] not in written


@pytest.mark.parametrize("code", ["DecryptionFailure", "InvalidRequestException"])
def test_a_value_that_cannot_be_read_stops_the_rotation_before_another_one_is_made(code: str) -> None:
    manager = SecretsManager()
    manager.start_rotation(SECOND)
    manager.refuses["GetSecretValue"] = code
    with pytest.raises(Refused, match=code):
        Function(manager).step("createSecret")
    assert manager.calls == []
