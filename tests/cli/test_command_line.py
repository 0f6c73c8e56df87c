"""How commands end: exit codes, one line for what a person can mend, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cli.errors import CliError, aws_explained
from cli.output import aligned, printable
from tests.cli.support import CommandLine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["explain", "--no-such-option"], ["explain", "--print-event", "cookie"], ["plugin"]]
)
def test_a_wrong_command_line_ends_with_2_and_the_usage(command_line: CommandLine, arguments: list[str]) -> None:
    ended = command_line(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: python -m cli")


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "--help"], ["plugin", "new", "--help"]])
def test_help_says_what_there_is(command_line: CommandLine, arguments: list[str]) -> None:
    ended = command_line(*arguments)
    assert ended.code == 0
    assert "usage: python -m cli" in ended.out


def test_an_interruption_ends_with_130(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_kind: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.explain.command.sample_event", interrupted)
    ended = command_line("explain", "--print-event", "token")
    assert (ended.code, ended.err) == (130, "interrupted\n")


def test_a_python_without_the_sdk_is_told_which_one_has_it(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    arguments = ["explain", "--function", "x", "--event", "-", "--target", "aws"]
    ended = command_line(*arguments, stdin=b"{}")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("error: this Python has no boto3: run `.venv/bin/python -m cli`")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explain"], "name one of --chain DIRECTORY and --function NAME"),
        (["explain", "--chain", "x", "--function", "y"], "name one of --chain DIRECTORY and --function NAME"),
        (["explain", "--chain", "x"], "name the event with --event FILE"),
    ],
)
def test_what_is_missing_is_told(command_line: CommandLine, arguments: list[str], says: str) -> None:
    ended = command_line(*arguments)
    assert (ended.code, ended.out) == (1, "")
    assert says in ended.err


def test_the_command_runs_from_the_checkout_as_it_is_documented() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "explain", "--print-event", "request"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert '"type": "REQUEST"' in ended.stdout


def test_a_reader_who_has_enough_ends_the_command_quietly() -> None:
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    assert reader.stdin is not None
    reader.wait(timeout=30)
    ended = subprocess.run(
        [sys.executable, "-u", "-m", "cli", "explain", "--print-event", "request"],
        cwd=ROOT,
        stdout=reader.stdin,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    reader.stdin.close()
    assert (ended.returncode, ended.stderr) == (1, "")


def test_what_is_signed_is_not_repeated_from_an_answer_of_aws() -> None:
    message = "The signature does not match. The canonical string should have been x-amz-security-token:hunter2"
    with pytest.raises(CliError, match="cannot do it: SignatureDoesNotMatch") as told, aws_explained("do it"):
        raise ClientError({"Error": {"Code": "SignatureDoesNotMatch", "Message": message}}, "Invoke")
    assert "hunter2" not in str(told.value)


def test_the_reason_of_aws_is_repeated_in_one_line() -> None:
    with pytest.raises(CliError) as told, aws_explained("do it"):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "User: x\nis not allowed"}}, "Invoke")
    assert str(told.value) == "cannot do it: AccessDeniedException: User: x is not allowed"
    with pytest.raises(CliError, match="EndpointConnectionError; check the target"), aws_explained("do it"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def test_characters_that_do_not_print_are_written_as_escapes() -> None:
    assert printable("Zoë 東京") == "Zoë 東京"
    assert printable("a\x1b[2J\n\x9b\u202e\ud800b") == "a\\x1b[2J\\n\\x9b\\u202e\\ud800b"
    assert aligned([("a\n", "b"), ("long one", "")]) == ["a\\n       b", "long one"]
    assert aligned([]) == []
