"""The HTTP of the Runtime and Extensions API that `tests.support.lambda_environment` serves; what it means is there."""

import json
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

FUNCTION_ARN = "arn:aws:lambda:ap-southeast-3:111122223333:function:under-test"


class Served(Protocol):
    """What the requests reach; `None`: there is nothing to answer, now or ever."""

    def register(self, name: str, document: dict[str, Any]) -> str | None: ...
    def next_event(self, identifier: str) -> dict[str, Any] | None: ...
    def failed(self, identifier: str, kind: str, document: dict[str, Any]) -> None: ...
    def next_invocation(self) -> tuple[str, bytes] | None: ...
    def result(self, kind: str, document: Any) -> None: ...
    def deadline_ms(self) -> int: ...


class ApiServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A process that is killed leaves its connection: that is what some tests are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def api_handler(environment: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
            del format, args

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            if self.path.endswith("/runtime/invocation/next"):
                given = environment.next_invocation()
                if given is not None:
                    headers = {
                        "Lambda-Runtime-Aws-Request-Id": given[0],
                        "Lambda-Runtime-Deadline-Ms": str(environment.deadline_ms()),
                        "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                        "Content-Type": "application/json",  # AWS's client crashes without it
                    }
                    return self._send(200, given[1], headers)
            elif self.path == "/2020-01-01/extension/event/next":
                event = environment.next_event(self.headers["Lambda-Extension-Identifier"])
                if event is not None:
                    return self._send(200, json.dumps(event).encode(), {})
            self._send(500, b"{}", {})
            return None

        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"null")
            kind = self.path.rpartition("/")[2]
            if self.path == "/2020-01-01/extension/register":
                identifier = environment.register(self.headers["Lambda-Extension-Name"], document)
                if identifier is None:
                    return self._send(403, b'{"errorType": "Extension.InvalidExtensionName"}', {})
                facts = b'{"functionName": "under-test", "functionVersion": "$LATEST", "handler": "main.handler"}'
                return self._send(200, facts, {"Lambda-Extension-Identifier": identifier})
            if self.path.startswith("/2020-01-01/extension/"):
                said = self.path.removeprefix("/2020-01-01/extension/")
                environment.failed(self.headers["Lambda-Extension-Identifier"], said, document)
            else:
                environment.result(kind, document)
            return self._send(202, b'{"status": "OK"}', {})

    return Handler
