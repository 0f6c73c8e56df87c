"""`explain --chain`: what each plugin did, what was decided, and what the API answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import METHOD_ARN, CommandLine, raising, request_event, returning, token_event, write_chain

STAGE = METHOD_ARN.removesuffix("/GET/orders")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "plugins"


def explained(command_line: CommandLine, chain: Path, event: object, *arguments: str) -> tuple[int, dict[str, Any]]:
    ended = command_line.explain(chain, event, "--json", *arguments)
    return ended.code, ended.document


def test_an_allow_shows_every_plugin_the_policy_and_its_routes(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder,
        p01_who=returning('{"principal_id": "alice", "context": {"tenant": "acme", "level": 3}}'),
        p02_pass=returning("True"),
        p03_routes=returning('{"routes": ["GET /orders", "* /health"]}'),
    )
    code, document = explained(command_line, chain, token_event())
    assert code == 0
    assert [(step["name"], step["outcome"]) for step in document["plugins"]] == [
        ("01_who", "enriched"),
        ("02_pass", "passed"),
        ("03_routes", "enriched"),
    ]
    assert [step["returned"] for step in document["plugins"]] == [
        {"principal_id": "alice", "context": {"tenant": "acme", "level": 3}},
        {},
        {"routes": ["GET /orders", "* /health"]},
    ]
    assert all(step["elapsed_ms"] > 0 for step in document["plugins"])
    assert document["elapsed_ms"] >= sum(step["elapsed_ms"] for step in document["plugins"])
    assert document["source"]["loading_ms"] > 0
    assert (document["decision"], document["principal_id"]) == ("Allow", "alice")
    assert document["context"] == {"tenant": "acme", "level": 3}
    assert document["policy"][0]["effect"] == "Allow"
    assert f"{STAGE}/GET/orders" in document["policy"][0]["resources"]
    assert document["allows"] == ["GET /orders", "* /health"]
    assert (document["status"], document["response_type"]) == (None, "")


def test_the_text_says_the_same(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder,
        p01_who=returning('{"principal_id": "alice", "context": {"tenant": "acme"}}'),
        p02_scope=raising('NotPermitted("insufficient_scope")'),
        p03_never=returning("True"),
    )
    ended = command_line.explain(chain, token_event())
    assert ended.code == 3
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"chain      {chain} (loaded in ")
    assert lines[1] == f"event      TOKEN, GET /orders of {STAGE}"
    rows = [line.split(maxsplit=4) for line in lines[3:6]]
    assert rows[0][0] == "01_who"
    assert rows[0][2:] == ["ms", "enriched", 'principal_id="alice"; context: tenant="acme"']
    assert rows[1][0] == "02_scope"
    assert rows[1][2:] == ["ms", "denied", "raised NotPermitted at 02_scope.py:3"]
    assert lines[5].split() == ["03_never", "not", "run"]
    assert lines[7].startswith("decision   Deny (insufficient_scope by 02_scope), ")
    assert "principal  alice" in lines
    assert f"policy     Deny {STAGE}/*/*" in lines
    assert "allows     nothing" in lines
    assert lines[-1].startswith("status     403 (gateway response ACCESS_DENIED")


@pytest.mark.parametrize(
    ("source", "reason", "why"),
    [
        (returning("None"), "denied_by_plugin", "returned None, which denies"),
        (returning("False"), "denied_by_plugin", "returned bool, which denies"),
        (returning("{}"), "malformed_plugin_result", "a result has the members"),
        (returning('{"principal_id": 5}'), "malformed_plugin_result", "principal_id is a string"),
        (returning('{"context": {"a": []}}'), "malformed_plugin_result", "context holds strings"),
        (returning('{"routes": ["orders"]}'), "malformed_plugin_result", "routes is a list of patterns"),
        (raising('NotAuthenticated("api_key_unknown")'), "api_key_unknown", "raised NotAuthenticated at 01_x.py:3"),
        (raising('KeyError("sub")'), "plugin_error", "raised KeyError at 01_x.py:3"),
        (raising("SystemExit(1)"), "plugin_error", "raised SystemExit at 01_x.py:3"),
        (returning("int('x')"), "plugin_error", "raised ValueError at 01_x.py:2"),
        (
            "import os\ndef validate(auth_context):\n    return os.environ['MISSING']\n",
            "plugin_error",
            "(the setting MISSING is missing)",
        ),
        (
            "def validate(auth_context, environment):\n    return environment['MISSING']\n",
            "plugin_error",
            "raised MissingSettingError at 01_x.py:2 (the setting MISSING is missing)",
        ),
        (
            "from jwt_verification.bearer import bearer_token\n"
            "def validate(auth_context):\n    return bearer_token('x')\n",
            "missing_token",
            "(send `Authorization: Bearer <token>`)",
        ),
        (returning("True"), "no_principal", ""),
    ],
)
def test_a_denial_shows_its_reason_and_what_the_plugin_did(
    command_line: CommandLine, folder: Path, source: str, reason: str, why: str
) -> None:
    code, document = explained(command_line, write_chain(folder, p01_x=source), token_event())
    assert code == 3
    assert (document["decision"], document["reason"]) == ("Deny", reason)
    assert why in document["plugins"][0]["why"]
    assert (document["status"], document["response_type"]) == (401, "UNAUTHORIZED")


def test_the_place_of_an_error_is_the_chains_own_innermost_line(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder,
        _shared="import json\n\ndef read(text):\n    return json.loads(text)\n",
        p01_x="from _shared import read\ndef validate(auth_context):\n    return read('{')\n",
    )
    _, document = explained(command_line, chain, token_event())
    assert document["plugins"][0]["why"] == "raised JSONDecodeError at _shared.py:4"


def test_a_route_that_the_chain_leaves_out_is_a_403_that_keeps_the_others(
    command_line: CommandLine, folder: Path
) -> None:
    chain = write_chain(folder, p01_x=returning('{"principal_id": "alice", "routes": ["GET /health"]}'))
    code, document = explained(command_line, chain, token_event())
    assert (code, document["reason"], document["status"]) == (3, "route_not_permitted", 403)
    assert document["allows"] == ["GET /health"]


def test_plugins_get_what_they_ask_for_by_name(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder,
        _providers="def provide_greeting(environment):\n    return 'hello-' + environment['WHOM']\n",
        p01_x="def validate(auth_context, *, greeting, clock):\n    return clock() and {'principal_id': greeting}\n",
    )
    code, document = explained(command_line, chain, token_event(), "--environment", "WHOM=alice")
    assert (code, document["principal_id"]) == (0, "hello-alice")


def test_a_chain_that_needs_aws_is_told_that_there_is_none(command_line: CommandLine, folder: Path) -> None:
    source = "def validate(auth_context, environment):\n    return environment['AWS_REGION']\n"
    ended = command_line.explain(write_chain(folder, p01_x=source), token_event())
    assert ended.code == 3
    assert "note       there is no AWS for this run: no sandbox runs in " in ended.out


def test_a_part_of_a_path_that_looks_like_a_credential_is_redacted(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(folder, p01_x=returning('{"principal_id": "alice"}'))
    opaque = "YAHA3DePs-MOPpMq3_xZG8lUYeT3SSm8fTFz3sczXVk"
    ended = command_line.explain(chain, {**token_event(), "methodArn": f"{STAGE}/GET/reset/{opaque}/now"})
    assert ended.code == 0
    assert "GET /reset/<redacted, 43 characters>/now of" in ended.out
    assert opaque not in ended.printed


def test_settings_of_the_authorizer_itself_are_honoured(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(folder, p01_x=raising('NotAuthenticated("token_expired")'))
    code, document = explained(command_line, chain, token_event(), "--environment", "NOT_AUTHENTICATED_ANSWER=deny")
    assert (code, document["response_type"]) == (3, "ACCESS_DENIED")
    assert document["context"] == {"reason": "token_expired", "message": "Token expired"}

    code, document = explained(command_line, chain, token_event(), "--environment", "NOT_AUTHENTICATED_ANSWER=perhaps")
    assert (code, document["fault"]["reason"]) == (1, "unknown_setting")


def test_a_request_event_reaches_the_plugins_as_in_lambda(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder,
        p01_x=returning('{"principal_id": auth_context["query_string_parameters"]["tenant"] + auth_context["type"]}'),
    )
    code, document = explained(command_line, chain, request_event({"Host": "api.example.com"}, {"tenant": "acme-"}))
    assert (code, document["principal_id"]) == (0, "acme-REQUEST")


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (None, "an event is an object"),
        ([], "an event is an object"),
        ({"type": "COOKIE"}, "an event's type is TOKEN or REQUEST"),
        ({"type": "TOKEN", "authorizationToken": "x", "methodArn": "x"}, "methodArn is not the ARN of a method"),
        ({**token_event(), "authorizationToken": 5}, "authorizationToken is a string"),
    ],
)
def test_what_is_no_event_of_an_authorizer_is_denied_and_said(
    command_line: CommandLine, folder: Path, event: object, says: str
) -> None:
    chain = write_chain(folder, p01_x=returning('{"principal_id": "alice"}'))
    code, document = explained(command_line, chain, event)
    assert (code, document["reason"]) == (3, "malformed_event")
    assert any(says in note for note in document["notes"])


def test_an_event_without_a_token_is_told_to_stop_before_the_authorizer(
    command_line: CommandLine, folder: Path
) -> None:
    chain = write_chain(folder, p01_x=returning("None"))
    _, document = explained(command_line, chain, token_event(""))
    assert any("never reaches the authorizer" in note for note in document["notes"])


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"p01_x": "def validate(auth_context)\n    return True\n"}, "01_x.py:1: plugin_does_not_import (SyntaxError"),
        (
            {"p01_x": "\nimport no_such_package\n"},
            "01_x.py:2: plugin_does_not_import (ModuleNotFoundError: there is no",
        ),
        ({"p01_x": "import os\nos.environ['ISSUER']\n"}, "(KeyError: the setting ISSUER is missing)"),
        (
            {"p01_x": "def validate(auth_context, token_verifier):\n    return True\n"},
            "01_x.py: provider_failed (signing_keys: the setting SIGNING_KEY_SECRET_ARN is missing)",
        ),
        (
            {"p01_x": "def validate(auth_context, nobody_has):\n    return True\n"},
            "01_x.py: unknown_provider (nothing provides nobody_has; there are: clock, ",
        ),
        (
            {
                "_providers": "\ndef provide_rules():\n    return open('/no/such/file')\n",
                "p01_x": "def validate(auth_context, rules):\n    return True\n",
            },
            "_providers.py:3: provider_failed (rules: FileNotFoundError in line 3)",
        ),
        ({"p01_x": "async def validate(auth_context):\n    return True\n"}, "plugin_without_validate (validate is asy"),
        ({"p01_x": "\n\nraise ValueError('secret')\n"}, "01_x.py:3: plugin_does_not_import (ValueError)"),
        ({"_s": "\n1 / 0\n", "p01_x": "import _s\n"}, "_s.py:2: plugin_does_not_import (ZeroDivisionError)"),
        ({"p01_x": "validate = None\n"}, "01_x.py: plugin_without_validate"),
        ({"p01_x": returning("True"), "p02_y": "exit(3)\n"}, "02_y.py:1: plugin_does_not_import (SystemExit)"),
        ({"_only_shared": ""}, "no_plugins"),
    ],
)
def test_a_folder_that_does_not_load_is_told_with_file_and_line(
    command_line: CommandLine, folder: Path, files: dict[str, str], place: str
) -> None:
    ended = command_line.explain(write_chain(folder, **files), token_event())
    assert ended.code == 1
    [line] = ended.err.splitlines()
    assert line.startswith(f"error: {folder}: ")
    assert place in line
    assert ("settings come from" in ended.out) == ("the setting" in line)
    assert f"fault      {line.removeprefix(f'error: {folder}: ')}; every request is denied" in ended.out.splitlines()
    assert "'secret'" not in ended.printed


@pytest.mark.parametrize("name", ["missing", "a_file"])
def test_a_folder_that_is_none_is_told(command_line: CommandLine, tmp_path: Path, name: str) -> None:
    (tmp_path / "a_file").write_text("")
    ended = command_line.explain(tmp_path / name, token_event())
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == f"error: {tmp_path / name} is no folder: correct --chain\n"


def test_a_chain_that_takes_too_long_is_ended(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(folder, p01_x="import time\ndef validate(auth_context):\n    time.sleep(60)\n")
    ended = command_line.explain(chain, token_event(), "--timeout", "0.5")
    assert ended.code == 1
    assert "did not answer within 0.5 s, which API Gateway answers with 500" in ended.err


@pytest.mark.parametrize("seconds", ["0", "-1", "31", "nan", "soon"])
def test_a_timeout_that_makes_no_sense_is_a_usage_error(command_line: CommandLine, seconds: str) -> None:
    assert command_line("explain", f"--timeout={seconds}").code == 2


def test_a_plugin_that_ends_the_process_is_told(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(folder, p01_x="import os\ndef validate(auth_context):\n    os._exit(7)\n")
    ended = command_line.explain(chain, token_event())
    assert (ended.code, ended.out) == (1, "")
    assert "ended with code 7 and without an answer" in ended.err


def test_threads_of_a_plugin_do_not_keep_the_command(command_line: CommandLine, folder: Path) -> None:
    source = (
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\n"
        "def validate(auth_context):\n    return {'principal_id': 'alice'}\n"
    )
    assert command_line.explain(write_chain(folder, p01_x=source), token_event()).code == 0


def test_a_chain_sees_only_the_environment_that_it_is_given(
    command_line: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THIS_SHELL", "forgotten")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    source = (
        "import json, os\ndef validate(auth_context):\n"
        "    return {'principal_id': 'x', 'context': {'names': ' '.join(sorted(os.environ))}}\n"
    )
    code, document = explained(
        command_line, write_chain(folder, p01_x=source), token_event(), "--environment", "ISSUER=https://a.example/?a=b"
    )
    assert code == 0
    names = document["context"]["names"].split()
    assert {"ISSUER", "AWS_LAMBDA_FUNCTION_NAME", "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"} <= set(names)
    assert {"OF_THIS_SHELL", "PYTHONPATH", "HOME", "AWS_ACCESS_KEY_ID"}.isdisjoint(names)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--environment", "ISSUER"], "--environment is NAME=VALUE"),
        (["--environment", "1=2"], "--environment is NAME=VALUE"),
        (["--environment", "AWS_SESSION_TOKEN=x"], "--environment AWS_SESSION_TOKEN is what the run itself sets"),
        (["--secret", "KEY_ARN"], "--secret is NAME=FILE"),
        (["--environment-of", "authorizer"], "no sandbox runs in"),
        (["--function", "authorizer"], "name one of --chain DIRECTORY and --function NAME"),
    ],
)
def test_options_that_make_no_sense_are_told(
    command_line: CommandLine, folder: Path, arguments: list[str], says: str
) -> None:
    ended = command_line.explain(write_chain(folder, p01_x=returning("True")), token_event(), *arguments)
    assert ended.code == 1
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1


def test_the_chains_folder_stays_as_it_was(command_line: CommandLine, folder: Path) -> None:
    command_line.explain(write_chain(folder, p01_x=returning("True")), token_event())
    assert [path.name for path in folder.iterdir()] == ["01_x.py"]


def test_text_from_the_event_cannot_move_the_cursor(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(
        folder, p01_x=returning('{"principal_id": "alice", "context": {"path": auth_context["method_arn"]}}')
    )
    event = {**token_event(), "methodArn": f"{STAGE}/GET/\x1b[2J\x9b31m\u202eorders\ud800"}
    for arguments in ([], ["--json"]):
        ended = command_line.explain(chain, event, *arguments)
        assert all(character.isprintable() or character == "\n" for character in ended.printed)
        assert ended.printed.encode()


def test_the_document_is_json_of_plain_ascii(command_line: CommandLine, folder: Path) -> None:
    chain = write_chain(folder, p01_x=returning('{"principal_id": "Zo\\u00eb"}'))
    ended = command_line.explain(chain, token_event(), "--json")
    assert ended.out.isascii()
    assert json.loads(ended.out)["principal_id"] == "Zoë"
