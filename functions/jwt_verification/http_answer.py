"""One answer of an HTTP/1.1 server (RFC 9112), read strictly from a stream that ends its reads itself.

For a small document that nobody else may have a say in, so what two readers could understand differently is refused:
two lengths, a length beside a transfer coding, folded lines, spaces around names. `http.client` would do, and does the
same for well-formed answers (the tests compare); importing it imports `email` and `ssl`, 3 MB and a good part of a
verifier's cold start. Deliberately no trailers, no connection that stays open, no answers to other methods than GET.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedReader

MAXIMUM_LINE_BYTES = 8_192
MAXIMUM_LINES = 100
_CHUNK_BYTES = 16 * 1_024
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
# RFC 9110 section 5.6.2.
_NAME = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class AnswerMalformed(Exception):  # noqa: N818 -- read as a reason, as in `key_set_errors`
    """Not an answer that every reader understands alike."""


class AnswerIncomplete(Exception):  # noqa: N818 -- as above
    """It ends before it is complete."""


class AnswerTooLarge(Exception):  # noqa: N818 -- as above
    """Its body has more bytes than the limit."""


class HttpAnswer:
    """Status and headers of an answer, whose body has not been read yet."""

    __slots__ = ("_stream", "headers", "status")

    def __init__(self, stream: BufferedReader) -> None:
        """Read up to the body.

        Raises:
            AnswerMalformed, AnswerIncomplete: see the classes.
            What the stream raises: the connection is broken, or took too long.
        """
        self._stream = stream
        self.status = 100
        while 100 <= self.status < 200:  # interim answers, for as long as the stream lets them come
            self.status = _status(_line(stream))
            self.headers = _headers(stream)

    def body(self, maximum_bytes: int) -> bytes:
        """Read the body; raises as the constructor, and `AnswerTooLarge`."""
        length = self.headers.get("content-length")
        coding = self.headers.get("transfer-encoding")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise AnswerMalformed("the transfer coding is chunked, without a length")
            return self._chunked(maximum_bytes)
        if length is None:
            return self._until_end(maximum_bytes)
        if not length.isascii() or not length.isdigit() or len(length) > 18:
            raise AnswerMalformed("Content-Length is a number")
        return self._exactly(int(length), maximum_bytes)

    def _exactly(self, length: int, maximum_bytes: int) -> bytes:
        if length > maximum_bytes:
            raise AnswerTooLarge
        content = self._stream.read(length)
        if len(content) < length:
            raise AnswerIncomplete
        return content

    def _until_end(self, maximum_bytes: int) -> bytes:
        content = b""
        while chunk := self._stream.read(_CHUNK_BYTES):
            content += chunk
            if len(content) > maximum_bytes:
                raise AnswerTooLarge
        return content

    def _chunked(self, maximum_bytes: int) -> bytes:
        content = b""
        while True:
            size = _line(self._stream).partition(b";")[0].strip(b" \t")
            if not size or len(size) > 8 or not _HEXADECIMAL.issuperset(size):
                raise AnswerMalformed("a chunk begins with its size")
            length = int(size, 16)
            if not length:
                return content
            content += self._exactly(length, maximum_bytes - len(content))
            if _line(self._stream):
                raise AnswerMalformed("a chunk is longer than its size")


def _line(stream: BufferedReader) -> bytes:
    line = stream.readline(MAXIMUM_LINE_BYTES + 1)
    if len(line) > MAXIMUM_LINE_BYTES:
        raise AnswerMalformed("a line is too long")
    if not line.endswith(b"\n"):
        raise AnswerIncomplete
    return line[:-1].removesuffix(b"\r")


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    code = rest.partition(b" ")[0]
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or len(code) != 3 or not code.isdigit():
        raise AnswerMalformed("an answer begins with its version and status")
    return int(code)


def _headers(stream: BufferedReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAXIMUM_LINES + 1):
        line = _line(stream)
        if not line:
            return headers
        name, colon, value = line.partition(b":")
        if not colon or not name or not _NAME.issuperset(name) or b"\r" in value or b"\0" in value:
            raise AnswerMalformed("a header is a name, a colon and a value")
        known, given = name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")
        if known in headers:
            if known in ("content-length", "transfer-encoding", "content-encoding"):
                raise AnswerMalformed("a header that says how to read the answer is there once")
            given = f"{headers[known]}, {given}"
        headers[known] = given
    raise AnswerMalformed("too many headers")
