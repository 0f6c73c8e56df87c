"""`examples/orders_api`, copied out of the checkout and deployed from there: its README's commands, and attacks."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest

from sandbox.commands.project import Project
from sandbox.commands.session import Session, attach
from sandbox.engine.workspace import PulumiWorkspace
from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import NOT_ASKED, logged_reason
from sandbox.tour.hello import SigningKey
from tests.examples.markdown import blocks
from tests.support.checkout import COMMAND_SECONDS, ROOT, Checkout, environment

pytestmark = pytest.mark.timeout(900)

EXAMPLE = ROOT / "examples" / "orders_api"
DEPLOYING, CALLING, IN_AWS = (block.code for block in blocks(EXAMPLE / "README.md"))
ISSUER = "https://auth.example.com"
USERS, PARTNERS = "orders-authorizer", "orders-partner-authorizer"
NEW_PLUGIN = """
def validate(auth_context):
    return {"context": {"user_tier": "set by the new plugin"}}
"""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The deployed copy: its folder, its sandbox, and a caller of it."""

    folder: Path
    port: int
    url: str
    session: Session
    caller: Caller
    signing: SigningKey

    def token(self, headers: dict[str, Any] | None = None, key: bytes | None = None, **changes: Any) -> str:
        """A good token of a user, never the same twice; `changes` replace claims, None removes one."""
        good = {"iss": ISSUER, "aud": "orders-api", "sub": "user-123", "scope": "orders:read"}
        fresh = {"exp": int(time.time()) + 60, "jti": uuid.uuid4().hex}
        claims = {name: value for name, value in {**good, **fresh, **changes}.items() if value is not None}
        kid = {"kid": self.signing.version}
        return jwt.encode(claims, key or self.signing.key, algorithm="HS256", headers={**kid, **(headers or {})})

    def key(self, **changes: Any) -> str:
        """A good key of the partner acme."""
        claims = dict[str, Any](aud="orders-api-partners", sub="acme-erp", tenant="acme", scope=None)
        claims.update(changes)
        return self.token(**claims)

    def bearer(self, token: str, method: str = "GET") -> Answer:
        """Calls /orders."""
        return self.caller.request(method, f"{self.url}/orders", {"Authorization": f"Bearer {token}"})

    def reason(self, answer: Answer) -> str:
        """Why the authorizer refused."""
        return logged_reason(self.caller, "orders-api", answer)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    folder = tmp_path_factory.mktemp("elsewhere") / "orders_api"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".sandbox", "__pycache__"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    checkout = Checkout(root=ROOT)
    try:
        command = DEPLOYING.replace("examples/orders_api", str(folder)).replace("4599", str(port)).split()
        assert command[0] == "make"
        deployed = checkout.make(*command[1:])
        assert deployed.returncode == 0, deployed.stdout
        assert re.search(r"✅ gatehouse@", deployed.stdout), deployed.stdout
        url = re.search(r"^url +(\S+)$", deployed.stdout, re.MULTILINE)
        assert url is not None, deployed.stdout
        session = attach(Project(root=folder, checkout=ROOT))
        yield deployed_orders(folder, port, url[1], session)
    finally:
        checkout.make("reset", f"PROGRAM={folder}")


def deployed_orders(folder: Path, port: int, url: str, session: Session) -> Orders:
    """The deployed copy, described as the tour's caller wants it."""
    routes = [{"authorizer": USERS}, {"authorizer": PARTNERS}]
    caller = Caller(session.endpoints, {"apis": {"orders-api": {"url": url, "stage": "prod", "routes": routes}}})
    settings = caller.functions.get_function_configuration(FunctionName=USERS)["Environment"]["Variables"]
    assert set(settings) == {"SIGNING_KEY_SECRET_ARN", "TOKEN_AUDIENCE", "TOKEN_ISSUER"}
    secret = Caller(session.endpoints, {"secrets": {"hello-signing-key": settings["SIGNING_KEY_SECRET_ARN"]}})
    return Orders(folder=folder, port=port, url=url, session=session, caller=caller, signing=SigningKey(secret))


