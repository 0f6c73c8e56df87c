"""`examples/orders_api`, copied out of the checkout and deployed from there: its README's commands, and attacks."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.commands import looking
from sandbox.commands.deployment import deploy
from sandbox.commands.project import Project
from sandbox.commands.session import Session, attach
from sandbox.engine.key_server import PROVIDER, serving_keys
from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from sandbox.tour import orders as tour
from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import logged_denial
from tests.examples.markdown import blocks
from tests.support.checkout import COMMAND_SECONDS, ROOT, Checkout, environment
from tests.support.ports import free_port

pytestmark = pytest.mark.timeout(900)

EXAMPLE = ROOT / "examples" / "orders_api"
DEPLOYING, CALLING, IN_AWS = (block.code for block in blocks(EXAMPLE / "README.md"))
USERS = tour.USERS
# `pip install` compiles what it installs; `uv pip install` leaves that to the preview, which takes seconds. This
# interpreter has compiled the same files already: Python takes that for files of the same size and time only.
TAKE_COMPILED = (
    f"(cd {sysconfig.get_path('purelib')}; find google grpc pulumi pulumi_aws -name '*.pyc' | tar -c -T -)"
    " | tar -x -C .venv/lib/python*/site-packages\n"
)
NEW_PLUGIN = """
def validate(auth_context):
    return {"context": {"user_tier": "set by the new plugin"}}
"""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The deployed copy: its folder, its sandbox, and a caller of it."""

    folder: Path
    port: int
    session: Session
    api: tour.Orders

    def reason(self, answer: Answer) -> str:
        """Why the authorizer refused, and which plugin."""
        return logged_denial(self.api.caller, tour.API, answer)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("elsewhere") / "orders_api"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".sandbox", "__pycache__"))
    port = free_port()
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
        api = tour.Orders(looking.deployed_caller(session))
        assert api.url == url[1]
        yield Deployed(folder=folder, port=port, session=session, api=api)
    finally:
        checkout.make("reset", f"PROGRAM={folder}")


def test_the_readmes_calls_are_answered_as_it_says(orders: Deployed) -> None:
    expected = re.findall(r"curl .* # (\d{3})(?:: (\w+))?", CALLING)
    script = f"set -eu\nURL={orders.api.url}\n" + CALLING.replace("4599", str(orders.port))
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


def test_the_authorizer_is_given_plain_settings_and_the_arn_of_the_secret_alone(orders: Deployed) -> None:
    function = orders.api.caller.functions.get_function_configuration(FunctionName=USERS)
    assert set(function["Environment"]["Variables"]) == {"SIGNING_KEY_SECRET_ARN", "TOKEN_AUDIENCE", "TOKEN_ISSUER"}


def test_what_the_chain_found_out_reaches_the_backend_in_the_authorizer_context(orders: Deployed) -> None:
    answer = orders.api.bearer(orders.api.token(sub="ada", tier="gold"))
    assert answer.status == 200
    assert json.loads(answer.body) == {"orders_of": "ada", "tier": "gold", "orders": []}


def test_a_refused_call_does_not_spoil_the_cached_context_of_the_permitted_ones(orders: Deployed) -> None:
    token = orders.api.token(tier="gold")
    assert orders.api.bearer(token, "POST").status == 403
    assert json.loads(orders.api.bearer(token).body)["tier"] == "gold"


