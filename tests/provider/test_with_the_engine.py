"""The main path through the real engine: update, nothing to do, refresh, change, drift, refusal, import, destroy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.workspace import PulumiWorkspace
from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.ledger import orphans, outstanding
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.server import ProviderServer
from tests.support.engine import COMMAND_SECONDS, deploy, program_workspace, write_program
from tests.support.sandbox import REGION

PROGRAM = """
import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
trust = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ],
}
role = aws.iam.Role("hello", assume_role_policy=json.dumps(trust))
logs = aws.cloudwatch.LogGroup("hello", name="/aws/lambda/engine-hello", retention_in_days=config.require_int("days"))
secret = aws.secretsmanager.Secret("hello", recovery_window_in_days=0)
version = aws.secretsmanager.SecretVersion("hello", secret_id=secret.id, secret_string=config.require_secret("value"))
function = aws.lambda_.Function(
    "hello",
    name="engine-hello",
    role=role.arn,
    runtime="python3.12",
    handler="hello.handle",
    code=pulumi.AssetArchive({"hello.py": pulumi.StringAsset("def handle(event, context): return 'hello'")}),
    memory_size=config.require_int("memory"),
    environment={"variables": {"SECRET_ARN": secret.arn}},
    opts=pulumi.ResourceOptions(depends_on=[logs]),
)
aws.lambda_.Permission(
    "hello", function=function.name, action="lambda:InvokeFunction", principal="apigateway.amazonaws.com"
)
pulumi.export("function", function.arn)
pulumi.export("account", aws.get_caller_identity().account_id)
"""
VALUE = "8c7de2-the-value-itself"


@pytest.fixture
def workspace(provider: ProviderServer, tmp_path: Path) -> Iterator[PulumiWorkspace]:
    configuration = {"aws:region": REGION, "demo:days": "7", "demo:memory": "128"}
    workspace = program_workspace(tmp_path, PROGRAM, configuration=configuration, provider_port=provider.port)
    yield workspace
    ended = workspace.complete("destroy", "--yes", "--skip-preview", timeout_seconds=COMMAND_SECONDS)
    assert ended.exit_code == 0, ended.output


def test_a_stack_lives_its_whole_life_through_the_engine(
    workspace: PulumiWorkspace, clients: AwsClients, ledger: Path
) -> None:
    # Update: everything is made, the secret's value is in no plain text.
    _set(workspace, "value", VALUE, secret=True)
    done = deploy(workspace)
    assert done.exit_code == 0, done.output
    assert workspace.outputs()["account"] == "111122223333"
    answer = clients.client("lambda").invoke(FunctionName="engine-hello")
    assert json.load(answer["Payload"]) == "hello"
    state = json.dumps(workspace.export())
    assert VALUE not in state
    assert VALUE not in done.output
    assert VALUE not in ledger.read_text()

    # Nothing to do, neither for an update nor for a refresh.
    assert _changes(workspace, "preview") == {"same": 7}
    assert _changes(workspace, "refresh") == {"same": 7}

    # A change is made in place and nothing else is touched.
    _set(workspace, "memory", "256")
    assert _changes(workspace, "up") == {"same": 6, "update": 1}
    assert clients.client("lambda").get_function_configuration(FunctionName="engine-hello")["MemorySize"] == 256

    # Drift is found and repaired.
    clients.client("logs").put_retention_policy(logGroupName="/aws/lambda/engine-hello", retentionInDays=3)
    clients.client("lambda").delete_function(FunctionName="engine-hello")
    repaired = workspace.complete(
        "up", "--yes", "--skip-preview", "--refresh", "--json", timeout_seconds=COMMAND_SECONDS
    )
    assert repaired.exit_code == 0, repaired.output
    assert clients.client("lambda").get_function_configuration(FunctionName="engine-hello")["MemorySize"] == 256
    groups = clients.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/engine-hello")["logGroups"]
    assert groups[0]["retentionInDays"] == 7
    assert _changes(workspace, "preview") == {"same": 7}

    # A bad value is refused in preview, with the resource, the property and what is allowed.
    _set(workspace, "memory", "64")
    refused = workspace.complete("preview", timeout_seconds=COMMAND_SECONDS)
    assert refused.exit_code != 0
    assert "aws:lambda/function:Function resource 'hello' has a problem" in refused.output
    assert "memorySize: 64 is less than the minimum of 128" in refused.output
    assert "Traceback" not in refused.output

    # The ledger knows what exists, and that none of it is an orphan.
    known = {(each["type"], each["id"]) for each in workspace.export()["deployment"]["resources"] if "id" in each}
    assert {entry.type for entry in outstanding(ledger)} <= set(RESOURCE_TYPES)
    assert not [entry for entry in orphans(ledger, known) if "engine" in entry.id]


def test_each_provider_of_a_program_has_its_own_region_and_tags(
    workspace: PulumiWorkspace, clients: AwsClients
) -> None:
    write_program(
        workspace.project_directory,
        """
        import pulumi
        import pulumi_aws as aws

        there = aws.Provider("there", region="eu-west-1", default_tags={"tags": {"Owner": "us"}})
        opts = pulumi.ResourceOptions(provider=there)
        for number in range(3):
            aws.cloudwatch.LogGroup(f"here-{number}", name=f"/here/{number}")
            aws.cloudwatch.LogGroup(f"there-{number}", name=f"/there/{number}", opts=opts)
        """,
    )
    done = deploy(workspace)
    assert done.exit_code == 0, done.output
    groups = {
        each["outputs"]["name"]: (each["outputs"]["region"], each["outputs"]["tagsAll"])
        for each in workspace.export()["deployment"]["resources"]
        if each["type"] == "aws:cloudwatch/logGroup:LogGroup"
    }
    assert groups == {
        **{f"/here/{number}": (REGION, {}) for number in range(3)},
        **{f"/there/{number}": ("eu-west-1", {"Owner": "us"}) for number in range(3)},
    }
    here = clients.client("logs").describe_log_groups()["logGroups"]
    assert not [each for each in here if each["logGroupName"].startswith("/there")]


def test_a_resource_is_imported_by_its_id(
    workspace: PulumiWorkspace, provider: ProviderServer, clients: AwsClients, tmp_path: Path
) -> None:
    clients.client("logs").create_log_group(logGroupName="/imported")
    clients.client("logs").put_retention_policy(logGroupName="/imported", retentionInDays=30)
    write_program(
        workspace.project_directory,
        """
        import pulumi
        import pulumi_aws as aws

        group = aws.cloudwatch.LogGroup(
            "imported", name="/imported", retention_in_days=30, opts=pulumi.ResourceOptions(import_="/imported")
        )
        pulumi.export("arn", group.arn)
        """,
    )
    done = deploy(workspace)
    assert done.exit_code == 0, done.output
    assert "warning" not in done.output
    assert workspace.outputs()["arn"].endswith(":log-group:/imported")


def _set(workspace: PulumiWorkspace, key: str, value: str, *, secret: bool = False) -> None:
    flags = ("--secret",) if secret else ()
    workspace.capture("config", "set", *flags, key, value)


def _changes(workspace: PulumiWorkspace, command: str) -> Any:
    flags = ("--json",) if command == "preview" else ("--yes", "--skip-preview", "--json")
    result = workspace.complete(command, *flags, timeout_seconds=COMMAND_SECONDS)
    assert result.exit_code == 0, result.output
    if command == "preview":
        return json.loads(result.stdout)["changeSummary"]
    events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return next(event["summaryEvent"]["resourceChanges"] for event in events if "summaryEvent" in event)
