"""Runs the command as a person would, and keeps what it printed."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main

METHOD_ARN = "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/orders"
TOKEN = "Q7rT2mK9xL4vB8nW"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def printed(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """`python -m cli`, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Ended:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ended(code=code, out=printed.out, err=printed.err)

    def explain(self, chain: Path, event: object, *arguments: str | Path) -> Ended:
        """Explain an event that comes on standard input."""
        content = json.dumps(event).encode()
        return self("explain", "--chain", chain, "--event", "-", *arguments, stdin=content)


def token_event(token: str = f"Bearer {TOKEN}", **members: Any) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": METHOD_ARN, **members}


def request_event(headers: dict[str, str], query: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"stage": "prod", "identity": {"apiKey": None, "sourceIp": "192.0.2.10"}},
        **members,
    }


def write_chain(folder: Path, **files: str) -> Path:
    """A chain of these files; the names are without `.py`, `p01_x` stands for `01_x`."""
    folder.mkdir(exist_ok=True)
    for name, source in files.items():
        (folder / f"{name.removeprefix('p')}.py").write_text(source)
    return folder


def returning(expression: str) -> str:
    return f"def validate(auth_context):\n    return {expression}\n"


def raising(expression: str) -> str:
    return f"from authorizer.denial import *\ndef validate(auth_context):\n    raise {expression}\n"
