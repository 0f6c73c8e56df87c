"""What was acknowledged survives `kill -9`, soon after it happened; a save that is cut off leaves the older state."""

import asyncio
import contextlib
import errno
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.errors import SandboxError
from sandbox.fidelity.state_documents import StateDocument
from sandbox.replaced_file import replace_file
from sandbox.server import client, saving, status
from sandbox.server.saving import SaveError, StateSaver
from tests.support.functions import archive, deploy
from tests.support.sandbox import REGION, RunningSandbox, running_sandbox, wait_until

VERSION = "def handler(event, context):\n    return {!r}\n"


def wait_until_saved(sandbox: RunningSandbox) -> None:
    """Nothing asks for the save: it must come by itself."""
    wait_until(
        lambda: not sandbox.get_json("/_gatehouse/status")["unsaved_changes"],
        what="the changes are saved",
        patience=10 * saving.SAVE_INTERVAL_SECONDS,
    )


def test_kill_9_loses_nothing_that_is_older_than_the_interval(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        api = sandbox.client("apigateway").create_rest_api(name="kept")["id"]
        sandbox.client("secretsmanager").create_secret(Name="kept", SecretString="value")
        sandbox.client("ssm").put_parameter(Name="kept", Value="value", Type="String")
        sandbox.client("s3").create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
        sandbox.client("s3").put_object(Bucket="kept", Key="folder/object", Body=b"content")
        deploy(sandbox, "kept", VERSION.format("works"))
        wait_until_saved(sandbox)
        sandbox.kill()
    with running_sandbox(tmp_path) as again:
        assert again.client("apigateway").get_rest_api(restApiId=api)["name"] == "kept"
        assert again.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "value"
        assert again.client("ssm").get_parameter(Name="kept")["Parameter"]["Value"] == "value"
        assert again.client("s3").get_object(Bucket="kept", Key="folder/object")["Body"].read() == b"content"
        assert again.client("lambda").invoke(FunctionName="kept")["Payload"].read() == b'"works"'
        assert "AssumeRolePolicyDocument" in again.client("iam").get_role(RoleName="kept-role")["Role"]


def test_an_asked_for_save_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    for number in range(3):
        with running_sandbox(tmp_path) as sandbox:
            secrets = sandbox.client("secretsmanager")
            assert {one["Name"] for one in secrets.list_secrets()["SecretList"]} == {f"kept-{n}" for n in range(number)}
            secrets.create_secret(Name=f"kept-{number}", SecretString="value")
            client.save(sandbox.endpoints)
            sandbox.kill()


def test_kill_9_at_any_moment_leaves_state_that_can_be_read(tmp_path: Path) -> None:
    for _ in range(3):
        with running_sandbox(tmp_path) as sandbox:
            secrets = sandbox.client("secretsmanager")
            before = {one["Name"] for one in secrets.list_secrets()["SecretList"]}
            made = [f"{len(before)}-{number}" for number in range(5)]
            for name in made:
                secrets.create_secret(Name=name, SecretString="x" * 60_000)
            wait_until_saved(sandbox)
            secrets.create_secret(Name=f"{len(before)}-late", SecretString="y")
            # Somewhere between "not saved yet", "in the middle of it" and "saved".
            sandbox.kill()
        for path in (tmp_path / "emulator" / "state").glob("*.json"):
            json.loads(path.read_bytes())
        with running_sandbox(tmp_path) as again:
            after = {one["Name"] for one in again.client("secretsmanager").list_secrets()["SecretList"]}
            assert before | set(made) <= after


@pytest.mark.parametrize(
    ("leave_out", "survives"), [(("saving_while_running",), False), ((), True)], ids=["without the module", "with it"]
)
def test_a_save_that_fails_keeps_the_code_of_the_state_before(
    tmp_path: Path, leave_out: tuple[str, ...], *, survives: bool
) -> None:
    in_the_way = tmp_path / "emulator" / "state" / "lambda.json.saving"
    with running_sandbox(tmp_path, leave_out=leave_out) as sandbox:
        deploy(sandbox, "updated", VERSION.format("first"))
        client.save(sandbox.endpoints)
        in_the_way.mkdir()
        sandbox.client("lambda").update_function_code(
            FunctionName="updated", ZipFile=archive({"main.py": VERSION.format("second")})
        )
        with pytest.raises(SandboxError, match="cannot save the sandbox's state") as error:
            client.save(sandbox.endpoints)
        assert "\n" not in str(error.value)
        assert "but cannot save the sandbox's state" in status(tmp_path).detail
        sandbox.kill()
    in_the_way.rmdir()
    with running_sandbox(tmp_path) as again:
        answer = again.client("lambda").invoke(FunctionName="updated")["Payload"].read()
        assert (answer == b'"first"') is survives


def test_a_client_without_sandbox_is_told_so(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        sandbox.kill()
        with pytest.raises(SandboxError, match=r"does not answer .*; run `make up`"):
            client.save(sandbox.endpoints)
        with pytest.raises((BotoCoreError, ClientError)):
            sandbox.client("sts").get_caller_identity()


def save(saver: StateSaver) -> None:
    """One save in an event loop of its own."""
    asyncio.run(saver.save())


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    states: dict[str, bytes] = {"one": b"1", "two": b"2"}

    def take() -> Mapping[str, StateDocument]:
        return {name: StateDocument(text=text) for name, text in states.items()}

    async def story() -> None:
        saver = StateSaver(take, tmp_path)
        await saver.save()
        written = {name: (tmp_path / f"{name}.json").stat().st_ino for name in states}
        states["two"] = b"22"
        await saver.save()
        assert (tmp_path / "two.json").read_bytes() == b"2"  # nobody said that something changed
        saver.changed()
        assert saver.has_unsaved_changes
        await saver.save()
        assert (tmp_path / "two.json").read_bytes() == b"22"
        assert (tmp_path / "one.json").stat().st_ino == written["one"]
        assert not saver.has_unsaved_changes

    asyncio.run(story())


def test_a_change_during_a_save_is_saved_by_the_next_one(tmp_path: Path) -> None:
    async def story() -> None:
        saver = StateSaver(lambda: {"one": StateDocument(text=b"1")}, tmp_path, after_save=lambda: saver.changed())
        await saver.save()
        assert saver.has_unsaved_changes

    asyncio.run(story())


@pytest.mark.parametrize(
    ("took", "interval", "pause"),
    [(0.001, 2.0, 2.0), (0.09, 2.0, 3.0), (0.15, 2.0, 5.0), (30, 2.0, 5.0), (30, 9.0, 9.0)],
)
def test_long_saves_are_made_less_often_but_within_seconds(took: float, interval: float, pause: float) -> None:
    assert saving.pause_after(took, interval) == pytest.approx(pause)


def test_a_full_disk_is_told_and_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        saver = StateSaver(lambda: {"one": StateDocument(text=b"1")}, tmp_path)
        await saver.save()
        monkeypatch.setattr(os, "fsync", full_disk)
        saver = StateSaver(lambda: {"one": StateDocument(text=b"new")}, tmp_path)
        with pytest.raises(SaveError, match="No space left on device"):
            await saver.save()
        assert saver.last_error is not None
        assert saver.has_unsaved_changes
        monkeypatch.undo()
        await saver.save()
        assert saver.last_error is None

    asyncio.run(story())
    assert (tmp_path / "one.json").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def full_disk(descriptor: int) -> None:
    """Stands for `os.fsync` on a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_calls_that_only_read_leave_nothing_to_save(sandbox: RunningSandbox) -> None:
    def unsaved() -> bool:
        return sandbox.get_json("/_gatehouse/status")["unsaved_changes"]

    apis, secrets = sandbox.client("apigateway"), sandbox.client("secretsmanager")
    deploy(sandbox, "read-and-called", VERSION.format("works"))
    api = apis.create_rest_api(name="read-and-called")["id"]
    secrets.create_secret(Name="read-and-called", SecretString="value")
    client.save(sandbox.endpoints)
    sandbox.client("iam").get_role(RoleName="read-and-called-role")
    sandbox.client("lambda").get_function(FunctionName="read-and-called")
    apis.get_resources(restApiId=api)
    sandbox.client("logs").describe_log_groups()
    assert not unsaved()
    for change in (
        lambda: apis.update_rest_api(restApiId=api, patchOperations=[]),
        lambda: sandbox.client("lambda").invoke(FunctionName="read-and-called"),
        lambda: secrets.get_secret_value(SecretId="read-and-called"),  # which keeps the day
        lambda: urllib.request.urlopen(f"{sandbox.url}/_aws/execute-api/{api}/prod/", timeout=30),
    ):
        client.save(sandbox.endpoints)
        with contextlib.suppress(urllib.error.HTTPError):
            change()
        assert unsaved()


def test_only_the_latest_logs_and_metrics_are_kept_so_that_saving_stays_cheap(sandbox: RunningSandbox) -> None:
    logs, metrics = sandbox.client("logs"), sandbox.client("cloudwatch")
    now = int(time.time() * 1000)
    logs.create_log_group(logGroupName="many", tags={"kept": "yes"})
    for number in range(502):
        logs.create_log_stream(logGroupName="many", logStreamName=f"{number:03}")
    for start in (0, 9_000):
        events = [{"timestamp": now, "message": str(number)} for number in range(start, start + 9_000)]
        logs.put_log_events(logGroupName="many", logStreamName="501", logEvents=events)
    for _ in range(2):
        points = [{"MetricName": "points", "Value": 1.0} for _ in range(900)]
        metrics.put_metric_data(Namespace="tests", MetricData=points)
    client.save(sandbox.endpoints)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="many")["logGroups"]
    assert group["logGroupName"] == "many"
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="many")
    names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    assert (len(names), min(names), max(names)) == (500, "002", "501")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="many", logStreamNames=["501"])
    messages = [event["message"] for page in pages for event in page["events"]]
    assert (len(messages), messages[0], messages[-1]) == (10_000, "8000", "17999")
    found = metrics.get_metric_statistics(
        Namespace="tests",
        MetricName="points",
        StartTime=now / 1000 - 3600,
        EndTime=now / 1000 + 3600,
        Period=86400,
        Statistics=["SampleCount"],
    )
    assert sum(point["SampleCount"] for point in found["Datapoints"]) == 1_000
