"""The secrets of a chain that runs here, on the loopback for as long as it runs, as Lambda's extension gives them.

The interface is that of AWS's Parameters and Secrets Lambda Extension, which `functions/secret_store` reads:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html. Secrets from files are
answered as they are, all others are read from the target's Secrets Manager.

It asks for the session token that only the chain's process is given, and answers only secrets that its environment
names, as the function's role would have it. What was handed out is remembered so that it can be redacted, and `notes`
tells which secret came from where, never what is in it.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import threading
from collections.abc import Callable, Generator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from cli.errors import CliError, refusal
from cli.explain.secret_files import FileSecret
from cli.redaction import Redactor
from cli.target import Target

LOOPBACK = "127.0.0.1"
_IN_EVERY_ARN = ":secretsmanager:"


class ChainSecrets:
    """Answers the chain's process. `target` is the AWS to ask, or why there is none: a chain may need none."""

    def __init__(
        self,
        *,
        target: Target | CliError,
        files: Mapping[str, FileSecret],
        allowed_secrets: frozenset[str],
        token: str,
        redactor: Redactor,
    ) -> None:
        """Take the secrets that are in files (by ARN), those that may be asked for, and the session token."""
        self._target = target
        self._files = files
        self._allowed_secrets = allowed_secrets
        self._redactor = redactor
        self._lock = threading.Lock()
        self._client: Any = None
        self.token = token
        self.notes: list[str] = []

    def prepare(self) -> None:
        """Make the client now where the environment names a secret of the target: boto3 takes a second to load, and
        whoever asks waits for three. Raises `CliError` where it cannot be made."""
        if not isinstance(self._target, CliError) and any(_IN_EVERY_ARN in name for name in self._allowed_secrets):
            self._client = self._target.client("secretsmanager")

    def secret(self, secret_id: str, version_stage: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return status and body as the extension does."""
        with self._lock:  # one at a time, so that the notes are in order
            if secret_id in self._files:
                return self._file_secret(self._files[secret_id], version_stage)
            if secret_id not in self._allowed_secrets:
                return self._refuse(secret_id, "not read: the environment does not name it")
            if isinstance(self._target, CliError):
                return self._refuse(secret_id, f"not read: {self._target}")
            try:
                if self._client is None:
                    self._client = self._target.client("secretsmanager")
                answer = _secret_of(self._client, secret_id, version_stage)
            except CliError as error:
                return self._refuse(secret_id, f"not read: {error}")
            if isinstance(answer, str):
                return self._refuse(secret_id, f"not read ({version_stage}): {answer}", code=answer)
            value = answer.get("SecretString")
            if not isinstance(value, str):
                return self._refuse(secret_id, "not read: it is a binary secret")
            self._redactor.know(parts_of_secret(value))
            self.notes.append(f"{secret_id}: read from {self._target.name} ({version_stage})")
            return HTTPStatus.OK, {
                "ARN": answer.get("ARN"),
                "Name": answer.get("Name"),
                "VersionId": answer.get("VersionId"),
                "SecretString": value,
            }

    def _file_secret(self, file: FileSecret, version_stage: str) -> tuple[HTTPStatus, dict[str, Any]]:
        if version_stage != "AWSCURRENT":
            why = f"a file has no version {version_stage}"
            return self._refuse(file.arn, why, code="ResourceNotFoundException")
        self.notes.append(f"{file.arn}: read from the file that --secret {file.name} names")
        return HTTPStatus.OK, {
            "ARN": file.arn,
            "Name": file.name,
            "VersionId": file.version_id,
            "SecretString": file.value,
        }

    def _refuse(self, secret_id: str, why: str, *, code: str = "") -> tuple[HTTPStatus, dict[str, Any]]:
        self.notes.append(f"{self._redactor.text(secret_id)}: {why}")
        # The extension answers 400 with Secrets Manager's own answer in the body.
        return HTTPStatus.BAD_REQUEST, {"code": code.partition(":")[0] or "AccessDeniedException", "message": why}


def _secret_of(client: Any, secret_id: str, version_stage: str) -> dict[str, Any] | str:
    """Return Secrets Manager's answer, or the code with which it refused. Raises `CliError`."""
    from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types
        BotoCoreError,
        ClientError,
    )

    try:
        return client.get_secret_value(SecretId=secret_id, VersionStage=version_stage)
    except ClientError as error:
        return refusal(error)
    except BotoCoreError as error:
        raise CliError(f"Secrets Manager did not answer: {type(error).__name__}") from None


def parts_of_secret(value: str) -> list[str]:
    """Return the secret's text and, where it is JSON, every text in it."""
    parts = [value]
    with contextlib.suppress(ValueError, RecursionError):  # then it is one text, which is in the list
        parts.extend(_texts(json.loads(value)))
    return parts


def _texts(document: Any) -> list[str]:
    if isinstance(document, str):
        return [document]
    if isinstance(document, dict):
        members = list(cast("dict[str, Any]", document).values())
    elif isinstance(document, list):
        members = cast("list[Any]", document)
    else:
        return []
    return [text for member in members for text in _texts(member)]


@contextlib.contextmanager
def serving(chain_secrets: ChainSecrets) -> Generator[int]:
    """Serve on a free port of the loopback, which is yielded, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/secretsmanager/get":
                given = self.headers.get("X-Aws-Parameters-Secrets-Token", "")
                query = parse_qs(parts.query)
                self._answer(
                    given,
                    lambda: chain_secrets.secret(
                        query.get("secretId", [""])[0], query.get("versionStage", ["AWSCURRENT"])[0]
                    ),
                )
            else:
                self._send(HTTPStatus.NOT_FOUND, {"message": "no such path"})

        def _answer(self, given: str, answer: Callable[[], tuple[HTTPStatus, dict[str, Any]]]) -> None:
            if not hmac.compare_digest(given.encode(), chain_secrets.token.encode()):
                self._send(HTTPStatus.UNAUTHORIZED, {"message": "the token is not that of the chain's process"})
                return
            self._send(*answer())

        def _send(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
            """Write nothing: the notes tell what was asked."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
