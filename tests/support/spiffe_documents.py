"""Serves what two trust domains publish (`tests.functions.spiffe.vectors`) on loopback, and counts requests."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.functions.spiffe.vectors import World


class SpiffeDocuments:
    """`world` has the addresses, a verifier's environment, and tokens of now. `down`: answers 503 to everything."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.down = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        address = f"http://127.0.0.1:{self._server.server_port}"
        self.world = World(issuer_url=address, bundle_url=f"{address}/bundle", now=int(time.time()))

    def __enter__(self) -> "SpiffeDocuments":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        documents = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
                del format, args

            def do_GET(self) -> None:
                documents.requests.append(self.path)
                known = {urlsplit(url).path: body for url, body in documents.world.documents.items()}
                body = known.get(self.path, b"")
                self.send_response(503 if documents.down else 200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
