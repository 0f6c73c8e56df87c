"""Extensions in a function's layers run beside it as on AWS: from their registration to the end of their processes."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.processes import process_started
from tests.support.extensions import EXTENSION, publish
from tests.support.functions import DeployedFunction, Invocation, deploy
from tests.support.sandbox import RunningSandbox, wait_until

HANDLER = """
import json, os, time, urllib.error, urllib.request

def call(method, path, headers, body=None):
    url = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/" + path
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return [error.code, json.load(error)["errorType"]]

def handler(event, context):
    if event == "crash":
        os._exit(4)
    if event == "sleep":
        time.sleep(30)
    if event == "register":
        return call("POST", "register", {"Lambda-Extension-Name": "too-late"}, b'{"events": ["INVOKE"]}')
    return [context.aws_request_id, os.getpid()]
"""
EXECUTABLE, PLAIN = 0o755, 0o644


def function_with(
    sandbox: RunningSandbox, name: str, modes: dict[str, str], *, file_mode: int = EXECUTABLE, **settings: Any
) -> DeployedFunction:
    """A function with an extension for each mode, by the extension's name."""
    files = {f"extensions/{extension}": (EXTENSION, file_mode) for extension in modes}
    layer = publish(sandbox, f"{name}-layer", files)
    variables = {f"MODE_{extension.replace('-', '_')}": mode for extension, mode in modes.items()}
    return deploy(sandbox, name, HANDLER, Layers=[layer], Environment={"Variables": variables}, **settings)


def said(done: Invocation | str, extension: str = "watcher") -> list[dict[str, Any]]:
    """What an extension wrote into a log."""
    log = done if isinstance(done, str) else done.log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith('{"extension"')]
    return [line for line in lines if line["extension"] == extension]


def events(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line["event"] for line in lines if "event" in line]


def whole_log(function: DeployedFunction) -> str:
    pages = function.sandbox.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/aws/lambda/{function.name}")
    return "\n".join(event["message"] for page in found for event in page["events"])


def ended(pid: int) -> bool:
    return process_started(pid) is None


def test_without_the_module_nothing_of_a_layer_is_started(bare: RunningSandbox) -> None:
    done = function_with(bare, "unwatched", {"watcher": ""})()
    assert done.error is None
    assert not said(done)


@pytest.fixture(scope="module")
def life(sandbox: RunningSandbox) -> tuple[DeployedFunction, list[Invocation], str]:
    """A function with an extension, its first two invocations, and its log after it was deleted."""
    function = function_with(sandbox, "watched", {"watcher": ""})
    done = [function(), function()]
    sandbox.client("lambda").delete_function(FunctionName="watched")
    pid = said(done[0])[0]["pid"]
    wait_until(lambda: ended(pid), what="the extension has ended")
    wait_until(lambda: "SHUTDOWN" in whole_log(function), what="SHUTDOWN is in the log")
    return function, done, whole_log(function)


def test_an_extension_registers_and_is_told_of_every_invocation_from_the_first_on(
    life: tuple[DeployedFunction, list[Invocation], str],
) -> None:
    function, done, _ = life
    registered, first = said(done[0])
    assert registered["registered"] == 200
    assert registered["facts"] == {
        "functionName": "watched",
        "functionVersion": "$LATEST",
        "handler": "main.handler",
        "accountId": "111122223333",
    }
    for invocation, event in ((done[0], first), (done[1], said(done[1])[0])):
        request_id, _ = invocation.payload
        assert event["event"].pop("deadlineMs") == pytest.approx(event["at"] + 30_000, abs=5_000)
        event["event"].pop("tracing", None)
        assert event["event"] == {
            "eventType": "INVOKE",
            "requestId": request_id,
            "invokedFunctionArn": function.arn,
        }
    assert done[0].payload[1] == done[1].payload[1], "the environment stays warm"
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]" in done[0].log.splitlines()


def test_its_variables_are_the_functions_without_those_of_the_runtime(
    life: tuple[DeployedFunction, list[Invocation], str],
) -> None:
    registered = said(life[1][0])[0]
    found = set(registered["variables"])
    assert {"AWS_LAMBDA_RUNTIME_API", "AWS_SESSION_TOKEN", "AWS_REGION", "MODE_watcher", "PATH"} <= found
    assert not [name for name in found if name.startswith("_") and name != "_"]
    assert found.isdisjoint(
        {"LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME"}
    )
    assert re.search(r"/lang/bin/python3$", registered["python"]), "PATH leads to the runtime's own Python"


def test_at_the_end_it_gets_shutdown_with_a_deadline_and_writes_into_the_functions_log(
    life: tuple[DeployedFunction, list[Invocation], str],
) -> None:
    *_, last = [line for line in said(life[2]) if "event" in line]
    assert last["event"]["eventType"] == "SHUTDOWN"
    assert last["event"]["shutdownReason"] == "spindown"
    assert last["at"] - 1_000 <= last["event"]["deadlineMs"] <= last["at"] + 2_000


