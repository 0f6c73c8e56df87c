"""Rotation of an app client's secret: two count at any time, and nothing that failed half-way stays."""

import json

import pytest

from aws_calls.errors import Throttled
from secret_rotation.app_client_secrets import APP_CLIENT_KIND, app_client_kind, app_client_secret_in
from secret_rotation.handler import build_handler
from secret_store.errors import SecretUnusable
from secret_store.secret_source import SecretVersion
from tests.functions.cognito_fake import POOL_ID, FakeCognito
from tests.functions.secrets_manager_fake import SecretsManager

VERSION = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
PLACEHOLDER = SecretVersion(version_id="first", value="{}")


class Client:
    """An app client as `app_clients` makes it, and its secret's versions in Secrets Manager."""

    def __init__(self) -> None:
        self.cognito = FakeCognito()
        settings = {"ClientName": "acme", "AllowedOAuthFlows": ["client_credentials"], "GenerateSecret": True}
        made = self.cognito("CreateUserPoolClient", {"UserPoolId": POOL_ID, **settings})
        self.client_id: str = made["UserPoolClient"]["ClientId"]
        self.first_secret: str = made["UserPoolClient"]["ClientSecret"]
        environment = {"USER_POOL_ID": POOL_ID, "APP_CLIENT_ID": self.client_id}
        self.kind = app_client_kind(environment, self.cognito)
        self.current = PLACEHOLDER

    def rotate(self) -> SecretVersion:
        """A whole rotation; the version is current then."""
        version = SecretVersion(version_id=VERSION, value=self.kind.make(lambda: self.current))
        self.kind.test(version)
        self.current = version
        return version

    @property
    def active(self) -> set[str]:
        return set(self.cognito.secrets[self.client_id].values())


@pytest.fixture
def client() -> Client:
    return Client()


def _secret(version: SecretVersion) -> str:
    return app_client_secret_in(version)["client_secret"]


def test_the_first_rotation_ends_the_secret_that_the_app_client_was_made_with(client: Client) -> None:
    version = client.rotate()
    assert app_client_secret_in(version)["client_id"] == client.client_id
    assert client.active == {_secret(version)}
    assert client.first_secret not in client.active


def test_the_current_and_the_previous_secret_count_and_the_one_before_does_not(client: Client) -> None:
    first, second, third = (_secret(client.rotate()) for _ in range(3))
    assert client.active == {second, third}
    assert first not in client.active


@pytest.mark.parametrize(
    "failure",
    [
        "ListUserPoolClientSecrets",
        "DeleteUserPoolClientSecret",
        "AddUserPoolClientSecret",
        "AddUserPoolClientSecret!",
    ],
)
@pytest.mark.parametrize("rotations", [0, 1, 2])
def test_a_rotation_that_failed_anywhere_is_repeated_and_the_current_secret_counts_all_the_while(
    client: Client, failure: str, rotations: int
) -> None:
    for _ in range(rotations):
        client.rotate()
    before = client.current
    if not (failure.startswith("Delete") and rotations == 1):  # nothing to delete then
        client.cognito.fails.append(failure)
        with pytest.raises(Throttled):
            client.rotate()
    assert client.current is before
    if rotations:
        assert _secret(before) in client.active
    after = _secret(client.rotate())
    assert client.active == ({_secret(before), after} if rotations else {after})


def test_a_current_secret_that_somebody_ended_is_not_counted_on(client: Client) -> None:
    client.rotate()
    client.rotate()
    ended = app_client_secret_in(client.current)["client_secret_id"]
    which = {"UserPoolId": POOL_ID, "ClientId": client.client_id, "ClientSecretId": ended}
    client.cognito("DeleteUserPoolClientSecret", which)
    after = _secret(client.rotate())
    assert client.active == {after}


def test_a_version_that_the_app_client_does_not_have_is_not_let_through(client: Client) -> None:
    document = json.loads(client.rotate().value)
    for change in ({"client_id": "another"}, {"client_secret_id": "another--1"}):
        with pytest.raises(SecretUnusable):
            client.kind.test(SecretVersion(version_id=VERSION, value=json.dumps({**document, **change})))


@pytest.mark.parametrize("value", ["{}", "", "null", '{"client_id": "a"}', '{"client_id": 1}', "plain"])
def test_any_other_value_is_unusable_and_its_text_is_in_no_message(value: str) -> None:
    with pytest.raises(SecretUnusable) as refused:
        app_client_secret_in(SecretVersion(version_id=VERSION, value=value))
    assert not value or value not in str(refused.value)


def test_a_function_for_many_clients_goes_by_the_app_client_that_each_secret_names(client: Client) -> None:
    kind = app_client_kind({"USER_POOL_ID": POOL_ID}, client.cognito)
    named = SecretVersion(version_id="first", value=json.dumps({"client_id": client.client_id}))
    first = SecretVersion(version_id=VERSION, value=kind.make(lambda: named))
    kind.test(first)
    assert app_client_secret_in(first)["client_id"] == client.client_id
    assert client.active == {_secret(first)}
    second = SecretVersion(version_id=VERSION, value=kind.make(lambda: first))
    assert client.active == {_secret(first), _secret(second)}


@pytest.mark.parametrize("value", [None, "{}", "plain", '{"client_id": ""}', '{"client_id": 5}'])
def test_a_secret_that_names_no_app_client_is_not_rotated_by_a_function_for_many(
    client: Client, value: str | None
) -> None:
    kind = app_client_kind({"USER_POOL_ID": POOL_ID}, client.cognito)
    current = None if value is None else SecretVersion(version_id="first", value=value)
    with pytest.raises(SecretUnusable, match="names no app client"):
        kind.make(lambda: current)
    assert client.active == {client.first_secret}


def test_the_kind_needs_its_settings_and_no_other_kind_needs_them() -> None:
    cognito, manager = FakeCognito(), SecretsManager()
    with pytest.raises(KeyError, match="USER_POOL_ID"):
        build_handler({"SECRET_KIND": APP_CLIENT_KIND}, secrets_manager=manager, cognito=cognito)
    build_handler({"SECRET_KIND": "hs256-signing-key"}, secrets_manager=manager, cognito=cognito)
    assert cognito.calls == manager.calls == []
