"""AWS's Parameters and Secrets Lambda Extension as functions see it: an HTTP server on a free loopback port.

Answers `GET /secretsmanager/get` with GetSecretValue documents of given secrets, counts the requests, and can be told
to fail. Reads requests by hand, because it also runs beside measurements, which `http.server` would slow down.
"""

import json
import socketserver
import threading
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
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler_class())
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

    def _handler_class(self) -> type[socketserver.StreamRequestHandler]:
        extension = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                request_line = self.rfile.readline().decode("ascii")
                headers: dict[str, str] = {}
                while line := self.rfile.readline().decode("ascii").strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                status, body = extension.respond(request_line, headers)
                head = (
                    f"HTTP/1.0 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                self.wfile.write(head.encode() + body)

        return Handler

    def respond(self, request_line: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """Return status and body for a request, as the extension would."""
        method, target, protocol = request_line.split()
        url = urlsplit(target)
        query = parse_qs(url.query)
        wanted = (query.get("secretId", [""])[0], query.get("versionStage", ["AWSCURRENT"])[0])
        self.requests.append(wanted)
        if self.answer is not None:
            return self.answer
        if (method, url.path, protocol.partition("/")[0]) != ("GET", "/secretsmanager/get", "HTTP"):
            return 404, b"not found"
        if headers.get("x-aws-parameters-secrets-token") != SESSION_TOKEN:
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
