"""`app_clients`: what a deployment asks of it, asked again, and asked wrongly."""

import json
from typing import Any

import pytest

from app_clients.app_clients import AmbiguousClient
from app_clients.handler import EventRefused, build_handler
from aws_calls.errors import Throttled
from tests.functions.cognito_fake import POOL_ID, FakeCognito

ACME: dict[str, Any] = {"name": "acme", "scopes": ["partner/orders.read"], "token_minutes": 15}


class Function:
    """The function with a pool of its own; `log` has what it wrote."""

    def __init__(self) -> None:
        self.cognito = FakeCognito()
        self.log: list[str] = []
        self._handle = build_handler(
            {"USER_POOL_ID": POOL_ID, "TOKEN_MINUTES": "30"}, cognito=self.cognito, write=self.log.append
        )

    def __call__(self, action: str, settings: dict[str, Any] = ACME, previous: Any = None) -> str | None:
        event = {**settings, "tf": {"action": action, "prev_input": previous}}
        return self._handle(event, None)["client_id"]

    def answer(self, event: Any) -> Any:
        return self._handle(event, None)


@pytest.fixture
def function() -> Function:
    return Function()


def test_an_app_client_is_for_machines_only(function: Function) -> None:
    client_id = function("create")
    assert client_id is not None
    settings = function.cognito.clients[client_id]
    assert settings["AllowedOAuthFlows"] == ["client_credentials"]
    assert settings["AllowedOAuthScopes"] == ["partner/orders.read"]
    assert (settings["AccessTokenValidity"], settings["TokenValidityUnits"]) == (15, {"AccessToken": "minutes"})
    assert settings["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]


def test_tokens_live_as_long_as_the_settings_say_where_the_event_does_not(function: Function) -> None:
    client_id = function("create", {name: ACME[name] for name in ("name", "scopes")})
    assert client_id is not None
    assert function.cognito.clients[client_id]["AccessTokenValidity"] == 30


def test_neither_the_answer_nor_the_log_has_the_secret_that_cognito_tells(function: Function) -> None:
    client_id = function("create")
    assert client_id is not None
    (secret,) = function.cognito.secrets[client_id].values()
    function("update", previous=ACME)
    assert secret not in json.dumps(function.answer({**ACME, "tf": {"action": "update", "prev_input": ACME}}))
    assert secret not in "".join(function.log)
    assert json.loads(function.log[0]) == {"action": "create", "name": "acme", "client_id": client_id}


def test_a_creation_that_is_repeated_because_its_answer_was_lost_finds_the_app_client(function: Function) -> None:
    function.cognito.fails.append("CreateUserPoolClient!")
    with pytest.raises(Throttled):
        function("create")
    assert function("create") == "appclient1"
    assert len(function.cognito.clients) == 1


def test_changed_scopes_and_a_new_name_keep_the_app_client(function: Function) -> None:
    made = function("create")
    for number in range(5):  # more than a page
        function("create", {**ACME, "name": f"partner-{number}"})
    renamed = {**ACME, "name": "acme-two", "scopes": ["partner/orders.write"]}
    assert function("update", renamed, previous=ACME) == made
    assert made is not None
    assert function.cognito.clients[made]["ClientName"] == "acme-two"
    assert function.cognito.clients[made]["AllowedOAuthScopes"] == ["partner/orders.write"]


def test_an_update_of_what_somebody_deleted_makes_it_again(function: Function) -> None:
    assert function("update", previous=ACME) is not None


def test_a_deletion_is_done_once_and_repeated_without_complaint(function: Function) -> None:
    made = function("create")
    assert function("delete", previous=ACME) == made
    assert function("delete", previous=ACME) is None
    assert function.cognito.clients == {}


def test_two_app_clients_of_one_name_are_left_alone(function: Function) -> None:
    function("create")
    function.cognito.clients["theirs"] = dict(function.cognito.clients["appclient1"])
    for action in ("create", "update", "delete"):
        with pytest.raises(AmbiguousClient, match="2 app clients are named acme"):
            function(action)
    assert len(function.cognito.clients) == 2


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "create",
        ACME,
        {**ACME, "tf": None},
        {**ACME, "tf": {"action": "drop"}},
        {**ACME, "tf": {"action": ["create"]}},
        *({**ACME, member: wrong, "tf": {"action": "create"}} for member, wrong in (
            ("name", ""), ("name", 1), ("scopes", []), ("scopes", "all"), ("scopes", [1]),
            ("token_minutes", None), ("token_minutes", True), ("token_minutes", 1.5),
        )),
    ],
)  # fmt: skip
def test_what_no_deployment_sends_changes_nothing(function: Function, event: Any) -> None:
    with pytest.raises(EventRefused):
        function.answer(event)
    assert function.cognito.calls == []
    assert function.log == []
