"""Functions with AWS's layer read secrets on localhost, with their own role and their own cache."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.fidelity.secrets_cache import CacheSettings, SecretCache, cache_settings
from tests.support.functions import DeployedFunction, archive, deploy
from tests.support.sandbox import RunningSandbox

LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension-Arm64:12"
# Reads what the event asks for: [status, body].
READER = """
import json, os, urllib.error, urllib.parse, urllib.request

def ask(query, token=None):
    port = os.environ["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"]
    url = f"http://localhost:{port}/secretsmanager/get?{urllib.parse.urlencode(query)}"
    token = os.environ["AWS_SESSION_TOKEN"] if token is None else token
    request = urllib.request.Request(url, headers={"X-Aws-Parameters-Secrets-Token": token})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]

AT_IMPORT = ask({"secretId": "anything"}) if os.environ.get("EAGER") else None

def handler(event, context):
    return AT_IMPORT or ask(event["query"], event.get("token"))
"""
PRODUCT_READER = """
import os
from secret_store.extension_source import ExtensionSecrets

def handler(event, context):
    port = int(os.environ["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"])
    version = ExtensionSecrets(port=port, environment=os.environ).read(event, "AWSCURRENT")
    return [version.version_id, version.value]
"""
READ_ALL = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def deploy_reader(
    sandbox: RunningSandbox, name: str, statements: list[dict[str, Any]], **variables: str
) -> DeployedFunction:
    """A function that carries the layer, with the port that AWS documents as its own setting."""
    environment = {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773", **variables}
    return deploy(sandbox, name, READER, statements=statements, Layers=[LAYER], Environment={"Variables": environment})


def test_without_the_module_nothing_listens(bare: RunningSandbox) -> None:
    bare.client("secretsmanager").create_secret(Name="unheard", SecretString="value")
    failed = deploy_reader(bare, "deaf", [READ_ALL])({"query": {"secretId": "unheard"}})
    assert failed.error == "Unhandled"
    assert "Connection refused" in failed.payload["errorMessage"]


def test_the_answer_is_that_of_get_secret_value(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    made = client.create_secret(Name="heard", SecretString="first")
    status, found = deploy_reader(sandbox, "reader", [READ_ALL])({"query": {"secretId": made["ARN"]}}).payload
    assert status == 200
    assert found.pop("CreatedDate").startswith("20")
    assert found == {
        "ARN": made["ARN"],
        "Name": "heard",
        "SecretBinary": None,
        "SecretString": "first",
        "VersionId": made["VersionId"],
        "VersionStages": ["AWSCURRENT"],
        "ResultMetadata": {},
    }


def test_versions_are_read_by_id_and_by_label(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    first = client.create_secret(Name="two-versions", SecretString="first")["VersionId"]
    client.put_secret_value(SecretId="two-versions", SecretString="second")
    function = deploy_reader(sandbox, "version-reader", [READ_ALL])
    for query in ({"versionId": first}, {"versionStage": "AWSPREVIOUS"}):
        assert function({"query": {"secretId": "two-versions", **query}}).payload[1]["SecretString"] == "first"
    assert function({"query": {"secretId": "two-versions"}}).payload[1]["SecretString"] == "second"


def test_a_wrong_session_token_gets_403(sandbox: RunningSandbox) -> None:
    sandbox.client("secretsmanager").create_secret(Name="behind-token", SecretString="value")
    function = deploy_reader(sandbox, "wrong-token", [READ_ALL])
    for token in ("guessed", "", "ä"):
        assert function({"query": {"secretId": "behind-token"}, "token": token}).payload[0] == 403


def test_the_functions_role_decides(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    own = client.create_secret(Name="own", SecretString="own")["ARN"]
    client.create_secret(Name="foreign", SecretString="foreign")
    function = deploy_reader(sandbox, "narrow", [{**READ_ALL, "Resource": own}])
    assert function({"query": {"secretId": own}}).payload[0] == 200
    status, body = function({"query": {"secretId": "foreign"}}).payload
    assert 400 <= status < 500
    assert "AccessDeniedException" in body


def test_a_missing_secret_and_a_missing_parameter_are_400(sandbox: RunningSandbox) -> None:
    function = deploy_reader(sandbox, "nothing-there", [READ_ALL])
    status, body = function({"query": {"secretId": "not-there"}}).payload
    assert (status, "ResourceNotFoundException" in body) == (400, True)
    assert function({"query": {}}).payload == [400, "secretId is missing"]


def test_it_answers_only_while_the_function_is_invoked(sandbox: RunningSandbox) -> None:
    function = deploy_reader(sandbox, "eager", [READ_ALL], EAGER="yes")
    assert function().payload == [400, "not ready to serve traffic, please wait"]


def test_the_products_own_reader_reads_through_it(sandbox: RunningSandbox) -> None:
    made = sandbox.client("secretsmanager").create_secret(Name="read-by-product", SecretString="value")
    package = Path(__file__).resolve().parents[2] / "functions" / "secret_store"
    files = {f"secret_store/{path.name}": path.read_text(encoding="utf-8") for path in package.glob("*.py")}
    files["main.py"] = PRODUCT_READER
    function = deploy(
        sandbox,
        "product-reader",
        "",
        statements=[READ_ALL],
        Layers=[LAYER],
        Code={"ZipFile": archive(files)},
    )
    assert function(made["ARN"]).payload == [made["VersionId"], "value"]


@pytest.mark.parametrize(("ttl", "second"), [("300", "old"), ("0", "new")])
def test_each_environment_keeps_answers_as_long_as_its_setting_says(
    sandbox: RunningSandbox, ttl: str, second: str
) -> None:
    name = f"cached-{ttl}"
    client = sandbox.client("secretsmanager")
    client.create_secret(Name=name, SecretString="old")
    function = deploy_reader(sandbox, name, [READ_ALL], SECRETS_MANAGER_TTL=ttl)
    assert function({"query": {"secretId": name}}).payload[1]["SecretString"] == "old"
    client.put_secret_value(SecretId=name, SecretString="new")
    assert function({"query": {"secretId": name}}).payload[1]["SecretString"] == second


def test_a_function_without_the_layer_gets_no_port(sandbox: RunningSandbox) -> None:
    source = (
        "import os\ndef handler(event, context):\n    return os.environ.get('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT')\n"
    )
    assert deploy(sandbox, "no-layer", source)().payload is None


@pytest.mark.parametrize(
    ("variables", "seconds", "entries"),
    [
        ({}, 300, 1000),
        ({"SECRETS_MANAGER_TTL": "5"}, 5, 1000),
        ({"SECRETS_MANAGER_TTL": "900"}, 300, 1000),
        ({"SECRETS_MANAGER_TTL": "soon"}, 300, 1000),
        ({"PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE": "2"}, 300, 2),
        ({"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "FALSE"}, 0, 0),
    ],
)
def test_the_cache_follows_the_documented_variables(variables: dict[str, str], seconds: int, entries: int) -> None:
    assert cache_settings(variables) == CacheSettings(seconds=seconds, entries=entries)


def test_the_cache_forgets_what_is_too_old_and_the_oldest_of_too_many() -> None:
    clock = [0.0]
    cache = SecretCache(CacheSettings(seconds=10, entries=2), now=lambda: clock[0])
    one, two, three = ((("SecretId", name),) for name in ("one", "two", "three"))
    cache.put(one, b"1")
    clock[0] = 9.9
    assert cache.get(one) == b"1"
    clock[0] = 10.0
    assert cache.get(one) is None
    for query in (one, two, three):
        cache.put(query, b"x")
    assert [cache.get(query) for query in (one, two, three)] == [None, b"x", b"x"]
