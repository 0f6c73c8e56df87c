"""`tenant`: keys are made, listed, rotated and revoked through the API itself; a key is printed once, alone."""

import http.server
import json
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_keys.names import is_key_id
from cli.errors import CliError
from cli.target import Target
from cli.tenant.admin_api import AdminApi
from cli.tenant.tables import requests_by_day
from tests.cli.support import CommandLine, Ended
from tests.functions.keys.deployed import DeployedKeys
from tests.support.sandbox import REGION, RunningSandbox


@pytest.fixture(scope="module")
def deployed(sandbox: RunningSandbox) -> Iterator[DeployedKeys]:
    made = DeployedKeys(sandbox)
    yield made
    made.close()


@pytest.fixture
def customer_id() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


class TenantCommand:
    """`python -m cli tenant` on the deployed API."""

    def __init__(self, command_line: CommandLine, deployed: DeployedKeys) -> None:
        self._command_line = command_line
        self._api = deployed.workshop.gateway.get_rest_api(restApiId=deployed.api.api_id)["name"]
        self._url = deployed.sandbox.url

    def __call__(self, *arguments: str, code: int = 0) -> Ended:
        action, *rest = arguments
        place = ("--api", self._api, "--endpoint-url", self._url, "--region", REGION)
        ended = self._command_line("tenant", action, *place, *rest)
        assert ended.code == code, ended.printed
        return ended


@pytest.fixture(scope="module")
def target(sandbox: RunningSandbox) -> Target:
    """One for all commands but those of `plain_tenant`: to make clients anew takes a second."""
    return Target(name="sandbox of the test", region=REGION, endpoint_url=sandbox.url, as_sandbox_root=True)


@pytest.fixture
def plain_tenant(command_line: CommandLine, deployed: DeployedKeys) -> TenantCommand:
    """The command as it is."""
    return TenantCommand(command_line, deployed)


@pytest.fixture
def tenant(plain_tenant: TenantCommand, target: Target, monkeypatch: pytest.MonkeyPatch) -> TenantCommand:
    monkeypatch.setattr("cli.tenant.commands.find_target", lambda *_arguments, **_settings: target)
    return plain_tenant


def test_a_key_is_printed_alone_and_works(
    plain_tenant: TenantCommand, deployed: DeployedKeys, customer_id: str
) -> None:
    tenant = plain_tenant
    ended = tenant("create", customer_id, "--name", "Acme & Söhne", "--label", "blue", "--expires-in-days", "30")
    key = ended.out.removesuffix("\n")
    assert is_key_id(key.partition(".")[0])
    assert "\n" not in key
    assert key not in ended.err
    assert "good until" in ended.err
    assert deployed.auth(key).status == 200


def test_the_admin_key_is_never_printed(tenant: TenantCommand, deployed: DeployedKeys, customer_id: str) -> None:
    printed = "".join(
        tenant(*arguments, code=code).printed
        for arguments, code in (
            (("create", customer_id, "--name", "n"), 0),
            (("list", customer_id), 0),
            (("list",), 0),
            (("rotate", customer_id), 0),
            (("revoke", customer_id), 0),
            (("revoke", f"{customer_id}-absent"), 1),
            (("usage", customer_id), 0),
        )
    )
    assert customer_id in printed
    assert deployed.admin_key not in printed


def test_a_customer_and_its_keys_are_listed(tenant: TenantCommand, customer_id: str) -> None:
    key_id = tenant("create", customer_id, "--name", "Acme", "--label", "blue").out.partition(".")[0]
    listing = tenant("list", customer_id, "--json").document
    assert (listing["count"], listing["keys"][0]["key_id"]) == (1, key_id)
    lines = tenant("list", customer_id).out.splitlines()
    assert lines[0].split() == ["KEY", "STATUS", "CREATED", "ENDS", "LABEL"]
    assert lines[1].split()[:2] == [key_id, "active"]
    everyone = tenant("list", "--json").document
    assert {"customer_id": customer_id, "customer_name": "Acme", "status": "active", "live_keys": 1} in everyone[
        "customers"
    ]
    assert any(line.split() == [customer_id, "active", "1", "Acme"] for line in tenant("list").out.splitlines())


def test_a_rotation_leaves_both_keys_and_says_what_to_do_next(
    tenant: TenantCommand, deployed: DeployedKeys, customer_id: str
) -> None:
    old = tenant("create", customer_id, "--name", "Acme").out.strip()
    rotated = tenant("rotate", customer_id)
    new = rotated.out.strip()
    assert f"tenant revoke {customer_id} --key {old.partition('.')[0]}" in rotated.err
    assert [deployed.auth(key).status for key in (old, new)] == [200, 200]
    tenant("revoke", customer_id, "--key", old.partition(".")[0])
    assert [deployed.auth(key).status for key in (old, new)] == [401, 200]


def test_a_rotation_can_revoke_the_others_at_once(
    tenant: TenantCommand, deployed: DeployedKeys, customer_id: str
) -> None:
    old = [tenant("create", customer_id, "--name", "Acme").out.strip() for _ in range(2)]
    new = tenant("rotate", customer_id, "--revoke-others").out.strip()
    assert [deployed.auth(key).status for key in (*old, new)] == [401, 401, 200]


def test_a_revoked_customer_has_no_key_left(tenant: TenantCommand, deployed: DeployedKeys, customer_id: str) -> None:
    key = tenant("create", customer_id, "--name", "Acme").out.strip()
    assert tenant("revoke", customer_id).out == f"API key for customer {customer_id} revoked\n"
    assert deployed.auth(key).status == 401


