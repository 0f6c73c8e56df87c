"""Python functions run as AWS runs them: the interpreter, what it can import, its environment, errors, logs, warmth."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.functions import archive, deploy
from tests.support.sandbox import RunningSandbox

IMPORTS = """
import importlib

def handler(event, context):
    found = {}
    for name in event:
        try:
            importlib.import_module(name)
            found[name] = True
        except ImportError:
            found[name] = False
    return found
"""
VERSION = "import sys\ndef handler(event, context):\n    return list(sys.version_info[:2])\n"
ENVIRONMENT = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
COUNTING = """
calls = []

class NotToday(Exception):
    pass

def handler(event, context):
    calls.append(event)
    if event == "unauthorized":
        raise Exception("Unauthorized")
    if event == "own":
        raise NotToday("come back")
    return len(calls)
"""
LOGGING = """
import logging
import sys

def handler(event, context):
    logging.getLogger("anything").warning("from the root handler")
    print("printed")
    sys.stderr.write("to the error stream\\n")
    return {name: getattr(context, name) for name in (
        "function_name", "function_version", "memory_limit_in_mb", "log_group_name", "invoked_function_arn")}
"""
SILENT = "def handler(event, context):\n    return event\n"

# What AWS documents (configuration-envvars.html), and what an interpreter adds by itself on start.
DOCUMENTED = {
    "_HANDLER", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
    "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ", "_X_AMZN_TRACE_ID",
}  # fmt: skip
OF_THE_SANDBOX = {"AWS_ENDPOINT_URL", "HOME"}
OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}


def test_without_the_module_a_function_imports_what_the_sandbox_has_installed(bare: RunningSandbox) -> None:
    found = deploy(bare, "imports", IMPORTS)(["ministack", "pulumi", "jwt"]).payload
    assert found == {"ministack": True, "pulumi": True, "jwt": True}


def test_a_function_imports_only_its_archive_and_the_runtimes_libraries(sandbox: RunningSandbox) -> None:
    found = deploy(sandbox, "imports", IMPORTS)(["ministack", "pulumi", "jwt", "pip", "sandbox", "boto3", "urllib3"])
    expected = {"ministack": False, "pulumi": False, "jwt": False, "pip": False, "sandbox": False}
    assert found.payload == {**expected, "boto3": True, "urllib3": True}


def test_layers_are_searched_after_the_archive_and_before_the_runtime(sandbox: RunningSandbox) -> None:
    client = sandbox.client("lambda")
    content = {"python/own.py": "PLACE = 'layer'\n", "python/six.py": "PLACE = 'layer'\n", "tool.txt": "hello\n"}
    content["python/lib/python3.12/site-packages/deep.py"] = "PLACE = 'site'\n"
    layer = client.publish_layer_version(LayerName="libraries", Content={"ZipFile": archive(content)})
    source = {
        "main.py": "import deep, own, six\ndef handler(event, context):\n"
        "    return [own.PLACE, deep.PLACE, six.PLACE]\n",
        "own.py": "PLACE = 'archive'\n",
    }
    function = deploy(sandbox, "layered", "", Code={"ZipFile": archive(source)}, Layers=[layer["LayerVersionArn"]])
    assert function().payload == ["archive", "site", "layer"]


def test_without_the_module_the_runtime_does_not_choose_the_interpreter(bare: RunningSandbox) -> None:
    versions = {tuple(deploy(bare, f"on-{minor}", VERSION, Runtime=f"python3.{minor}")().payload) for minor in (12, 13)}
    assert len(versions) == 1


def test_the_choice_of_the_interpreter_follows_the_runtime_and_is_logged(sandbox: RunningSandbox) -> None:
    major, minor = deploy(sandbox, "version", VERSION, Runtime="python3.11")().payload
    assert (major, minor) == (3, 11)  # these tests run on 3.11 or newer; the nearest to it is there
    assert re.search(rf"functions of python3\.11 run on Python 3\.{minor}", sandbox.log())


def test_without_the_module_a_function_sees_the_processes_environment(bare: RunningSandbox) -> None:
    assert deploy(bare, "environment", ENVIRONMENT)().payload["AUTH"] == "true"


def test_a_functions_environment_is_the_documented_one_and_its_own(sandbox: RunningSandbox) -> None:
    own = {"GREETING": "hello", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
    function = deploy(sandbox, "environment", ENVIRONMENT, Environment={"Variables": own})
    found = function().payload
    assert set(found) - OF_THE_SHELL <= DOCUMENTED | OF_THE_SANDBOX | set(own)
    assert {name: found[name] for name in own} == own
    assert found["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert found["_HANDLER"] == "main.handler"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "environment"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "ap-southeast-3"
    assert found["AWS_ENDPOINT_URL"] == sandbox.url


def test_without_the_module_an_exception_ends_the_warm_process(bare: RunningSandbox) -> None:
    function = deploy(bare, "counting", COUNTING)
    assert function().payload == 1
    failed = function("own")
    assert failed.payload == {"errorMessage": "come back", "errorType": "Runtime.HandlerError"}
    assert function().payload == 1


def test_an_exception_is_reported_as_on_aws_and_keeps_the_process_warm(sandbox: RunningSandbox) -> None:
    function = deploy(sandbox, "counting", COUNTING)
    assert function().payload == 1
    failed = function("own")
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == "NotToday"
    assert failed.payload["errorMessage"] == "come back"
    assert "raise NotToday" in failed.payload["stackTrace"][-1]
    assert "[ERROR] NotToday: come back" in failed.log
    assert function("unauthorized").payload["errorMessage"] == "Unauthorized"
    assert function().payload == 4


@pytest.mark.parametrize(
    ("source", "settings", "error_type", "message"),
    [
        ("import missing_module\n", {}, "Runtime.ImportModuleError", "No module named 'missing_module'"),
        (
            "def other(event, context): ...\n",
            {},
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'main'",
        ),
        ("def handler(:\n", {}, "Runtime.UserCodeSyntaxError", "Syntax error in module 'main'"),
        ("import sys\nsys.exit(7)\n", {}, "Runtime.ExitError", "exit status 7"),
        ("import os\ndef handler(e, c):\n    os._exit(3)\n", {}, "Runtime.ExitError", "exit status 3"),
        ("import os\ndef handler(e, c):\n    os.kill(os.getpid(), 9)\n", {}, "Runtime.ExitError", "signal: killed"),
        ("def handler(e, c):\n    while True: pass\n", {"Timeout": 1}, "Sandbox.Timedout", "Task timed out after 1.00"),
    ],
    ids=["import", "no handler", "syntax", "exit in init", "exit", "killed", "timeout"],
)
def test_a_function_that_does_not_work_fails_with_the_error_type_of_aws(
    sandbox: RunningSandbox,
    request: pytest.FixtureRequest,
    source: str,
    settings: dict[str, Any],
    error_type: str,
    message: str,
) -> None:
    name = "broken-" + re.sub(r"\W", "-", request.node.callspec.id)
    failed = deploy(sandbox, name, source, **settings)()
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == error_type
    assert message in failed.payload["errorMessage"]


def test_a_function_works_again_after_its_process_ended(sandbox: RunningSandbox) -> None:
    source = "import os\ndef handler(event, context):\n    if event: os._exit(1)\n    return 'fine'\n"
    function = deploy(sandbox, "mortal", source)
    assert function(1).error == "Unhandled"
    assert function().payload == "fine"


def test_calls_at_the_same_time_have_environments_of_their_own(sandbox: RunningSandbox) -> None:
    source = "import os, time\ndef handler(event, context):\n    time.sleep(1)\n    return os.getpid()\n"
    function = deploy(sandbox, "parallel", source)
    with ThreadPoolExecutor(4) as pool:
        assert len({done.payload for done in pool.map(function, range(4))}) == 4


def test_a_payload_comes_and_goes_unchanged(sandbox: RunningSandbox) -> None:
    function = deploy(sandbox, "unchanged", SILENT)
    for payload in (None, 0, "", "ä€😀\u2028", [1.5, {"deep": [[]]}], "x" * 3_000_000):
        assert function(payload).payload == payload


def test_without_the_module_no_handler_formats_what_is_logged(bare: RunningSandbox) -> None:
    assert "from the root handler" in deploy(bare, "logs", LOGGING)().log.splitlines()


def test_what_is_logged_and_printed_is_in_the_log_in_order(sandbox: RunningSandbox) -> None:
    done = deploy(sandbox, "logs", LOGGING)()
    lines = done.log.splitlines()
    assert re.fullmatch(r"\[WARNING\]\t[0-9T:.-]+Z\t[0-9a-f-]{36}\tfrom the root handler", lines[0])
    assert lines[1:] == ["printed", "to the error stream"]
    assert done.payload["function_name"] == "logs"
    assert done.payload["log_group_name"] == "/aws/lambda/logs"
    assert done.payload["invoked_function_arn"].endswith(":function:logs")


def test_all_of_a_long_output_is_in_the_log(sandbox: RunningSandbox) -> None:
    source = "def handler(event, context):\n    for number in range(3000):\n        print(f'line {number}')\n"
    function = deploy(sandbox, "long", source)
    function()
    groups = sandbox.client("logs").get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/long")
    messages = [event["message"] for page in groups for event in page["events"]]
    assert [message for message in messages if message.startswith("line ")] == [f"line {n}" for n in range(3000)]


def test_without_the_module_a_silent_function_waits_50_ms_for_a_line(bare: RunningSandbox) -> None:
    function = deploy(bare, "silent", SILENT)
    function()
    started = time.perf_counter()
    function()
    # A floor, not a speed: the emulator sleeps this long whatever the machine does. That the sandbox does not sleep is
    # shown by the reader's own tests (`test_function_output`).
    assert time.perf_counter() - started > 0.05
