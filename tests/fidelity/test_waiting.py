"""Nobody looks ten times a second whether something has happened, and everybody is woken when it has."""

import queue
import socketserver
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler
from unittest.mock import patch

import pytest

from sandbox.fidelity.lambda_python import waiting
from sandbox.fidelity.lambda_python.waiting import NextInvocation, end_waiting, serve_without_polling


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        del format, args


@pytest.mark.parametrize("calls", [0, 3])
def test_a_server_sleeps_until_it_is_called_and_is_woken_to_stop(calls: int) -> None:
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hello) as server,
        patch.object(waiting.selectors.DefaultSelector, "select", autospec=True, side_effect=_select) as looked,
    ):
        serve_without_polling(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.001})
        thread.start()
        for _ in range(calls):
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/", timeout=30) as answer:
                assert answer.status == 204
        server.shutdown()
        server.shutdown()  # once more does nothing
        thread.join(timeout=30)
        assert not thread.is_alive()
        assert looked.call_count <= calls + 1


_select = waiting.selectors.DefaultSelector.select


def test_who_waits_for_an_invocation_gets_it_and_is_woken_by_the_end() -> None:
    pending: queue.Queue[object] = queue.Queue(maxsize=1)
    pending.put("invocation")
    assert NextInvocation(pending).get(timeout=0.1) == "invocation"
    end_waiting(pending)
    end_waiting(pending)  # nobody took the first one yet
    with pytest.raises(queue.Empty):
        NextInvocation(pending).get(timeout=0.1)
    assert pending.empty()
