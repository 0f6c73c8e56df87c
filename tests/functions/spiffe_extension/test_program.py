"""The extension's process where Lambda is not there, or does not want it: a line that says so, and an end."""

import json

import pytest

from spiffe_extension.extensions_api import ExtensionsApi, ExtensionsApiError
from spiffe_extension.program import run
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.spiffe.vectors import WORLD
from tests.support.ports import free_port

NAME = "spiffe-verifier-extension"


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_without_lambda_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(NAME, WORLD.environment) == 1
    assert "AWS_LAMBDA_RUNTIME_API is not set" in said(capsys)["message"]


def test_an_api_that_nobody_serves_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(NAME, {**WORLD.environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{free_port()}"}) == 1
    assert said(capsys)["problem"] == "POST register: ConnectionRefusedError"


def test_a_refused_registration_ends_it_with_lambdas_words(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = answer(b'{"errorType": "Extension.InvalidExtensionState"}', status="403 Forbidden")
    with IssuerServer(lambda: [refusal]) as api:
        assert run(NAME, {**WORLD.environment, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}"}) == 1
    problem = said(capsys)["problem"]
    assert "403" in problem
    assert "Extension.InvalidExtensionState" in problem


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"HTTP/1.1", b"x" * 2_000_000], ids=["none", "no", "half", "big"]
)
def test_what_is_no_answer_of_lambda_is_an_error_and_not_waited_for(content: bytes) -> None:
    with IssuerServer(lambda: [content]) as api, pytest.raises(ExtensionsApiError):
        ExtensionsApi(f"127.0.0.1:{api.port}").register(NAME, ["SHUTDOWN"])


def test_an_exit_is_reported_with_its_type_and_the_identifier_of_the_registration() -> None:
    registered = answer(b'{"functionName": "f"}', headers=["Lambda-Extension-Identifier: 5"])
    with IssuerServer(lambda: [registered]) as api:
        extensions = ExtensionsApi(f"127.0.0.1:{api.port}")
        assert extensions.register(NAME, ["SHUTDOWN"]) == {"functionName": "f"}
        extensions.exit_error("Extension.Own", "over")
        first, last = (request.decode() for request in api.requests)
    assert f"Lambda-Extension-Name: {NAME}" in first
    assert last.startswith("POST /2020-01-01/extension/exit/error HTTP/1.0\r\n")
    assert "Lambda-Extension-Identifier: 5\r\n" in last
    assert "Lambda-Extension-Function-Error-Type: Extension.Own\r\n" in last
