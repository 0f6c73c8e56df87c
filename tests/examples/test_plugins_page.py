"""`docs/how-to/plugins.md`: its plugins decide in the authorizer's own chain; its programs register what they must."""

import ast
import functools
import json
import re
import runpy
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from authorizer.chain import load_chain
from components.errors import ArgumentError
from jwt_verification.hmac_key import HmacKey
from jwt_verification.signer import sign
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.examples.markdown import Block, blocks
from tests.functions.support import Authorizer, recorded_event, signing_key_version
from tests.support.checkout import ROOT
from tests.support.mocks import Stack, deploy

PAGE = ROOT / "docs" / "how-to" / "plugins.md"
BLOCKS = blocks(PAGE)
PYTHON = {block.title: block for block in BLOCKS if block.language == "python"}
PROGRAMS = [title for title in PYTHON if re.fullmatch(r"\w+\.py", title)]
SECRET_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:signing-key-AbCdEf"
SETTINGS = {
    "SIGNING_KEY_SECRET_ARN": SECRET_ARN,
    "TOKEN_ISSUER": "https://auth.example.com",
    "TOKEN_AUDIENCE": "my-api",
    "TENANT_KEYS_SECRET_ARN": "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:tenant-keys-AbCdEf",
}
TENANT_KEYS = {"acme": "key-of-acme", "globex": "key-of-globex"}
ESTABLISHES = "def validate(auth_context):\n    return {results}\n"


@pytest.fixture(autouse=True)
def import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains put their folders on the path; each test ends with the one that it began with."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def written(folder: Path) -> Path:
    """The folder, with every file of the page."""
    for block in PYTHON.values():
        if block.title.endswith(".py"):
            (folder / block.title).parent.mkdir(exist_ok=True)
            (folder / block.title).write_text(block.code, encoding="utf-8")
    (folder / "backend" / "__init__.py").touch()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of the test's own with every file of the page."""
    return written(tmp_path)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file of the page, which no test changes."""
    return written(tmp_path_factory.mktemp("programs"))


@pytest.fixture
def chain(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Authorizer]]:
    """The authorizer of a folder of the page, with secrets that are in memory."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    secrets = InMemorySecrets()
    secrets.rotate(SECRET_ARN, signing_key_version("key-1", KEY_BYTES))
    secrets.rotate(SETTINGS["TENANT_KEYS_SECRET_ARN"], SecretVersion(version_id="1", value=json.dumps(TENANT_KEYS)))

    def load(folder: str) -> Authorizer:
        return Authorizer(load_chain(str(project / folder), {"secret_source": secrets}))

    yield load
    for name in [each for each in sys.modules if each.startswith("plugins.") or each == "_providers"]:
        del sys.modules[name]


KEY_BYTES = bytes(range(32))


def token(**changes: Any) -> str:
    claims = {"iss": SETTINGS["TOKEN_ISSUER"], "aud": "my-api", "sub": "ada", "exp": int(time.time()) + 60, **changes}
    return f"Bearer {sign(claims, key=HmacKey(KEY_BYTES), key_id='key-1')}"


def token_event(authorization: str) -> dict[str, Any]:
    return {**recorded_event("token_get_hello"), "authorizationToken": authorization}


def request_event(tenant: str, key: str) -> dict[str, Any]:
    event = recorded_event("request_get_orders")
    return {
        **event,
        "headers": {"x-API-key": key},
        "multiValueHeaders": {"x-API-key": [key]},
        "queryStringParameters": {"tenant": tenant},
        "multiValueQueryStringParameters": {"tenant": [tenant]},
    }


def test_every_block_of_the_page_is_tested_here() -> None:
    chains = {"plugins", "denials", "request_plugins", "provided", "routes", "kept", "template"}
    contexts = {"auth_context TOKEN", "auth_context REQUEST"}
    assert {title for title in PYTHON if "/" not in title} == contexts | set(PROGRAMS)
    assert {title.partition("/")[0] for title in PYTHON if "/" in title} == chains | {"backend"}
    assert {block.language for block in BLOCKS} == {"python", "sh"}
    expected = {"first", "token", "request", "settings", "refused", "ttl", "orders", "layers", "vpc"}
    assert set(PROGRAMS) == {f"{name}.py" for name in expected}


