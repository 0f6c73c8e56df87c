"""AWS's Parameters and Secrets Lambda Extension as functions see it: an HTTP server on a free loopback port.

Answers `GET /secretsmanager/get` with GetSecretValue documents of given secrets, counts the requests, and can be told
to fail.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from secret_store.secret_source import SecretVersion

SESSION_TOKEN = "session-token-of-the-test"


class SecretsExtension:
    """A context manager; `versions` maps (secret id, stage) to versions and may be changed while it runs."""

    def __init__(self, versions: dict[tuple[str, str], SecretVersion]) -> None:
        """Take the secrets; the server starts on entry."""
        self.versions = versions
        self.requests: list[tuple[str, str]] = []
        self.answer: tuple[int, bytes] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        """The port that the operating system chose."""
        return self._server.server_address[1]

    @property
    def environment(self) -> dict[str, str]:
        """What a function's environment holds where the extension is attached."""
        return {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(self.port), "AWS_SESSION_TOKEN": SESSION_TOKEN}

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        extension = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = extension.respond(self.path, self.headers.get("X-Aws-Parameters-Secrets-Token"))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
                """Keep the test's output clean."""

        return Handler

    def respond(self, target: str, session_token: str | None) -> tuple[int, bytes]:
        """Return status and body for a request target, as the extension would."""
        query = parse_qs(urlsplit(target).query)
        wanted = (query.get("secretId", [""])[0], query.get("versionStage", ["AWSCURRENT"])[0])
        self.requests.append(wanted)
        if self.answer is not None:
            return self.answer
        if session_token != SESSION_TOKEN or urlsplit(target).path != "/secretsmanager/get":
            return 403, b"forbidden"
        version = self.versions.get(wanted)
        if version is None:
            return 400, b"ResourceNotFoundException: Secrets Manager can't find the specified secret."
        document = {
            "ARN": wanted[0],
            "Name": "hello-signing-key",
            "VersionId": version.version_id,
            "SecretString": version.value,
            "VersionStages": [wanted[1]],
            "CreatedDate": "2026-01-01T00:00:00Z",
            "ResultMetadata": {},
        }
        return 200, json.dumps(document).encode()
