"""One AWS at a time: named, or the sandbox of the checkout, and never a guess between two."""

import argparse
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.arguments import add_target_options
from cli.errors import CliError
from cli.target import Target, find_target, read_sandbox

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE", "AWS_SECRET_ACCESS_KEY": "the-secret-access-key"}
REGION = {"AWS_REGION": "eu-central-1"}


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_target_options(parser)
    return parser.parse_args(arguments)


def note_in(folder: Path, note: object) -> Path:
    (folder / ".sandbox").mkdir(parents=True)
    (folder / ".sandbox" / "sandbox.json").write_text(note if isinstance(note, str) else json.dumps(note))
    return folder


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which somebody listens, as a sandbox does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


@pytest.fixture
def running(port: int) -> dict[str, object]:
    """What a sandbox notes while it runs."""
    return {"ready": True, "emulator_port": port, "region": "ap-southeast-3", "pid": 1}


@pytest.fixture
def checkout(tmp_path: Path, running: dict[str, object]) -> Path:
    """A checkout whose sandbox runs."""
    return note_in(tmp_path / "running", running)


def test_without_a_word_it_is_the_sandbox_of_the_checkout(checkout: Path, port: int) -> None:
    target = find_target(options(), environment={}, checkout=checkout)
    url = f"http://127.0.0.1:{port}"
    assert target == Target(
        name=f"sandbox at {url} (ap-southeast-3)", region="ap-southeast-3", endpoint_url=url, as_sandbox_root=True
    )
    assert target.client("lambda").meta.endpoint_url == url


def test_the_sandbox_of_another_program_is_named_by_its_folder(tmp_path: Path, checkout: Path, port: int) -> None:
    named = options("--program", str(checkout))
    target = find_target(named, environment={**KEYS, **REGION}, checkout=tmp_path)
    assert target.endpoint_url == f"http://127.0.0.1:{port}"
    with pytest.raises(CliError, match=f"no sandbox runs in {tmp_path}"):
        find_target(options("--program", str(tmp_path)), environment={**KEYS, **REGION}, checkout=checkout)


def test_a_region_in_the_environment_names_no_target(checkout: Path) -> None:
    assert find_target(options(), environment=REGION, checkout=checkout).region == "ap-southeast-3"


def test_the_region_of_an_option_is_used_in_the_sandbox(checkout: Path) -> None:
    named = options("--region", "eu-west-1")
    assert find_target(named, environment={}, checkout=checkout).region == "eu-west-1"


@pytest.mark.parametrize("note", ["", "not json", "[]", {}])
def test_a_file_that_is_no_note_names_no_sandbox(tmp_path: Path, note: object) -> None:
    assert read_sandbox(note_in(tmp_path, note)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"ready": False},
        {"ready": "yes"},
        {"emulator_port": 0},
        {"emulator_port": 65_536},
        {"emulator_port": "4566"},
        {"emulator_port": True},
        {"region": None},
    ],
)
def test_a_note_that_is_not_whole_names_no_sandbox(
    tmp_path: Path, running: dict[str, object], wrong: dict[str, object]
) -> None:
    assert read_sandbox(note_in(tmp_path, running | wrong)) is None


def test_a_sandbox_that_was_killed_is_none(tmp_path: Path, running: dict[str, object], unused_port: int) -> None:
    killed = note_in(tmp_path, running | {"emulator_port": unused_port})
    assert find_target(options(), environment={**KEYS, **REGION}, checkout=killed).name == "AWS eu-central-1"
    with pytest.raises(CliError, match="no sandbox runs"):
        find_target(options("--target", "sandbox"), environment={}, checkout=killed)


def test_without_a_sandbox_the_three_ways_to_name_a_target_are_told(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"make up.*--profile NAME or --target aws.*--endpoint-url URL"):
        find_target(options(), environment={}, checkout=tmp_path)


@pytest.mark.parametrize(
    "environment", [KEYS, {"AWS_PROFILE": "production"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}]
)
def test_between_the_sandbox_and_the_environment_nothing_is_guessed(
    checkout: Path, environment: dict[str, str]
) -> None:
    name = next(iter(environment))
    with pytest.raises(CliError, match=f"{name} is set and this checkout's sandbox runs: choose with --target"):
        find_target(options(), environment={**environment, **REGION}, checkout=checkout)
    chosen = find_target(options("--target", "sandbox"), environment={**environment, **REGION}, checkout=checkout)
    assert chosen.as_sandbox_root