def test_the_jwt_plugin_lets_in_who_holds_a_good_token_and_nobody_else(chain: Callable[[str], Authorizer]) -> None:
    authorizer = chain("plugins")
    answer = authorizer.allows(token_event(token()))
    assert answer["principalId"] == "ada"
    assert answer["context"] == {"jwt_sub": "ada", "jwt_iss": "https://auth.example.com"}
    assert authorizer.refuses(token_event(token(exp=1))) == "token_expired"
    assert authorizer.refuses(token_event(token(iss="https://attacker.example"))) == "wrong_issuer"
    assert authorizer.refuses(token_event(token(aud="another"))) == "wrong_audience"
    assert authorizer.refuses(token_event(token()[:-4] + "AAAA")) == "invalid_signature"
    assert authorizer.refuses(token_event("Basic dGVzdA==")) == "missing_token"


def test_a_plugin_says_why_it_denies(chain: Callable[[str], Authorizer]) -> None:
    authorizer = chain("denials")
    assert authorizer.allows(token_event("key-of-ada"))["principalId"] == "ada"
    assert authorizer.refuses(token_event("key-of-nobody")) == "unknown_member"
    suspended = authorizer.handle(token_event("key-of-eve"), None)
    assert suspended["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert suspended["context"]["reason"] == "member_suspended"


def test_the_request_plugin_holds_each_key_to_its_tenant(chain: Callable[[str], Authorizer]) -> None:
    authorizer = chain("request_plugins")
    assert authorizer.allows(request_event("acme", "key-of-acme"))["context"] == {"tenant": "acme"}
    for tenant, key in (("acme", "key-of-globex"), ("globex", "key-of-acme"), ("nobody", ""), ("nobody", "x")):
        assert authorizer.refuses(request_event(tenant, key)) == "unknown_key"
    two = request_event("acme", "key-of-acme")
    two["multiValueQueryStringParameters"] = {"tenant": ["globex", "acme"]}
    assert authorizer.refuses(two) == "ambiguous_query_parameter"


def test_a_backend_refuses_from_the_end_of_the_token_on_whatever_api_gateway_has_kept(
    chain: Callable[[str], Authorizer], project: Path
) -> None:
    ends = int(time.time()) + 60
    kept = chain("kept").allows(token_event(token(exp=ends)))
    has_ended = runpy.run_path(str(project / "backend" / "expiry.py"))["has_ended"]
    # As API Gateway hands a context on: its values as text.
    context = {name: str(value) for name, value in kept["context"].items()}
    event = {"requestContext": {"authorizer": context}}
    assert (has_ended(event, lambda: ends - 0.01), has_ended(event, lambda: ends)) == (False, True)
    assert has_ended({"requestContext": {"authorizer": {}}})


def test_a_chains_own_provider_is_given_by_name(chain: Callable[[str], Authorizer]) -> None:
    authorizer = chain("provided")
    assert authorizer.allows(token_event(token(aud="partners")))["principalId"] == "ada"
    assert authorizer.refuses(token_event(token())) == "wrong_audience"
    assert authorizer.allows(token_event(token(aud="partners", exp=int(time.time()) - 1)))


def test_the_scope_plugin_narrows_the_routes_whichever_is_called(
    project: Path, chain: Callable[[str], Authorizer]
) -> None:
    earlier = {"principal_id": "ada", "context": {"scope": "orders:read other"}}
    (project / "routes" / "01_earlier.py").write_text(ESTABLISHES.format(results=earlier))
    answer = chain("routes").handle({**token_event("-"), "methodArn": f"{STAGE}/POST/orders"}, None)
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE}/GET/orders/*"]
    assert answer["context"]["reason"] == "route_not_permitted"


STAGE = "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod"


def test_the_template_lets_nobody_in_until_its_check_is_written(
    chain: Callable[[str], Authorizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    authorizer = chain("template")
    assert authorizer.refuses(token_event("")) == "missing_token"
    assert authorizer.refuses(token_event("Bearer anything")) == "unknown_token"

    monkeypatch.setattr(sys.modules["plugins.01_my_validator"], "user_of", {"Bearer good": "user-123"}.get)
    answer = authorizer.allows(token_event("Bearer good"))
    assert answer["principalId"] == "user-123"
    assert answer["context"] == {"validated_by": "my_validator", "user_tier": "premium"}
    assert authorizer.refuses(token_event("Bearer bad")) == "unknown_token"


def test_the_backend_finds_what_plugins_returned_in_its_event(project: Path) -> None:
    handle = runpy.run_path(str(project / "backend" / "handler.py"))["handle"]
    event = {"requestContext": {"authorizer": {"principalId": "user-123", "user_tier": "premium"}}}
    assert json.loads(handle(event, None)["body"]) == {"caller": "user-123", "tier": "premium"}


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_plugins_get_the_auth_context_that_the_page_shows(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members and their types, to the depth that the page shows; a plugin writes down what it got."""
    seen = tmp_path / "seen.json"
    (tmp_path / "chain").mkdir()
    (tmp_path / "chain" / "01_write_down.py").write_text(
        "import json, pathlib\n"
        "def validate(auth_context):\n"
        "    plain = {k: dict(v) if hasattr(v, 'items') else v for k, v in auth_context.items()}\n"
        f"    pathlib.Path({str(seen)!r}).write_text(json.dumps(plain))\n"
        "    return {'principal_id': 'ada'}\n"
    )
    event = token_event("Bearer eyJhbG...") if kind == "TOKEN" else recorded_event("request_get_orders")
    Authorizer(load_chain(str(tmp_path / "chain"))).allows(event)
    (assignment,) = ast.parse(PYTHON[f"auth_context {kind}"].code).body
    assert isinstance(assignment, ast.Assign)
    shown = ast.literal_eval(assignment.value)
    got = json.loads(seen.read_text())

    assert set(got) == set(shown)
    assert {name: type(value) for name, value in got.items()} == {name: type(value) for name, value in shown.items()}
    if kind == "REQUEST":
        assert all(name == name.lower() for name in [*got["headers"], *shown["headers"]])
        assert set(shown["request_context"]) <= set(got["request_context"])


@functools.cache
def run(programs: Path, title: str) -> Stack:
    """What the program of the page has registered under Pulumi's mocks; run once for all tests."""
    return deploy(lambda: runpy.run_path(str(programs / title)))


@pytest.mark.parametrize("title", [title for title in PROGRAMS if title not in ("refused.py", "layers.py")])
def test_every_program_of_the_page_registers_an_authorizers_function(programs: Path, title: str) -> None:
    functions = run(programs, title).of_type("aws:lambda/function:Function")
    assert {"my-api-authorizer", "orders-authorizer"} & {each.inputs["name"] for each in functions}


def test_the_first_program_serves_its_route_behind_the_built_in_chain(programs: Path) -> None:
    stack = run(programs, "first.py")
    authorizer = stack.one("aws:lambda/function:Function", "authorizer")
    assert "plugins/01_check_bearer_token.py" in authorizer.inputs["code"].assets
    assert stack.one("aws:apigateway/method:Method").inputs["authorization"] == "CUSTOM"
    assert stack.one("aws:apigateway/stage:Stage").inputs["stageName"] == "dev"


@pytest.mark.parametrize(
    ("title", "kind", "sources"),
    [
        ("token.py", "TOKEN", ["method.request.header.Authorization"]),
        ("request.py", "REQUEST", ["method.request.header.X-Api-Key", "method.request.querystring.tenant"]),
    ],
)
def test_the_type_and_the_identity_sources_are_those_that_the_program_names(
    programs: Path, title: str, kind: str, sources: list[str]
) -> None:
    authorizer = run(programs, title).result["authorizer"]
    assert (authorizer.args.type, list(authorizer.args.identity_sources)) == (kind, sources)
    folder = "plugins" if kind == "TOKEN" else "request_plugins"
    assert authorizer.args.plugins_directory == programs / folder


def test_a_secret_reaches_the_function_as_an_arn_and_its_value_reaches_nothing(programs: Path) -> None:
    stack = run(programs, "settings.py")
    variables = stack.one("aws:lambda/function:Function", "authorizer").inputs["environment"]["variables"]
    secret_arn = variables.pop("SIGNING_KEY_SECRET_ARN")
    assert secret_arn.startswith("arn:aws:secretsmanager:")
    assert variables == {"TOKEN_ISSUER": "https://auth.example.com", "TOKEN_AUDIENCE": "my-api"}
    assert stack.one("aws:secretsmanager/secretVersion:SecretVersion").inputs["secretString"] == "{}"


def test_a_secret_in_the_environment_is_refused_with_the_remedy(programs: Path) -> None:
    with pytest.raises(
        ArgumentError, match=r"JWT_SECRET looks like a secret .* secret_arns=\{'JWT_SECRET_ARN': secret\}"
    ):
        run(programs, "refused.py")


def test_the_ttl_is_the_one_that_the_program_names(programs: Path) -> None:
    assert run(programs, "ttl.py").result["authorizer"].args.ttl_seconds == 300


def test_the_deployment_waits_for_the_routes_that_the_program_added(programs: Path) -> None:
    stack = run(programs, "orders.py")
    methods = stack.of_type("aws:apigateway/method:Method")
    added = [*methods, *stack.of_type("aws:apigateway/integration:Integration")]
    assert {method.inputs["httpMethod"] for method in methods} == {"GET", "POST"}
    assert all(method.inputs["authorization"] == "CUSTOM" for method in methods)
    assert {each.urn for each in added} <= stack.one("aws:apigateway/deployment:Deployment").depends_on


def test_the_orders_program_exports_what_other_resources_are_wired_to(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", lambda name, value: value.apply(lambda known: exported.update({name: known})))
    run.__wrapped__(programs, "orders.py")
    assert set(exported) == {
        *("rest_api_id", "root_resource_id", "authorizer_id", "invoke_url"),
        *("authorizer_function_arn", "authorizer_role_arn"),
    }
    assert all(isinstance(value, str) and value for value in exported.values())


def test_a_layer_is_built_from_the_locked_wheels_and_given_to_the_function(programs: Path) -> None:
    stack = run(programs, "layers.py")
    layer = stack.one("aws:lambda/layerVersion:LayerVersion")
    assert any(name.startswith("python/cryptography/") for name in layer.inputs["code"].assets)
    assert len(stack.one("aws:lambda/function:Function", "authorizer").inputs["layers"]) == 1


def test_a_private_network_brings_its_right_by_itself(programs: Path) -> None:
    stack = run(programs, "vpc.py")
    network = stack.one("aws:lambda/function:Function", "authorizer").inputs["vpcConfig"]
    assert len(network["subnetIds"]) == 2
    attached = stack.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs["policyArn"]
    assert attached.endswith(":policy/service-role/AWSLambdaVPCAccessExecutionRole")


def test_the_commands_are_those_of_the_examples_readme_which_another_test_runs() -> None:
    commands = [block for block in BLOCKS if block.language == "sh"]
    readme = "\n".join(block.code for block in blocks(ROOT / "examples" / "orders_api" / "README.md"))
    assert len(commands) == 1
    assert [line for line in commands[0].code.splitlines() if line not in readme.splitlines()] == []


def test_the_tables_are_those_of_the_component() -> None:
    def rows(text: str) -> list[tuple[str, ...]]:
        found = re.findall(r"^ *\| (`\w+`(?: \*)?) +\| (.+?) +\|$", text, re.MULTILINE)
        return [row for row in found if not row[0].startswith("`environment") and "`" in row[1]]

    documented = (ROOT / "components" / "custom_authorizer.py").read_text()
    arguments_and_outputs = PAGE.read_text().partition("## Every argument and output")[2]
    assert len(rows(documented)) == 24 + 11
    assert rows(arguments_and_outputs) == rows(documented)


def test_what_plugins_may_ask_for_is_what_the_page_lists() -> None:
    from authorizer.providers import STANDARD_PROVIDERS

    section = PAGE.read_text().partition("## What to ask for by name")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(STANDARD_PROVIDERS)


def test_a_block_says_where_it_begins() -> None:
    lines = PAGE.read_text().splitlines()
    for block in BLOCKS:
        assert isinstance(block, Block)
        assert lines[block.line - 1] == block.code.splitlines()[0]