def test_the_readmes_calls_are_answered_as_it_says(orders: Orders) -> None:
    expected = re.findall(r"curl .* # (\d{3})(?:: (\w+))?", CALLING)
    script = f"set -eu\nURL={orders.url}\n" + CALLING.replace("4599", str(orders.port))
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    answers = re.split(r"HTTP/1\.1 (?=\d)", ended.stdout)[1:]

    assert len(expected) == 8
    assert [answer[:3] for answer in answers] == [status for status, _ in expected]
    for (status, reason), answer in zip(expected, answers, strict=True):
        if status == "403":
            assert json.loads(answer.splitlines()[-1])["reason"] == reason


def test_what_the_chain_found_out_reaches_the_backend_in_the_authorizer_context(orders: Orders) -> None:
    answer = orders.bearer(orders.token(sub="ada", tier="gold"))
    assert answer.status == 200
    assert json.loads(answer.body) == {"orders_of": "ada", "tier": "gold", "orders": []}


def test_a_refused_call_does_not_spoil_the_cached_context_of_the_permitted_ones(orders: Orders) -> None:
    token = orders.token(tier="gold")
    assert orders.bearer(token, "POST").status == 403
    assert json.loads(orders.bearer(token).body)["tier"] == "gold"


def test_a_user_is_refused_for_the_reason_that_the_chain_logs(orders: Orders) -> None:
    now = int(time.time())
    unsigned = jwt.encode({"sub": "user-123"}, "", algorithm="none", headers={"kid": orders.signing.version})
    attacks = {
        "": (401, "missing_token"),
        "let-me-in": (401, "malformed_token"),
        orders.token(exp=now - 60): (401, "token_expired"),
        orders.token(exp=None): (401, "missing_claim"),
        orders.token(nbf=now + 600): (401, "token_not_yet_valid"),
        orders.token(iss="https://attacker.example"): (401, "wrong_issuer"),
        orders.token(aud="another-api"): (401, "wrong_audience"),
        orders.token(key=b"x" * 32): (401, "invalid_signature"),
        unsigned: (401, "unsupported_algorithm"),
        orders.key(): (401, "wrong_audience"),
        orders.token(scope="invoices:read"): (403, "insufficient_scope"),
        orders.token(scope=None): (403, "insufficient_scope"),
        orders.token(scope=["orders:read"]): (401, "malformed_plugin_result"),
    }
    answers = {token: orders.bearer(token) for token in attacks}

    assert {token: (answer.status, orders.reason(answer)) for token, answer in answers.items()} == attacks


def test_a_user_who_sends_nothing_is_refused_without_asking_the_authorizer(orders: Orders) -> None:
    answer = orders.caller.request("GET", f"{orders.url}/orders")
    assert (answer.status, orders.reason(answer)) == (401, NOT_ASKED)


def test_a_partner_is_held_to_the_tenant_of_the_key_also_when_the_answer_is_cached(orders: Orders) -> None:
    def export(query: str, key: str | None) -> tuple[int, str]:
        headers = {} if key is None else {"X-Api-Key": key}
        answer = orders.caller.request("GET", f"{orders.url}/orders/export{query}", headers)
        return answer.status, "" if answer.status == 200 else orders.reason(answer)

    key = orders.key()
    assert export("?tenant=acme", key) == (200, "")
    assert export("?tenant=globex", key) == (403, "wrong_tenant")
    assert export("?tenant=acme", key) == (200, "")
    assert export("", key) == (401, NOT_ASKED)
    assert export("?tenant=acme", None) == (401, NOT_ASKED)
    assert export("?tenant=acme", orders.token()) == (401, "wrong_audience")
    assert export("?tenant=acme", orders.key(tenant=None)) == (401, "key_without_tenant")
    assert export("?tenant=acme", orders.key(exp=int(time.time()) - 60)) == (401, "token_expired")
    assert export("?tenant=acme", orders.key(key=b"x" * 32)) == (401, "invalid_signature")


