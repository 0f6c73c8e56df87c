"""What bounds the sandbox's waiting for extensions, without a sandbox: each of these would otherwise wait for ever."""

import json
import threading
from pathlib import Path

import pytest

from sandbox.fidelity.lambda_extensions.api import MOST_EXTENSIONS, ExtensionsApi
from sandbox.fidelity.lambda_extensions.environment import LayerExtensions
from sandbox.fidelity.lambda_python.extension import LocalAnswer, LocalRequest

VARIABLES = {"PATH": "/usr/bin:/bin"}
FACTS = {"functionName": "f", "functionVersion": "1", "handler": "h", "accountId": "111122223333"}


def extensions_with(folder: Path, **programs: str) -> LayerExtensions:
    """The extensions of an environment whose layers have these shell programs."""
    (folder / "extensions").mkdir()
    for name, program in programs.items():
        path = folder / "extensions" / name
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(0o755)
    return LayerExtensions(function_name="f", function_version="1", handler="h", account_id="111122223333")


def call(api: ExtensionsApi, method: str, path: str, body: str = "", **headers: str) -> LocalAnswer:
    given = {f"Lambda-Extension-{name.replace('_', '-')}": value for name, value in headers.items()}
    answer = api.answer(
        LocalRequest(method=method, path=f"/2020-01-01/extension/{path}", headers=given, body=body.encode())
    )
    assert answer is not None
    return answer


def error_type(answer: LocalAnswer) -> str:
    assert answer.status == 403
    return str(json.loads(answer.body)["errorType"])


def test_one_that_never_registers_is_waited_for_as_long_as_the_init_phase_lasts_and_ended(tmp_path: Path) -> None:
    extensions = extensions_with(tmp_path, sleeps="exec sleep 600")
    assert not extensions.start(VARIABLES, tmp_path, patience=0.2)
    assert extensions.failure is None  # AWS initialises again, with the function's timeout
    extensions.stop("failure")
    extensions.stop("failure")  # twice does nothing


def test_one_that_registers_and_asks_for_nothing_is_waited_for_as_long() -> None:
    api = ExtensionsApi(FACTS)
    api.expect(["idle"])
    assert call(api, "POST", "register", '{"events": ["INVOKE"]}', Name="idle").status == 200
    assert api.registered(0.0)
    assert not api.ready(0.05)


def test_what_was_written_before_a_failure_is_kept(tmp_path: Path) -> None:
    extensions = extensions_with(tmp_path, loud="echo before the end; exit 5")
    told = threading.Event()
    extensions.on_failure(told.set)
    assert extensions.start(VARIABLES, tmp_path, patience=30)
    assert told.wait(30)
    assert extensions.failure is not None
    assert (extensions.failure.error_type, extensions.failure.reason) == ("Extension.Crash", "exit status 5")
    extensions.stop("failure")
    assert "before the end" in extensions.output()


def test_the_eleventh_extension_is_not_started(tmp_path: Path) -> None:
    programs = {f"number{number:02}": "exec sleep 600" for number in range(MOST_EXTENSIONS + 1)}
    extensions = extensions_with(tmp_path, **programs)
    extensions.start(VARIABLES, tmp_path, patience=30)
    assert extensions.failure is not None
    assert extensions.failure.error_type == "Extension.LaunchError"
    assert "number10" in extensions.failure.reason
    extensions.stop("failure")


@pytest.mark.parametrize("body", ["", "[]", "true", '{"events": 5}', '{"events": [5]}', "{"])
def test_a_registration_that_is_none_is_refused(body: str) -> None:
    assert error_type(call(ExtensionsApi(FACTS), "POST", "register", body, Name="any")) == "InvalidRequestFormat"


def test_who_waits_for_an_event_is_answered_when_the_environment_ends() -> None:
    api = ExtensionsApi(FACTS)
    api.expect(["waiting"])
    registered = call(api, "POST", "register", '{"events": ["SHUTDOWN"]}', Name="waiting")
    answers: list[LocalAnswer] = []

    def wait() -> None:
        answers.append(call(api, "GET", "event/next", Identifier=registered.headers["Lambda-Extension-Identifier"]))

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert api.ready(30)
    api.close()
    waiting.join(30)
    assert [answer.status for answer in answers] == [500]


def test_an_error_needs_its_type_and_is_reported_once() -> None:
    api = ExtensionsApi(FACTS)
    api.expect(["failing"])
    identifier = call(api, "POST", "register", "{}", Name="failing").headers["Lambda-Extension-Identifier"]
    assert error_type(call(api, "POST", "init/error", "{}", Identifier=identifier)) == "Extension.MissingHeader"
    typed = {"Identifier": identifier, "Function_Error_Type": "Extension.Own"}
    assert call(api, "POST", "init/error", "{}", **typed).status == 202
    assert error_type(call(api, "POST", "init/error", "{}", **typed)) == "Extension.InvalidExtensionState"
    assert api.failure is not None
    assert api.failure.error_type == "Extension.InitError"


def test_paths_of_nobody_are_left_to_others() -> None:
    api = ExtensionsApi(FACTS)
    request = LocalRequest(method="GET", path="/secretsmanager/get", headers={}, body=b"")
    assert api.answer(request) is None
    assert call(api, "DELETE", "register").status == 404
