"""`explain` against a sandbox: deployed authorizers by name, and local chains with deployed settings and secrets."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.deployment import FUNCTION, deploy_folder
from tests.cli.support import CommandLine, returning, token_event, write_chain
from tests.functions.support import HELLO_CHAIN, claims, header, make_token, signing_key_version
from tests.support.sandbox import RunningSandbox


def token(key_id: str, **members: Any) -> str:
    now = int(time.time())
    return make_token(header(kid=key_id), claims(iat=now, exp=now + 60, **members))


@pytest.fixture
def explain(
    sandbox: RunningSandbox, key_id: str, command_line: CommandLine, nothing_of_this_machine: Path
) -> CommandLine:
    """The command in a checkout whose sandbox runs, with the hello authorizer deployed."""
    (nothing_of_this_machine / ".sandbox").symlink_to(sandbox.state_directory)
    return command_line


def invoke(explain: CommandLine, event: object, *arguments: str, name: str = FUNCTION) -> tuple[int, Any, str]:
    ended = explain(
        "explain", "--function", name, "--event", "-", "--json", *arguments, stdin=json.dumps(event).encode()
    )
    return ended.code, json.loads(ended.out or "null"), ended.err


def test_a_deployed_authorizer_is_explained_from_its_answer_and_its_log_line(
    explain: CommandLine, sandbox: RunningSandbox, key_id: str
) -> None:
    code, document, told = invoke(explain, token_event(f"Bearer {token(key_id)}"))
    assert code == 0, document
    assert told == f"target: sandbox at {sandbox.url} (ap-southeast-3)\n"
    [step] = document["plugins"]
    assert (step["name"], step["outcome"]) == ("01_verify_jwt", "ran")
    assert step["elapsed_ms"] > 0
    assert (document["decision"], document["reason"]) == ("Allow", "allowed")
    assert document["principal_id"] == "apigw-invoker"
    assert document["allows"] == ["* /*"]


def test_what_plugins_returned_is_not_shown_and_a_note_says_how_to_see_it(explain: CommandLine, key_id: str) -> None:
    event = token_event(f"Bearer {token(key_id)}")
    deployed = explain("explain", "--function", FUNCTION, "--event", "-", stdin=json.dumps(event).encode())
    assert deployed.code == 0, deployed.printed
    assert deployed.out.splitlines()[-1] == (
        "note       what each plugin returned stays in the function; to see it, run its chain here with its settings: "
        f"--chain DIRECTORY --environment-of {FUNCTION}"
    )
    returned = 'principal_id="apigw-invoker"; context: issuer='
    assert returned not in deployed.out
    local = explain.explain(HELLO_CHAIN, event, "--environment-of", FUNCTION)
    assert local.code == 0, local.printed
    assert returned in local.out, "what the note points at does what it says"
    assert "stays in the function" not in local.out


def test_a_denial_of_a_deployed_authorizer_has_its_reason(explain: CommandLine, key_id: str) -> None:
    expired = token(key_id, nbf=int(time.time()) + 3600)
    code, document, _ = invoke(explain, token_event(f"Bearer {expired}"))
    assert (code, document["reason"], document["denied_by"]) == (3, "token_not_yet_valid", "01_verify_jwt")
    assert document["plugins"][0]["outcome"] == "denied"
    assert (document["status"], document["response_type"]) == (401, "UNAUTHORIZED")
    assert expired not in json.dumps(document)


def test_the_status_is_the_one_that_the_events_api_has_set(
    explain: CommandLine, sandbox: RunningSandbox, key_id: str
) -> None:
    apis = sandbox.client("apigateway")
    api_id = apis.create_rest_api(name="with-its-own-status")["id"]
    apis.put_gateway_response(restApiId=api_id, responseType="UNAUTHORIZED", statusCode="418")
    arn = f"arn:aws:execute-api:ap-southeast-3:111122223333:{api_id}/prod/GET/hello"
    code, document, _ = invoke(explain, {**token_event("Bearer x.y.z"), "methodArn": arn})
    assert (code, document["status"], document["status_from"]) == (3, 418, "api")


@pytest.mark.parametrize(
    ("name", "body", "decision", "response_type", "code"),
    [
        ("raises", "raise ValueError(event['authorizationToken'])", "failed (ValueError)", "AUTHORIZER_FAILURE", 1),
        ("refuses", "raise Exception('Unauthorized')", "Deny", "UNAUTHORIZED", 3),
        ("answers-nothing", "return None", "not an answer", "AUTHORIZER_CONFIGURATION_ERROR", 1),
        (
            "answers-the-token",
            "return event['authorizationToken']",
            "not an answer",
            "AUTHORIZER_CONFIGURATION_ERROR",
            1,
        ),
    ],
)
def test_what_is_no_authorizer_of_ours_is_explained_without_its_words(
    explain: CommandLine,
    sandbox: RunningSandbox,
    tmp_path: Path,
    name: str,
    body: str,
    decision: str,
    response_type: str,
    code: int,
) -> None:
    (tmp_path / "main.py").write_text(f"def handler(event, context):\n    print(event)\n    {body}\n")
    deploy_folder(sandbox, name, tmp_path, "main.handler")
    ended_with, document, _ = invoke(explain, token_event("Bearer short-pass"), name=name)
    assert (ended_with, document["decision"], document["response_type"]) == (code, decision, response_type)
    assert "short-pass" not in json.dumps(document)
    assert not any("--environment-of" in note for note in document["notes"]), "it has no chain to run here"


def test_a_function_that_does_not_exist_is_told_in_one_line(explain: CommandLine) -> None:
    code, document, told = invoke(explain, token_event(), name="nobody")
    assert (code, document) == (1, None)
    [_, line] = told.splitlines()
    assert line.startswith("error: cannot invoke the function nobody (sandbox at ")
    assert "ResourceNotFoundException" in line


@pytest.mark.parametrize("option", [["--environment", "A=b"], ["--secret", "A=b"], ["--show-output"]])
def test_options_of_local_runs_are_refused_for_a_function(explain: CommandLine, option: list[str]) -> None:
    code, _, told = invoke(explain, token_event(), *option)
    assert code == 1
    assert f"{option[0]} is for --chain" in told


def test_a_local_chain_runs_with_the_settings_and_the_secret_of_a_deployed_function(
    explain: CommandLine, sandbox: RunningSandbox, key_id: str
) -> None:
    ended = explain.explain(
        HELLO_CHAIN,
        token_event(f"Bearer {token(key_id)}"),
        *("--environment-of", FUNCTION, "--json"),
    )
    assert ended.code == 0, ended.printed
    assert ended.document["principal_id"] == "apigw-invoker"
    [note] = ended.document["notes"]
    assert note.endswith(f"read from sandbox at {sandbox.url} (ap-southeast-3) (AWSCURRENT)")
    assert json.loads(signing_key_version().value)["key"] not in ended.printed


def test_the_settings_of_a_function_that_does_not_exist_are_told(explain: CommandLine, tmp_path: Path) -> None:
    chain = write_chain(tmp_path / "plugins", p01_x=returning("True"))
    ended = explain.explain(chain, token_event(), "--environment-of", "nobody")
    assert ended.code == 1
    assert "cannot read the settings of the function nobody" in ended.err


def test_plugins_reach_the_target_as_they_reach_aws_in_lambda(explain: CommandLine, tmp_path: Path) -> None:
    source = (
        "import os, boto3\n"
        "def validate(auth_context):\n"
        "    assert os.environ['AWS_SESSION_TOKEN']\n"
        "    return {'principal_id': boto3.client('sts').get_caller_identity()['Account']}\n"
    )
    ended = explain.explain(write_chain(tmp_path / "plugins", p01_x=source), token_event(), "--json")
    assert (ended.code, ended.document["principal_id"]) == (0, "111122223333")
