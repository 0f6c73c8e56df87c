"""`https_fetcher` against real sockets on loopback: limits of size and time, redirections, TLS, addresses."""

import datetime as dt
import ipaddress
import itertools
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jwt_verification.claims import ClaimRules
from jwt_verification.errors import UnknownKey
from jwt_verification.https_fetcher import HttpsFetcher
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_errors import (
    KeySetError,
    KeySetRedirected,
    KeySetTooLarge,
    KeySetTooSlow,
    KeySetUnreachable,
)
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
from tests.functions import issuer
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.support import AUDIENCE, ISSUER, Clock, claims
from tests.support.ports import free_port

DOCUMENT = issuer.jwk_set(issuer.public_jwk("ES256"))
SHORT = 0.3  # seconds; long enough for loopback, short enough for a test


def fetch(server: IssuerServer, **arguments: Any) -> bytes:
    return HttpsFetcher(allow_plain_http=True, **arguments).fetch(server.url())


def failure(server: IssuerServer, **arguments: Any) -> KeySetError:
    with pytest.raises(KeySetError) as caught:
        fetch(server, **arguments)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(answer(DOCUMENT), id="with its length"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + DOCUMENT, id="until the connection ends"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + DOCUMENT, id="HTTP/1.0"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(DOCUMENT[:50], DOCUMENT[50:]),
            id="in chunks",
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + answer(DOCUMENT), id="after an interim answer"),
    ],
)
def test_the_document_is_fetched_whole_and_asked_for_once(served: bytes) -> None:
    with IssuerServer(lambda: [served]) as server:
        assert fetch(server) == DOCUMENT
        (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /keys?version=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert "Accept-Encoding: identity" in lines


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirection_is_not_followed(status: str) -> None:
    with IssuerServer(lambda: [answer(DOCUMENT)]) as target:
        location = f"Location: {target.url()}"
        with IssuerServer(lambda: [answer(b"", status=status, headers=[location])]) as server:
            error = failure(server)
        assert type(error) is KeySetRedirected
        assert target.requests == []


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial", "304 Not Modified", "404 Not Found", "500 Error"])
def test_any_other_status_is_no_key_set(status: str) -> None:
    with IssuerServer(lambda: [answer(DOCUMENT, status=status)]) as server:
        error = failure(server)
    assert type(error) is KeySetUnreachable
    assert status[:3] in str(error)


def test_an_announced_size_beyond_the_limit_is_not_even_read() -> None:
    sent: list[int] = []

    def answers() -> Iterator[bytes]:
        yield answer(b"", length=100_000_000)
        for _ in range(100):
            sent.append(1)
            yield b" " * 1_000_000

    with IssuerServer(answers) as server:
        assert type(failure(server)) is KeySetTooLarge
    assert len(sent) < 20, "the connection was closed while there was more to come"


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"], ids=["no length", "in chunks"])
def test_a_key_set_of_100_mb_is_given_up_at_the_limit(head: bytes) -> None:
    sent: list[int] = []

    def answers() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"
        for _ in range(100):
            sent.append(1)
            part = b" " * 1_000_000
            yield b"%x\r\n%s\r\n" % (len(part), part) if head else part

    with IssuerServer(answers) as server:
        assert type(failure(server, time_limit_seconds=20)) is KeySetTooLarge
    assert len(sent) < 20


def test_a_document_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    with IssuerServer(lambda: [b"HTTP/1.1 200 OK\r\n\r\n" + DOCUMENT]) as server:
        assert fetch(server, size_limit_bytes=len(DOCUMENT)) == DOCUMENT
        assert type(failure(server, size_limit_bytes=len(DOCUMENT) - 1)) is KeySetTooLarge


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="nothing at all"),
        pytest.param([b"H", *[b"T"] * 10_000], id="a status line, byte by byte"),
        pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 90], id="header after header"),
        pytest.param([answer(b"", length=10_000), *[b" "] * 10_000], id="a body, byte by byte"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 10_000, id="interim answers without end"),
    ],
)
def test_a_server_that_drips_does_not_hold_a_request_up(parts: list[bytes]) -> None:
    def answers() -> Iterator[bytes]:
        yield from parts
        yield from itertools.repeat(b"", 10_000)  # then keeps the connection open

    with IssuerServer(answers, pause_seconds=0.05) as server:
        started = time.monotonic()
        assert type(failure(server, time_limit_seconds=SHORT)) is KeySetTooSlow
        # A ceiling against hanging, not a speed: the drip itself would take minutes.
        assert time.monotonic() - started < 20