def test_what_is_not_asked_as_documented_is_refused(sandbox: RunningSandbox) -> None:
    function = function_with(sandbox, "asked", {"watcher": "asks"})
    lines = said(function())
    answers = lines[0]["asked"]
    assert [(status, answer["errorType"]) for status, answer in answers] == [
        (403, "Extension.InvalidEventType"),  # SHUTDOWN under a name that no file has
        (403, "Extension.InvalidEventType"),
        (403, "Extension.MissingExtensionIdentifier"),
        (403, "Extension.InvalidExtensionIdentifier"),
        (403, "Extension.UnknownExtensionIdentifier"),
        (202, "Telemetry.NotSupported"),
        (202, "Logs.NotSupported"),
    ]
    assert lines[2]["again"][0] == 403
    assert lines[2]["again"][1]["errorType"] == "Extension.InvalidExtensionState"
    assert function("register").payload == [403, "Extension.RegistrationClosed"]


def test_only_files_directly_in_the_folder_are_started(sandbox: RunningSandbox) -> None:
    files = {
        "extensions/watcher": (EXTENSION, EXECUTABLE),
        "extensions/lib/helper": (EXTENSION, EXECUTABLE),
        "bin/tool": (EXTENSION, EXECUTABLE),
    }
    done = deploy(sandbox, "folders", HANDLER, Layers=[publish(sandbox, "folders", files)])()
    assert done.error is None
    assert said(done)
    assert not said(done, "helper") + said(done, "tool")


@pytest.mark.parametrize(
    ("mode", "file_mode", "error_type", "message"),
    [
        ("", PLAIN, "Extension.LaunchError", "Error: fork/exec /opt/extensions/watcher: permission denied"),
        ("exits at once", EXECUTABLE, "Extension.Crash", "Error: exit status 3"),
        ("init error", EXECUTABLE, "Extension.InitError", "Error: Extension.NotToday"),
        ("crashes", EXECUTABLE, "Extension.Crash", "Error: signal: killed"),
        ("exit error", EXECUTABLE, "Extension.ExitError", "Error: Extension.NotToday"),
    ],
    ids=["not executable", "exits", "init error", "crash", "exit error"],
)
def test_an_extension_that_fails_fails_the_function_with_the_error_type_of_aws(
    sandbox: RunningSandbox, request: pytest.FixtureRequest, mode: str, file_mode: int, error_type: str, message: str
) -> None:
    name = "failing-" + request.node.callspec.id.replace(" ", "-")
    function = function_with(sandbox, name, {"watcher": mode}, file_mode=file_mode)
    failed = function()
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == error_type
    assert message in failed.payload["errorMessage"]


def test_an_extension_that_was_killed_between_invocations_begins_a_new_environment(sandbox: RunningSandbox) -> None:
    function = function_with(sandbox, "killed", {"watcher": ""})
    first = function()
    pid = said(first)[0]["pid"]
    os.kill(pid, 9)
    wait_until(lambda: ended(pid), what="the extension has ended")
    second = wait_until(
        lambda: (done := function()).payload[1] != first.payload[1] and done, what="another environment"
    )
    assert second.error is None
    assert said(second)[0]["pid"] != pid


def test_the_environment_is_free_when_its_extensions_are_and_those_without_invoke_are_not_waited_for(
    sandbox: RunningSandbox,
) -> None:
    slow = function_with(sandbox, "slow", {"watcher": "slow", "quiet": "only SHUTDOWN"})
    done = slow()
    assert [line["done"] for line in said(done) if "done" in line] == ["INVOKE"]
    assert not events(said(done, "quiet"))
    assert slow().payload[1] == done.payload[1]


def test_a_function_that_times_out_or_crashes_ends_its_extensions_with_the_reason(sandbox: RunningSandbox) -> None:
    for event, reason, timeout in (("sleep", "timeout", 2), ("crash", "failure", 30)):
        failed = function_with(sandbox, f"ending-by-{event}", {"watcher": ""}, Timeout=timeout)(event)
        assert failed.error == "Unhandled"
        (invoked, ending) = events(said(failed))
        assert (invoked["eventType"], ending["eventType"]) == ("INVOKE", "SHUTDOWN")
        assert ending["shutdownReason"] == reason
        assert ended(said(failed)[0]["pid"])


def test_no_process_is_left_of_extensions_that_do_not_end_or_have_started_others(sandbox: RunningSandbox) -> None:
    modes = {"stubborn-one": "stubborn", "parent": "starts another", "untold": "only INVOKE"}
    function = function_with(sandbox, "leftovers", modes, Timeout=1)
    done = function()
    pids = [said(done, name)[0]["pid"] for name in modes]
    # Its invocation was over and one extension went on: then the environment ended with the function's time-out.
    wait_until(lambda: all(ended(pid) for pid in pids), what="all have ended")
    wait_until(lambda: not group_members(pids), what="their children have ended")


def test_each_environment_has_extensions_of_its_own(sandbox: RunningSandbox) -> None:
    function = function_with(sandbox, "several", {"watcher": "slow"})
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: function(), range(3)))
    assert len({said(one)[0]["pid"] for one in done}) == 3
    for one in done:
        assert [event["requestId"] for event in events(said(one))] == [one.payload[0]]


def group_members(leaders: list[int]) -> list[int]:
    """Processes whose group is one of these."""
    found: list[int] = []
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else []:  # noqa: PTH112, PTH208 - names are enough
        if entry.isdigit():
            try:
                if os.getpgid(int(entry)) in leaders and not ended(int(entry)):
                    found.append(int(entry))
            except ProcessLookupError:
                continue
    return found
