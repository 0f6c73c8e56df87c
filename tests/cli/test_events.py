"""Events from files and standard input: what is not JSON is told with its place and without its content."""

import base64
from pathlib import Path

import pytest

from authorizer.auth_context import read_event as read_by_authorizer
from cli.errors import CliError
from cli.explain.event import MAXIMUM_EVENT_BYTES, credentials_in, read_event, sample_event
from tests.cli.support import CommandLine, request_event, token_event

SECRET = "s3cr3t-value"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1 column 1: not JSON"),
        (b'{"authorizationToken": "s3cr3t-value",}', "line 1 column 39: not JSON"),
        (b'{\n  "token": s3cr3t-value}', "line 2 column 12: not JSON"),
        (b"\xff\xfes3cr3t-value", "is not UTF-8 (byte 0)"),
        (b'{"s3cr3t-value": NaN}', "NaN is no JSON number"),
        (b"[" * 200_000, "nested too deeply"),
        (b'"' + b"s3cr3t-value" * MAXIMUM_EVENT_BYTES + b'"', "is larger than 1048576 bytes"),
    ],
)
def test_what_is_not_json_is_told_in_one_line_without_its_content(
    command_line: CommandLine, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "event.json").write_bytes(content)
    (tmp_path / "chain").mkdir()
    ended = command_line("explain", "--chain", tmp_path / "chain", "--event", tmp_path / "event.json")
    assert (ended.code, ended.out) == (1, "")
    [line] = ended.err.splitlines()
    assert says in line
    assert SECRET not in line


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(CliError, match="cannot be read"):
        read_event(str(tmp_path / name))


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(b'\xef\xbb\xbf{"type": "TOKEN"}')
    assert read_event(str(tmp_path / "event.json")) == {"type": "TOKEN"}


@pytest.mark.parametrize("kind", ["token", "request"])
def test_the_samples_are_events_that_the_authorizer_reads(command_line: CommandLine, kind: str) -> None:
    ended = command_line("explain", "--print-event", kind)
    assert ended.code == 0
    assert ended.document == sample_event(kind)
    assert read_by_authorizer(ended.document).method.route == "GET /orders"


def test_credentials_are_found_wherever_an_event_has_them() -> None:
    event = request_event(
        {"X-Api-Key": "key-in-header", "Cookie": "a=1; session=cookie-value", "Accept": "text/html"},
        {"access_token": "token-in-query", "tenant": "acme"},
        stageVariables={"backendSecret": "in-stage-variable"},
        pathParameters={"reset_token": "in-path", "order": "42"},
    )
    event["requestContext"]["identity"]["apiKey"] = "usage-plan-key"
    event["multiValueHeaders"]["X-Api-Key"] = ["key-in-header", "second-key"]
    found = set(credentials_in(event))
    assert {
        *("key-in-header", "second-key", "cookie-value", "token-in-query", "in-stage-variable", "in-path"),
        "usage-plan-key",
    } <= found
    assert found.isdisjoint({"acme", "42", "text/html", "192.0.2.10"})


def test_the_parts_that_a_plugin_may_take_out_of_a_credential_are_known() -> None:
    basic = base64.b64encode(b"alice:open sesame").decode()
    assert {"alice:open sesame", "open sesame", basic, f"Basic {basic}"} <= set(
        credentials_in(token_event(f"Basic {basic}"))
    )
    assert {"header", "payload", "signature"} <= set(credentials_in(token_event("Bearer header.payload.signature")))


@pytest.mark.parametrize(
    "event", [None, 5, "text", [], {}, {"authorizationToken": 5}, {"headers": [], "requestContext": "x"},
              {"multiValueHeaders": {"Authorization": "x", "Cookie": [5]}, "requestContext": {"identity": [1]}}]
)  # fmt: skip
def test_no_document_is_too_strange_to_be_searched(event: object) -> None:
    assert list(credentials_in(event)) == []
