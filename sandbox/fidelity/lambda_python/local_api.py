"""The HTTP server of one execution environment: the Lambda Runtime API, and what extensions answer and ask there.

Built on the emulator's handler of the Lambda Runtime API, which keeps every path that is no extension's. The moment at
which that hands out an invocation is the one at which extensions are told of it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.fidelity.lambda_python.extension import ExtensionProcesses, LocalAnswer, LocalExtension, LocalRequest

INVOCATION_HEADER = "Lambda-Runtime-Aws-Request-Id"


def local_api(
    served: Any,
    extensions: Sequence[LocalExtension],
    processes: ExtensionProcesses | None,
    *,
    invoking: Callable[[], bool],
) -> type:
    """The handler class. `invoking` answers whether the function has asked for its first invocation."""

    def answered(handler: Any, body: bytes) -> bool:
        answer: LocalAnswer | None = None
        if handler.command == "GET":
            for extension in extensions:
                answer = answer or extension.answer(handler.path, handler.headers, invoking=invoking())
        if answer is None and processes is not None:
            request = LocalRequest(method=handler.command, path=handler.path, headers=handler.headers, body=body)
            answer = processes.answer(request)
        if answer is None:
            return False
        handler.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
        return True

    def get(handler: Any) -> None:
        if not answered(handler, b""):
            served.do_GET(handler)

    def post(handler: Any) -> None:
        if "/runtime/" in handler.path:
            served.do_POST(handler)  # which reads the body itself
        elif not answered(handler, handler._read_body()):
            handler._respond(404)

    def put(handler: Any) -> None:
        if not answered(handler, handler._read_body()):
            handler._respond(404)

    def send_header(handler: Any, name: str, value: str) -> None:
        handler.__dict__.setdefault("sent", {})[name] = value
        served.send_header(handler, name, value)

    def end_headers(handler: Any) -> None:
        sent: dict[str, str] = handler.__dict__.pop("sent", {})
        if processes is not None and INVOCATION_HEADER in sent:
            processes.invoke(sent)
        served.end_headers(handler)

    members = {"do_GET": get, "do_POST": post, "do_PUT": put, "send_header": send_header, "end_headers": end_headers}
    # One packet per answer, sent at once: header and body in two would wait 40 ms for each other's acknowledgement.
    return type("LocalApi", (served,), {**members, "disable_nagle_algorithm": True, "wbufsize": -1})