def test_a_partner_who_names_two_tenants_gets_the_export_of_neither_but_the_keys_own(orders: Orders) -> None:
    """While the answer for the first is kept, no plugin sees the second: so the backend goes by the key's tenant."""
    url, key = f"{orders.url}/orders/export", orders.key()

    def export(query: str) -> Answer:
        return orders.caller.request("GET", f"{url}?{query}", {"X-Api-Key": key})

    assert orders.reason(export("tenant=acme&tenant=globex")) == "ambiguous_query_parameter"
    assert export("tenant=acme").status == 200
    kept = export("tenant=acme&tenant=globex")
    assert kept.status != 200 or json.loads(kept.body)["tenant"] == "acme"
    assert export("tenant=globex&tenant=acme").status != 200


def test_a_new_plugin_file_redeploys_the_function_and_nothing_else(orders: Orders) -> None:
    deployment = served_deployment(orders.caller)
    plugin = orders.folder / "auth_plugins" / "04_set_tier.py"
    plugin.write_text(NEW_PLUGIN, encoding="utf-8")
    pack = ("--policy-pack", str(orders.session.project.policy_pack))
    updated = orders.session.workspace.complete("up", "--yes", "--skip-preview", *pack, timeout_seconds=COMMAND_SECONDS)

    assert updated.exit_code == 0, updated.output
    summary = re.search(r"^Resources:\n((?: +.*\n)+)", updated.output, re.MULTILINE)
    assert summary is not None, updated.output
    changes = {words[-1]: int(words[-2]) for words in map(str.split, summary[1].splitlines())}
    assert changes.pop("unchanged") > 50
    assert changes == {"updated": 1}
    assert re.findall(r"^ ~ +(\S+) (\S+) updated", updated.output, re.MULTILINE) == [("aws:lambda:Function", USERS)]
    assert served_deployment(orders.caller) == deployment
    assert json.loads(orders.bearer(orders.token(tier="gold")).body)["tier"] == "set by the new plugin"


def served_deployment(caller: Caller) -> tuple[str, str]:
    """The API's id, and that of the deployment that its stage serves."""
    gateway = caller.gateway
    (api,) = gateway.get_rest_apis()["items"]
    return api["id"], gateway.get_stage(restApiId=api["id"], stageName="prod")["deploymentId"]


def test_the_readmes_last_command_prints_the_apis_url(orders: Orders) -> None:
    command = IN_AWS.splitlines()[-1].split()
    assert command[0] == "pulumi"
    assert orders.session.workspace.capture(*command[1:]).strip() == orders.url


def test_the_readmes_commands_for_aws_install_the_components_and_preview_a_new_stack(
    orders: Orders, tmp_path: Path
) -> None:
    """In a copy and an environment of its own, up to the preview: what would be deployed is what the sandbox has."""
    folder = tmp_path / "orders_api"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".sandbox", "__pycache__"))
    interpreter = str(folder / ".venv" / "bin" / "python")
    workspace = PulumiWorkspace(
        engine=orders.session.engine,
        project_directory=folder,
        state_directory=tmp_path / "state",
        stack="dev",
        provider_port=orders.session.endpoints.provider_port,
        variables=dict.fromkeys(("PULUMI_PYTHON_CMD", "GATEHOUSE_LANGUAGE_HOST_PYTHON"), interpreter),
    )
    uv = Path(sys.executable).with_name("uv")
    script = "set -eu\n" + IN_AWS.rpartition("pulumi up")[0]
    # The same requirements by the same resolver as `make`'s, so that nothing is fetched anew.
    for written, run in (
        ("GATEHOUSE=../..", f"GATEHOUSE={ROOT}"),
        ("python3 -m venv", f"{uv} venv --quiet --python {sys.executable}"),
        ("pip install", f"{uv} pip install --quiet"),
    ):
        assert written in script
        script = script.replace(written, run)
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=folder, env=workspace.environment(interactive=False), capture_output=True, text=True,
        timeout=COMMAND_SECONDS, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "gatehouse@" in ended.stdout, ended.stdout
    created = re.search(r"^Resources:\n +\+ (\d+) to create\n$", ended.stdout, re.MULTILINE)
    assert created is not None, ended.stdout
    assert int(created[1]) > 50
    assert (folder / ".venv" / "lib").exists()