def test_the_environment_names_aws_where_no_sandbox_runs(tmp_path: Path) -> None:
    target = find_target(options(), environment={**KEYS, **REGION}, checkout=tmp_path)
    assert target == Target(name="AWS eu-central-1", region="eu-central-1")
    target = find_target(options(), environment={"AWS_PROFILE": "production", **REGION}, checkout=tmp_path)
    assert target.name == "AWS eu-central-1, profile production"


def test_a_profile_names_aws_even_while_the_sandbox_runs(checkout: Path) -> None:
    target = find_target(options("--profile", "production"), environment=REGION, checkout=checkout)
    assert (target.endpoint_url, target.profile, target.as_sandbox_root) == (None, "production", False)


def test_aws_is_aws_whatever_endpoint_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**KEYS, **REGION, "AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    target = find_target(options("--target", "aws"), environment=environment, checkout=tmp_path)
    assert target.client("lambda").meta.endpoint_url == "https://lambda.eu-central-1.amazonaws.com"


def test_an_endpoint_on_this_machine_does_not_see_the_credentials_for_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    named = options("--endpoint-url", "http://127.0.0.1:5000")
    target = find_target(named, environment={**KEYS, **REGION}, checkout=tmp_path)
    assert target.temporary_credentials().secret_access_key == "test"


def test_credentials_that_come_with_an_endpoint_are_used_for_it(tmp_path: Path) -> None:
    environment = {**KEYS, **REGION, "AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}
    target = find_target(options(), environment=environment, checkout=tmp_path)
    assert (target.endpoint_url, target.as_sandbox_root) == ("http://127.0.0.1:5000", False)
    del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    assert find_target(options(), environment=environment, checkout=tmp_path).as_sandbox_root


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:4566", "is not a URL"),
        ("http://", "is not a URL"),
        ("http://127.0.0.1:70000", "is not a URL"),
        ("ftp://127.0.0.1", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://admin:hunter2@127.0.0.1:4566", "leave them out"),
        ("http://emulator.example.com:4566", "secrets would travel in the clear"),
        ("http://127.0.0.1.example.com", "secrets would travel in the clear"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_told(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(CliError, match=says) as told:
        find_target(options("--endpoint-url", url), environment=REGION, checkout=tmp_path)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "arguments",
    [("--target", "sandbox", "--profile", "p"), ("--program", ".", "--target", "aws"),
     ("--target", "sandbox", "--endpoint-url", "http://127.0.0.1:1")],
)  # fmt: skip
def test_two_targets_at_once_are_refused(checkout: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CliError, match="leave them out"):
        find_target(options(*arguments), environment={}, checkout=checkout)


def test_a_missing_region_is_told(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="no region: name it with --region"):
        find_target(options("--target", "aws"), environment={}, checkout=tmp_path)


def test_a_profile_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot read the profile nobody: ProfileNotFound"):
        find_target(options("--profile", "nobody"), environment={}, checkout=tmp_path)


def test_aws_without_credentials_is_told_in_one_line(tmp_path: Path) -> None:
    target = find_target(options("--target", "aws"), environment=REGION, checkout=tmp_path)
    with pytest.raises(CliError, match="no credentials for AWS eu-central-1: log in"):
        target.temporary_credentials()


class Sts(http.server.BaseHTTPRequestHandler):
    """Answers `GetSessionToken`."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>ASIATEMPORARYTEMPO</AccessKeyId>"
            b"<SecretAccessKey>temporary-secret</SecretAccessKey><SessionToken>temporary-token</SessionToken>"
            b"<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></GetSessionTokenResult>"
            b"</GetSessionTokenResponse>"
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def sts() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Sts)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_long_lived_credentials_are_exchanged_for_temporary_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sts: str
) -> None:
    environment = {**KEYS, **REGION, "AWS_ENDPOINT_URL": sts}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = find_target(options(), environment=environment, checkout=tmp_path).temporary_credentials()
    assert (found.access_key_id, found.session_token) == ("ASIATEMPORARYTEMPO", "temporary-token")
    assert "temporary" not in repr(found)


def test_temporary_credentials_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**KEYS, **REGION, "AWS_SESSION_TOKEN": "the-session-token"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = find_target(options(), environment=environment, checkout=tmp_path).temporary_credentials()
    assert found.session_token == "the-session-token"