def test_usage_is_told_day_by_day(tenant: TenantCommand, deployed: DeployedKeys, customer_id: str) -> None:
    today = datetime.now(UTC)
    for back, requests in ((0, 5), (1, 7), (10, 100)):
        deployed.sandbox.client("dynamodb").put_item(
            TableName=deployed.usage_table,
            Item={
                "customer_id": {"S": customer_id},
                "day": {"S": (today - timedelta(days=back)).strftime("%Y-%m-%d")},
                "requests": {"N": str(requests)},
            },
        )
    counted = tenant("usage", customer_id, "--json").document
    assert (len(counted["requests"]), counted["total"]) == (7, 12)
    assert tenant("usage", customer_id, "--days", "11", "--json").document["total"] == 112
    assert tenant("usage", f"{customer_id}-1", "--json").document["total"] == 0
    assert tenant("usage", customer_id).out.splitlines()[0].split() == ["DAY", "REQUESTS"]


def test_what_is_on_the_table_and_is_no_count_is_said() -> None:
    class Table:
        def client(self, _service: str) -> Any:
            return self

        def get_paginator(self, _name: str) -> Any:
            return self

        def paginate(self, **_query: Any) -> Any:
            return [{"Items": [{"day": {"S": "2026-01-01"}}]}]

    with pytest.raises(CliError, match="something else than counts"):
        requests_by_day(Table(), "t", "acme", 1, datetime.now(UTC))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "acme#1", "--name", "n"), "no customer id"),
        (("list", "../admin"), "no customer id"),
        (("revoke", "acme", "--key", "not-a-key-id"), "no key id"),
        (("revoke", "nobody-at-all"), "404: No such customer"),
        (("rotate", "nobody-at-all"), "404: No such customer"),
        (("create", "nobody-at-all"), "(customer_name)"),
        (("create", "acme", "--name", "n", "--expires-in-days", "0"), "(expires_in_days)"),
        (("list", "acme", "--stage", "absent"), "--stage"),
        (("list", "acme", "--api-url", "http://api.example.com"), "in the clear"),
        (("list", "acme", "--api-url", "ftp://api.example.com"), "in the clear"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(
    tenant: TenantCommand, arguments: tuple[str, ...], said: str
) -> None:
    ended = tenant(*arguments, code=1)
    assert ended.out == ""
    assert said in ended.err.splitlines()[-1]


@pytest.mark.parametrize("days", ["0", "401", "-1", "x", "1.5", "٣"])
def test_days_out_of_bounds_are_a_wrong_command_line(tenant: TenantCommand, days: str) -> None:
    assert "1 to 400" in tenant("usage", "acme", f"--days={days}", code=2).err


def test_an_api_that_is_not_there_or_is_another_is_said(
    command_line: CommandLine, deployed: DeployedKeys, sandbox: RunningSandbox
) -> None:
    place = ("--endpoint-url", sandbox.url, "--region", REGION)
    assert "no API named absent" in command_line("tenant", "list", "acme", "--api", "absent", *place).err
    for _ in range(2):
        sandbox.client("apigateway").create_rest_api(name="twice")
    assert "2 APIs named twice" in command_line("tenant", "list", "acme", "--api", "twice", *place).err
    other = sandbox.client("apigateway").create_rest_api(name="other")["id"]
    assert "is it a tenant API?" in command_line("tenant", "usage", "acme", "--api", "other", *place).err
    assert "--stage" in command_line("tenant", "list", "acme", "--api", "other", *place).err
    sandbox.client("apigateway").delete_rest_api(restApiId=other)


def test_a_secret_without_a_value_is_said_with_the_remedy(
    tenant: TenantCommand, deployed: DeployedKeys, customer_id: str
) -> None:
    client = deployed.sandbox.client("secretsmanager")
    key = deployed.admin_key
    client.put_secret_value(SecretId=deployed.admin_secret, SecretString="{}")
    try:
        assert "rotate-secret" in tenant("list", customer_id, code=1).err
    finally:
        client.put_secret_value(SecretId=deployed.admin_secret, SecretString=key)


class Server:
    """Answers every request alike, and keeps the requests' paths."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        self.paths: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.paths.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_DELETE = do_POST  # noqa: N815 -- names of http.server

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's own name
                return

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/prod"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "answered 200"),
        (302, b"", "answered 302"),
        (401, b'{"message": "Unauthorized: Admin key unknown"}', "401: Unauthorized: Admin key unknown"),
        (503, b'{"error": "Temporarily unavailable, try again"}', "tenant list acme"),
        (500, b"\xff", "tenant list acme"),
    ],
)
def test_an_answer_that_is_no_success_is_said(status: int, body: bytes, said: str) -> None:
    server = Server(status, body, Location="https://elsewhere.example.com/")
    try:
        with pytest.raises(CliError) as refused:
            AdminApi(url=server.url, admin_key="the-admin-key").create("acme", {})
    finally:
        server.close()
    assert said in str(refused.value)
    assert "the-admin-key" not in str(refused.value)
    assert server.paths == ["/prod/admin/keys"], "redirects are not followed"


def test_an_api_that_does_not_answer_is_said() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        api = AdminApi(url=f"http://127.0.0.1:{held.getsockname()[1]}/prod", admin_key="k")
        with pytest.raises(CliError, match=r"gave no answer \(ConnectionRefusedError\); repeat it"):
            api.revoke_customer("acme")


def test_ids_stay_one_segment_of_the_path() -> None:
    server = Server(200, json.dumps({"message": "m"}).encode())
    try:
        AdminApi(url=server.url, admin_key="k").revoke_key("a/../b?c", "x#y")
    finally:
        server.close()
    assert server.paths == ["/prod/admin/keys/a%2F..%2Fb%3Fc/x%23y"]
