"""What authorizers ask at a cold start, on a free loopback port: Secrets Manager's GetSecretValue and a key set.

Speaks just enough of HTTP and of AWS's JSON protocol for the clients that are measured, and answers from memory, so
that what is measured is the client.
"""

import json
import socketserver
import threading
from types import TracebackType
from typing import Self

from secret_store.secret_source import SecretVersion


class LoopbackServices:
    """A context manager; `url` is for both services."""

    def __init__(self, *, secret: SecretVersion, key_set: bytes) -> None:
        """Take what to answer, whatever is asked for."""
        document = {"ARN": "arn", "Name": "name", "VersionId": secret.version_id, "SecretString": secret.value}
        answers = {b"POST": json.dumps(document).encode(), b"GET": key_set}

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                method = self.rfile.readline().split()[0]
                length = 0
                while line := self.rfile.readline().strip():
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                self.rfile.read(length)
                body = answers[method]
                kind = "application/x-amz-json-1.1" if method == b"POST" else "application/json"
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + body)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes the AWS SDK ask here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "ap-southeast-3",
            "AWS_DEFAULT_REGION": "ap-southeast-3",
        }

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
