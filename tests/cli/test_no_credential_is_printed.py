"""Whatever a plugin does with a credential or a secret, `explain` does not print it."""

import base64
import json
from pathlib import Path

import pytest

from tests.cli.support import TOKEN, CommandLine, raising, request_event, returning, token_event, write_chain

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsInNjb3BlIjoiYWRtaW4ifQ.bm90LXRoZS1yaWdodC1zaWduYXR1cmU"
LEAKS = {
    "as the principal": returning("{'principal_id': TOKEN}"),
    "as a value of the context": returning("{'principal_id': 'alice', 'context': {'seen': TOKEN}}"),
    "within a value of the context": returning("{'principal_id': 'alice', 'context': {'seen': 'got ' + TOKEN}}"),
    "as half of itself": returning("{'principal_id': 'alice', 'context': {'seen': TOKEN[:len(TOKEN) // 2]}}"),
    "as a name in the context": returning("{'principal_id': 'alice', 'context': {TOKEN: 'x'}}"),
    "as a member that no result has": returning("{TOKEN: 'x'}"),
    "as something that is no result": returning("TOKEN"),
    "as the name of a type": returning("type(TOKEN, (), {})()"),
    "as a route": returning("{'principal_id': 'alice', 'routes': ['GET /' + TOKEN]}"),
    "in a malformed route": returning("{'principal_id': 'alice', 'routes': [TOKEN]}"),
    "in the message of an exception": raising("ValueError(TOKEN)"),
    "as the name of an exception": raising("type(TOKEN, (Exception,), {})()"),
    "as the key of a missing member": raising("KeyError(TOKEN)"),
    "as a reason": raising("NotAuthenticated(TOKEN.lower())"),
    "in the message of a library's error": (
        "from jwt_verification.errors import MalformedToken\ndef validate(auth_context):\n"
        "    raise MalformedToken(TOKEN)\n"
    ),
    "as a missing environment variable": "import os\ndef validate(auth_context):\n    return os.environ[TOKEN]\n",
    "as a missing module": "def validate(auth_context):\n    __import__(TOKEN)\n",
    "on standard output": "def validate(auth_context):\n    print(TOKEN)\n    return {'principal_id': 'alice'}\n",
    "on the descriptor of standard output": (
        "import os\ndef validate(auth_context):\n    os.write(1, TOKEN.encode())\n"
        "    return {'principal_id': 'alice'}\n"
    ),
    "on standard error": (
        "import sys\ndef validate(auth_context):\n    print('saw', TOKEN, file=sys.stderr)\n"
        "    return {'principal_id': 'alice'}\n"
    ),
}


@pytest.mark.parametrize("how", LEAKS)
def test_a_token_that_a_plugin_gives_away_is_not_printed(command_line: CommandLine, tmp_path: Path, how: str) -> None:
    source = LEAKS[how].replace("TOKEN", "auth_context['token'].split()[1]")
    chain = write_chain(tmp_path / "plugins", p01_leak=source)
    ended = command_line.explain(chain, token_event(), "--show-output")
    assert ended.code in (0, 3)
    assert "01_leak" in ended.out
    for part in (TOKEN, TOKEN[: len(TOKEN) // 2]):
        assert part.lower() not in ended.printed.lower()


@pytest.mark.parametrize("part", ["JWT", "JWT.split('.')[1]", "JWT.split('.')[2]", "JWT.rpartition('.')[0]"])
def test_parts_of_a_jwt_are_not_printed_and_its_claims_are(
    command_line: CommandLine, tmp_path: Path, part: str
) -> None:
    source = (
        "import base64, json\ndef validate(auth_context):\n    JWT = auth_context['token'].split()[1]\n"
        "    payload = JWT.split('.')[1]\n"
        "    claims = json.loads(base64.urlsafe_b64decode(payload + '=' * (-len(payload) % 4)))\n"
        f"    return {{'principal_id': claims['sub'], 'context': {{'scope': claims['scope'], 'seen': {part}}}}}\n"
    )
    ended = command_line.explain(
        write_chain(tmp_path / "plugins", p01_x=source), token_event(f"Bearer {JWT}"), "--json"
    )
    assert ended.code == 0
    assert (ended.document["principal_id"], ended.document["context"]["scope"]) == ("alice", "admin")
    assert ended.document["context"]["seen"].startswith("<redacted, ")
    assert not any(each in ended.printed for each in JWT.split("."))


def test_credentials_of_a_request_are_not_printed_from_wherever_they_are(
    command_line: CommandLine, tmp_path: Path
) -> None:
    password = "open sesame"
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"alice:{password}".encode()).decode(),
        "X-API-Key": "the-api-key",
        "Cookie": "theme=dark; session=the-cookie",
    }
    source = (
        "import base64, json\ndef validate(auth_context):\n    headers = auth_context['headers']\n"
        "    password = base64.b64decode(headers['Authorization'].split()[1]).decode().split(':')[1]\n"
        "    context = {'a': headers['x-api-key'], 'b': headers['cookie'].split('session=')[1], 'c': password,\n"
        "               'd': auth_context['query_string_parameters']['access_token'], 'e': json.dumps(dict(headers)),\n"
        "               'shown': auth_context['query_string_parameters']['tenant']}\n"
        "    return {'principal_id': headers['x-api-key'], 'context': context}\n"
    )
    event = request_event(headers, {"access_token": "the-query-token", "tenant": "acme"})
    ended = command_line.explain(write_chain(tmp_path / "plugins", p01_x=source), event)
    assert ended.code == 0
    assert 'shown="acme"' in ended.out
    for credential in (password, "the-api-key", "the-cookie", "the-query-token", headers["Authorization"].split()[1]):
        assert credential not in ended.printed


def test_secrets_from_files_are_not_printed(command_line: CommandLine, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"user": "service", "nested": [{"password": "hunter2-hunter2"}]}))
    secret.chmod(0o600)
    source = (
        "import json, os\nfrom secret_store.secret_source import secret_source\n"
        "def validate(auth_context):\n"
        "    value = secret_source(os.environ).read(os.environ['LOGIN_SECRET_ARN'], 'AWSCURRENT').value\n"
        "    print(value)\n"
        "    inner = json.loads(value)['nested'][0]['password']\n"
        "    return {'principal_id': inner, 'context': {'all': value, 'inner': 'is ' + inner, 'half': inner[:7]}}\n"
    )
    chain = write_chain(tmp_path / "plugins", p01_x=source)
    for arguments in ([], ["--json"], ["--show-output"]):
        ended = command_line.explain(chain, token_event(), "--secret", f"LOGIN_SECRET_ARN={secret}", *arguments)
        assert ended.code == 0
        assert "redacted" in ended.out
        assert "hunter2" not in ended.printed
        assert "LOGIN_SECRET_ARN" in ended.out


def test_what_plugins_print_is_only_counted_unless_it_is_asked_for(command_line: CommandLine, tmp_path: Path) -> None:
    source = "print('loading')\ndef validate(auth_context):\n    print('deciding')\n    return None\n"
    chain = write_chain(tmp_path / "plugins", p01_x=source)
    ended = command_line.explain(chain, token_event())
    assert "the plugins printed 2 lines; --show-output shows them" in ended.out
    assert "deciding" not in ended.printed
    ended = command_line.explain(chain, token_event(), "--show-output")
    assert ended.err.splitlines() == ["loading", "deciding"]