def test_a_server_that_accepts_and_never_shakes_hands_does_not_hold_a_request_up() -> None:
    with IssuerServer(lambda: itertools.repeat(b"", 10_000), pause_seconds=0.05) as server:
        fetcher = HttpsFetcher(time_limit_seconds=SHORT)
        with pytest.raises(KeySetTooSlow):
            fetcher.fetch(server.url("https"))


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", id="a header of 100 KB"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000 + b"\r\n", id="1,000 headers"),
        pytest.param(answer(DOCUMENT, length=len(DOCUMENT) + 1), id="cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", id="a chunk cut short"),
        pytest.param(answer(DOCUMENT, headers=["Content-Encoding: gzip"]), id="compressed"),
    ],
)
def test_what_is_no_complete_answer_is_no_key_set(served: bytes) -> None:
    with IssuerServer(lambda: [served]) as server:
        assert type(failure(server)) is KeySetUnreachable


def test_nobody_listening_is_unreachable() -> None:
    with pytest.raises(KeySetUnreachable, match="ConnectionRefusedError"):
        HttpsFetcher(allow_plain_http=True).fetch(f"http://127.0.0.1:{free_port()}/keys")


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/keys",
        "file:///etc/passwd",
        "ftp://issuer.example/keys",
        "data:application/json,{}",
        "issuer.example/keys",
        "",
        "https://",
        "https:///keys",
        "https://user@issuer.example/keys",
        "https://user:password@issuer.example/keys",
        "https://issuer.example/keys#part",
        "https://issuer.example/a b",
        "https://issuer.example/a\r\nX: y",
        "https://issuer.example/\x01",
        "https://issüer.example/keys",
        "https://issuer.example:port/keys",
        "https://issuer.example:99999/keys",
    ],
)
def test_an_address_that_is_not_plainly_https_is_refused_before_anything_is_sent(url: str) -> None:
    for use in (HttpsFetcher().check, HttpsFetcher().fetch):
        with pytest.raises(ValueError, match=r"is not fetched|[Pp]ort"):
            use(url)
    with pytest.raises(ValueError, match=r"is not fetched|[Pp]ort"):
        jwks_key_source(url, rules=JwkRules(algorithms=["ES256"]))


def test_plain_http_is_fetched_only_where_that_is_configured() -> None:
    HttpsFetcher(allow_plain_http=True).check("http://spire.internal/keys")
    with pytest.raises(ValueError, match="starts with https or http://"):
        HttpsFetcher(allow_plain_http=True).check("file:///etc/passwd")


@pytest.mark.parametrize(
    "limits", [{"time_limit_seconds": 0}, {"size_limit_bytes": 0}, {"time_limit_seconds": float("nan")}]
)
def test_limits_that_allow_nothing_or_anything_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        HttpsFetcher(**limits)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = dt.datetime.now(tz=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "issuer.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_over_tls_the_servers_certificate_is_verified_by_default(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with IssuerServer(lambda: [answer(DOCUMENT)], tls_context=context) as server:
        with pytest.raises(KeySetUnreachable, match="SSLCertVerificationError"):
            HttpsFetcher().fetch(server.url("https"))
        trusting = HttpsFetcher(tls_context=lambda: ssl.create_default_context(cafile=certificate))
        assert trusting.fetch(server.url("https")) == DOCUMENT
        assert trusting.fetch(server.url("https")) == DOCUMENT
        with pytest.raises(KeySetUnreachable, match="SSLCertVerificationError"):
            trusting.fetch(server.url("https", "localhost"))
        assert len(server.requests) == 2


def test_a_thousand_tokens_with_unknown_kids_cause_exactly_one_request_on_the_wire() -> None:
    with IssuerServer(lambda: [answer(DOCUMENT)]) as server:
        rules_of_keys = JwkRules(algorithms=["ES256"])
        keys = jwks_key_source(server.url(), rules=rules_of_keys, allow_plain_http=True, clock=Clock(0))
        rules = ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE])
        verifier = TokenVerifier(algorithm="ES256", keys=keys, rules=rules, clock=Clock())
        for number in range(1_000):
            header = issuer.header("ES256", kid=f"invented-{number}")
            with pytest.raises(UnknownKey):
                verifier.verify(issuer.token("ES256", header_part=header, signature_part=bytes(64)))
        assert verifier.verify(issuer.token("ES256")) == claims()
        assert len(server.requests) == 1
