"""An HTTP answer is read as `http.client` reads it where it is well-formed, and refused where readers could differ."""

import io
from http.client import HTTPResponse

import pytest

from jwt_verification.http_answer import AnswerIncomplete, AnswerMalformed, AnswerTooLarge, HttpAnswer

OK = b"HTTP/1.1 200 OK\r\n"
WELL_FORMED = {
    "a length": OK + b"Content-Length: 5\r\n\r\nhellomore",
    "no length": OK + b"\r\nhello",
    "an older version": b"HTTP/1.0 200 Fine\r\n\r\nhello",
    "no reason": b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
    "a chunk with an extension": OK + b"Transfer-Encoding: Chunked\r\n\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
    "names in any case": OK + b"cONTENT-lENGTH:5\r\n\r\nhello",
    "an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    "a header twice": OK + b"X: a\r\nX: b\r\nContent-Length: 0\r\n\r\n",
}
MALFORMED = {
    "no version": b"200 OK\r\n\r\n",
    "another protocol": b"ICY 200 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status in words": b"HTTP/1.1 two OK\r\n\r\n",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a length beside chunks": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "a length with a sign": OK + b"Content-Length: +5\r\n\r\nhello",
    "a length of another script": OK + "Content-Length: \u0665\r\n\r\nhello".encode(),
    "a length that fills a disk": OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhello",
    "a folded line": OK + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "no colon": OK + b"Content-Length\r\n\r\n",
    "a line that never ends": OK + b"X: " + b"a" * 9_000,
    "headers without end": OK + b"X: y\r\n" * 200 + b"\r\n",
    "a chunk without a size": OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n",
    "a chunk of negative size": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk with a prefix": OK + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nhel\r\n0\r\n\r\n",
    "a chunk longer than its size": OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
}
CUT_OFF = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "no end of the headers": OK + b"X: y\r\n",
    "half a body": OK + b"Content-Length: 5\r\n\r\nhel",
    "half a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "no last chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
}


class Connection:
    """As much of a socket as `http.client` reads an answer from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def read(content: bytes, maximum_bytes: int = 100) -> tuple[int, bytes, dict[str, str]]:
    answer = HttpAnswer(io.BufferedReader(io.BytesIO(content)))  # pyright: ignore[reportArgumentType] - raw enough
    return answer.status, answer.body(maximum_bytes), answer.headers


@pytest.mark.parametrize("content", WELL_FORMED.values(), ids=WELL_FORMED)
def test_a_well_formed_answer_is_read_as_http_client_reads_it(content: bytes) -> None:
    theirs = HTTPResponse(Connection(content), method="GET")  # pyright: ignore[reportArgumentType] - it only calls `makefile`
    theirs.begin()
    status, body, headers = read(content)
    assert (status, body) == (theirs.status, theirs.read())
    assert headers == {name.lower(): theirs.getheader(name) for name in theirs.headers}
    theirs.close()


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_two_readers_could_read_differently_is_refused(content: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        read(content)


@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF)
def test_an_answer_that_ends_too_early_is_none(content: bytes) -> None:
    with pytest.raises(AnswerIncomplete):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        OK + b"Content-Length: 6\r\n\r\n",
        OK + b"\r\nhello!",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    ],
    ids=["announced", "until the end", "chunks", "one chunk"],
)
def test_no_more_is_read_than_the_limit(content: bytes) -> None:
    with pytest.raises(AnswerTooLarge):
        read(content, maximum_bytes=5)
