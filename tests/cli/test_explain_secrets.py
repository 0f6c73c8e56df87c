"""Secrets of a local run: from files that only their owner may read, asked for as in Lambda."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.explain.chain_secrets import ChainSecrets, serving
from cli.explain.secret_files import MAXIMUM_SECRET_BYTES, FileSecret, read_secret_file
from cli.redaction import Redactor
from cli.target import Target
from tests.cli.support import CommandLine, token_event
from tests.functions.support import HELLO_CHAIN, ISSUER, KEY_ID, SETTINGS, claims, make_token, signing_key_version

GATEWAY = {"TOKEN_ISSUER": SETTINGS["TOKEN_ISSUER"], "TOKEN_AUDIENCE": SETTINGS["TOKEN_AUDIENCE"]}
SETTINGS_OPTIONS = [option for name, value in GATEWAY.items() for option in ("--environment", f"{name}={value}")]


def secret_file(folder: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def fresh_token() -> str:
    now = int(time.time())
    return make_token(payload=claims(iat=now, exp=now + 60))


def test_the_hello_chain_verifies_a_token_with_a_key_from_a_file(command_line: CommandLine, tmp_path: Path) -> None:
    version = signing_key_version()
    printed_by_aws = json.dumps({"Name": "key", "VersionId": KEY_ID, "SecretString": version.value})
    file = secret_file(tmp_path, printed_by_aws)
    ended = command_line.explain(
        HELLO_CHAIN,
        token_event(f"Bearer {fresh_token()}"),
        *SETTINGS_OPTIONS,
        *("--secret", f"SIGNING_KEY_SECRET_ARN={file}", "--json"),
    )
    assert ended.code == 0, ended.printed
    assert (ended.document["principal_id"], ended.document["context"]["issuer"]) == ("apigw-invoker", ISSUER)
    assert ended.document["allows"] == ["* /*"]
    assert json.loads(version.value)["key"] not in ended.printed


def test_a_token_of_another_version_is_denied_and_the_notes_say_what_was_read(
    command_line: CommandLine, tmp_path: Path
) -> None:
    file = secret_file(tmp_path, signing_key_version().value)  # the value alone has no version's id
    ended = command_line.explain(
        HELLO_CHAIN,
        token_event(f"Bearer {fresh_token()}"),
        *SETTINGS_OPTIONS,
        *("--secret", f"SIGNING_KEY_SECRET_ARN={file}", "--json"),
    )
    assert (ended.code, ended.document["reason"]) == (3, "unknown_key")
    assert any("read from the file that --secret SIGNING_KEY_SECRET_ARN names" in n for n in ended.document["notes"])
    assert any("a file has no version AWSPREVIOUS" in note for note in ended.document["notes"])


def test_without_file_and_target_the_secret_is_unavailable_and_the_notes_say_why(command_line: CommandLine) -> None:
    ended = command_line.explain(
        HELLO_CHAIN,
        token_event(f"Bearer {fresh_token()}"),
        *SETTINGS_OPTIONS,
        *("--environment", f"SIGNING_KEY_SECRET_ARN={SETTINGS['SIGNING_KEY_SECRET_ARN']}"),
    )
    assert ended.code == 3
    assert "Deny (secret_unavailable by 01_verify_jwt)" in ended.out
    assert f"{SETTINGS['SIGNING_KEY_SECRET_ARN']}: not read: no sandbox runs in" in ended.out


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777, 0o610])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, "value", mode)
    with pytest.raises(CliError, match=f"mode {mode:04o}.: run `chmod 600 {path}`"):
        read_secret_file("KEY_ARN", path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfehunter2", "is not UTF-8 text"),
        (b"hunter2" * MAXIMUM_SECRET_BYTES, "is larger than a secret can be"),
    ],
)
def test_what_cannot_be_a_secret_is_told_without_its_content(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(CliError, match=says) as told:
        read_secret_file("KEY_ARN", secret_file(tmp_path, content))
    assert "hunter2" not in str(told.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(CliError, match="cannot be read"):
            read_secret_file("KEY_ARN", path)


@pytest.mark.parametrize(
    ("content", "version_id", "value"),
    [
        ("plain", "local", "plain"),
        ("plain\n", "local", "plain"),
        ('{"VersionId": "v1", "SecretString": "inner"}', "v1", "inner"),
        ('{"VersionId": "v1"}', "local", '{"VersionId": "v1"}'),
        ('{"VersionId": 1, "SecretString": "x"}', "local", '{"VersionId": 1, "SecretString": "x"}'),
    ],
)
def test_a_file_holds_the_value_or_what_get_secret_value_printed(
    tmp_path: Path, content: str, version_id: str, value: str
) -> None:
    secret = read_secret_file("KEY_ARN", secret_file(tmp_path, content))
    assert (secret.version_id, secret.value) == (version_id, value)
    assert repr(secret) == "<FileSecret KEY_ARN>"


def test_a_secret_that_is_named_twice_is_told(command_line: CommandLine, tmp_path: Path) -> None:
    file = secret_file(tmp_path, "value")
    ended = command_line.explain(
        HELLO_CHAIN, token_event(), "--secret", f"KEY_ARN={file}", "--secret", f"KEY_ARN={file}"
    )
    assert (ended.code, ended.err) == (1, "error: --secret KEY_ARN is there twice: leave one out\n")


def ask(port: int, path: str, token: str | None) -> tuple[int, Any]:
    headers = {} if token is None else {"X-Aws-Parameters-Secrets-Token": token}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def chain_secrets(target: Target | CliError, *, allowed: frozenset[str] = frozenset()) -> ChainSecrets:
    file = FileSecret(name="KEY_ARN", version_id="v1", value="hunter2")
    return ChainSecrets(
        target=target, files={file.arn: file}, allowed_secrets=allowed, token="the-token", redactor=Redactor()
    )


def test_only_who_has_the_token_is_answered_and_only_secrets_of_the_environment() -> None:
    secrets = chain_secrets(CliError("no target"), allowed=frozenset({"allowed"}))
    [arn] = [FileSecret(name="KEY_ARN", version_id="v1", value="").arn]
    path = f"/secretsmanager/get?secretId={urllib.parse.quote(arn)}"
    with serving(secrets) as port:
        assert ask(port, path, None)[0] == 401
        assert ask(port, path, "another-token")[0] == 401
        assert ask(port, "/credentials", "the-token")[0] == 404
        status, answer = ask(port, path, "the-token")
        assert (status, answer["SecretString"], answer["VersionId"]) == (200, "hunter2", "v1")
        assert ask(port, f"{path}&versionStage=AWSPREVIOUS", "the-token")[1]["code"] == "ResourceNotFoundException"
        assert ask(port, "/secretsmanager/get?secretId=another", "the-token")[0] == 400
        assert ask(port, "/secretsmanager/get", "the-token")[0] == 400
        assert ask(port, "/secretsmanager/get?secretId=allowed", "the-token")[0] == 400
    assert "another: not read: the environment does not name it" in secrets.notes
    assert "allowed: not read: no target" in secrets.notes
    assert not any("hunter2" in note for note in secrets.notes)


def test_a_target_that_does_not_answer_is_a_note_and_no_secret(unused_port: int) -> None:
    dead = Target(
        name="sandbox", region="eu-west-1", endpoint_url=f"http://127.0.0.1:{unused_port}", as_sandbox_root=True
    )
    secrets = chain_secrets(dead, allowed=frozenset({"arn:aws:secretsmanager:x:1:secret:x"}))
    secrets.prepare()
    status, _ = secrets.secret("arn:aws:secretsmanager:x:1:secret:x", "AWSCURRENT")
    assert status == 400
    assert "Secrets Manager did not answer: EndpointConnectionError" in secrets.notes[0]