def test_its_tour_passes_and_shows_of_every_plugin_of_both_chains_what_it_refuses(
    orders: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looking.tour(orders.session.project, None) == 0
    lines = capsys.readouterr().out.splitlines()
    counted = re.fullmatch(r"(\d+) passed, 0 failed", lines[-1])
    assert counted is not None, lines
    assert int(counted[1]) == len(lines) - 1 >= 26
    received = "\n".join(lines)
    denials = set(re.findall(r"received: (40[13]) \S+ \((\w+) by (\w+)\)$", received, re.MULTILINE))
    plugins = {file.stem for chain in ("auth_plugins", "partner_plugins") for file in (EXAMPLE / chain).glob("0*.py")}
    assert {by for _, _, by in denials} == plugins
    assert {("401", "token_expired", "02_validate_jwt"), ("403", "insufficient_scope", "03_check_scope")} <= denials
    assert "received: 403 route_not_permitted (route_not_permitted)" in received


def test_a_token_as_make_prints_it_may_read_and_place_orders(
    orders: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looking.token(orders.session.project, None) == 0
    (token,) = capsys.readouterr().out.splitlines()
    assert [orders.api.bearer(token, method).status for method in ("GET", "POST")] == [200, 201]


def test_a_partner_who_names_two_tenants_gets_the_export_of_neither_but_the_keys_own(orders: Deployed) -> None:
    """While the answer for the first is kept, no plugin sees the second: so the backend goes by the key's tenant."""
    key = orders.api.key()
    refused = orders.api.export("?tenant=acme&tenant=globex", key)
    assert orders.reason(refused) == "ambiguous_query_parameter by 02_check_tenant"
    assert orders.api.export("?tenant=acme", key).status == 200
    kept = orders.api.export("?tenant=acme&tenant=globex", key)
    assert kept.status != 200 or json.loads(kept.body)["tenant"] == "acme"
    assert orders.api.export("?tenant=globex&tenant=acme", key).status != 200


def test_after_a_new_plugin_file_make_up_redeploys_the_function_and_nothing_else(
    orders: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what `make up` runs when something has changed, but without the refresh and the preview of its engine command:
    they change nothing, and cost more than all the rest."""
    asked: list[tuple[str, ...]] = []
    ended: list[CommandResult] = []

    def run(workspace: PulumiWorkspace, *arguments: str) -> int:
        assert workspace.project_directory == orders.folder
        asked.append(arguments)
        flags = [flag for flag in arguments if flag != "--refresh"]
        ended.append(workspace.complete(*flags, "--skip-preview", timeout_seconds=COMMAND_SECONDS))
        return ended[-1].exit_code

    monkeypatch.setattr(PulumiWorkspace, "run", run)
    deployment = served_deployment(orders.api.caller)
    plugin = orders.folder / "auth_plugins" / "04_set_tier.py"
    plugin.write_text(NEW_PLUGIN, encoding="utf-8")

    assert deploy(orders.session) == 0, ended
    pack = ("--policy-pack", str(ROOT / "policy"))
    configuration = ("--policy-pack-config", str(orders.folder / "policy-configuration.sandbox.json"))
    assert asked == [("up", "--yes", "--refresh", *pack, *configuration)]
    printed = ended[0].output
    summary = re.search(r"^Resources:\n((?: +.*\n)+)", printed, re.MULTILINE)
    assert summary is not None, printed
    changes = {words[-1]: int(words[-2]) for words in map(str.split, summary[1].splitlines())}
    assert changes.pop("unchanged") > 50
    assert changes == {"updated": 1}
    assert re.findall(r"^ ~ +(\S+) (\S+) updated", printed, re.MULTILINE) == [("aws:lambda:Function", USERS)]
    assert served_deployment(orders.api.caller) == deployment
    answer = orders.api.bearer(orders.api.token(tier="gold"))
    assert json.loads(answer.body)["tier"] == "set by the new plugin"


def served_deployment(caller: Caller) -> tuple[str, str]:
    """The API's id, and that of the deployment that its stage serves."""
    gateway = caller.gateway
    (api,) = gateway.get_rest_apis()["items"]
    return api["id"], gateway.get_stage(restApiId=api["id"], stageName="prod")["deploymentId"]


def test_the_readmes_last_command_prints_the_apis_url(orders: Deployed) -> None:
    command = IN_AWS.splitlines()[-1].split()
    assert command[0] == "pulumi"
    assert orders.session.workspace.capture(*command[1:]).strip() == orders.api.url


def test_the_readmes_commands_for_aws_install_the_components_and_preview_a_new_stack(
    orders: Deployed, tmp_path: Path
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
        ("pulumi stack init", f"{TAKE_COMPILED}pulumi stack init"),
        ("python3 -m venv", f"{uv} venv --quiet --python {sys.executable}"),
        ("pip install", f"{uv} pip install --quiet"),
    ):
        assert written in script
        script = script.replace(written, run)
    variables = {**workspace.environment(interactive=False), "PULUMI_OPTION_SECRETS_PROVIDER": PROVIDER}
    with serving_keys(workspace.state_directory / "passphrase") as keys:
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=folder, env={**variables, **keys}, capture_output=True, text=True,
            timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "gatehouse@" in ended.stdout, ended.stdout
    created = re.search(r"^Resources:\n +\+ (\d+) to create\n$", ended.stdout, re.MULTILINE)
    assert created is not None, ended.stdout
    assert int(created[1]) > 50
    assert (folder / ".venv" / "lib").exists()
