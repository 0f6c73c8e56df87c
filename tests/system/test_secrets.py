"""No secret value anywhere: the live values themselves are looked for, in every form that they could have."""

import base64
import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws import client
from sandbox.commands.session import Session
from sandbox.tour import hello
from sandbox.tour.caller import Caller

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def forbidden(caller: Caller) -> list[bytes]:
    """The signing key's versions, as text, as bytes and as what they decode to, after the system was used."""
    list(hello.checks(caller))
    secret = caller.outputs["secrets"]["hello-signing-key"]
    versions = caller.secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    forms: list[bytes] = []
    for version in versions:
        value = caller.secrets.get_secret_value(SecretId=secret, VersionId=version)["SecretString"]
        document = json.loads(value)
        if not document:
            continue  # the public placeholder
        key = base64.urlsafe_b64decode(document["key"] + "=" * (-len(document["key"]) % 4))
        forms += [document["key"].encode(), key, base64.b64encode(key).rstrip(b"="), key.hex().encode()]
    assert forms
    return forms


def found(places: Iterator[tuple[str, bytes]], forbidden: list[bytes]) -> list[str]:
    searched = 0
    holders: list[str] = []
    for name, content in places:
        searched += 1
        holders += [name for form in forbidden if form in content]
    assert searched, "nothing was searched"
    return holders


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def test_none_is_in_the_engines_state(session: Session, forbidden: list[bytes]) -> None:
    assert found(files(session.project.state_directory / "pulumi"), forbidden) == []
    exported = session.workspace.capture("stack", "export", "--show-secrets")
    assert '"outputs"' in exported
    assert found(iter([("export", exported.encode())]), forbidden) == []


def test_none_is_in_the_environment_or_the_archive_of_a_function(session: Session, forbidden: list[bytes]) -> None:
    functions = client(session.endpoints, "lambda")

    def places() -> Iterator[tuple[str, bytes]]:
        for page in functions.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                name = function["FunctionName"]
                yield f"{name}: configuration", json.dumps(function, default=str).encode()
                code = functions.get_function(FunctionName=name)["Code"]["Location"]
                with urllib.request.urlopen(code, timeout=30) as answer:
                    archive = zipfile.ZipFile(io.BytesIO(answer.read()))
                for member in archive.namelist():
                    yield f"{name}: {member}", archive.read(member)

    assert found(places(), forbidden) == []


def test_none_is_in_a_log_of_a_function_of_the_api_or_of_the_sandbox(session: Session, forbidden: list[bytes]) -> None:
    logs = client(session.endpoints, "logs")

    def places() -> Iterator[tuple[str, bytes]]:
        yield from files(session.project.state_directory / "logs")
        yield "sandbox.log", (session.project.state_directory / "sandbox.log").read_bytes()
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                for events in pages:
                    for event in events["events"]:
                        yield group["logGroupName"], event["message"].encode()

    assert found(places(), forbidden) == []


def test_no_token_is_in_a_log(session: Session, caller: Caller) -> None:
    token = hello.token(caller)
    url = f"{caller.outputs['apis']['hello-api']['url']}/hello"
    assert hello.get(caller, url, f"Bearer {token}").status == 200
    assert hello.get(caller, url, f"Bearer {token}x").status == 401

    logs = client(session.endpoints, "logs")
    messages = [
        event["message"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
        for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for event in events["events"]
    ]
    assert len(messages) > 10
    head, body, signature = token.split(".")
    assert [message for message in messages for part in (body, signature) if part in message] == []
    assert head not in (session.project.state_directory / "sandbox.log").read_text(errors="replace")
