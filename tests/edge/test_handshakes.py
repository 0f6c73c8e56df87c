"""Who is let in: certificates of the truststore, and nobody else; and what a hostile client may cost."""

import datetime as dt
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.edge.conftest import PARTNER, PUBLIC, Edge
from tests.support.certificates import DAY, Issued, new_authority

REFUSED = (ssl.SSLError, ConnectionError, EOFError)


def refused(edge: Edge, client: Issued | None, *, context: ssl.SSLContext | None = None) -> bool:
    """Whether no request of this client is answered."""
    try:
        caller = edge.workshop.connect(PARTNER, client, context=context)
        try:
            caller.request("/open")
        finally:
            caller.close()
    except (*REFUSED, OSError):
        return True
    return False


def test_a_certificate_of_the_truststore_is_let_in_on_tls_1_2_and_1_3(edge: Edge) -> None:
    client = edge.clients.issue("client-1")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = edge.workshop.context(client)
        context.minimum_version = context.maximum_version = version
        caller = edge.workshop.connect(PARTNER, context=context)
        assert caller.request("/open").status == 200
        assert caller.connection.version() == version.name.replace("_", ".")
        caller.close()


def test_no_certificate_is_refused_in_the_handshake(edge: Edge) -> None:
    assert refused(edge, None)


def test_a_certificate_of_another_authority_is_refused_whatever_its_name(edge: Edge) -> None:
    assert refused(edge, new_authority("Strangers").issue("client-1"))
    # An authority that calls itself like the trusted one signs with another key.
    assert refused(edge, new_authority("Partners").issue("client-1"))


def test_a_certificate_that_signed_itself_is_refused(edge: Edge) -> None:
    assert refused(edge, new_authority("client-1"))


def test_a_certificate_is_refused_before_and_after_its_time(edge: Edge) -> None:
    assert refused(edge, edge.clients.issue("late", since=-2 * DAY, until=-DAY))
    assert refused(edge, edge.clients.issue("early", since=DAY, until=2 * DAY))
    assert refused(edge, edge.clients.issue("just late", since=-DAY, until=-dt.timedelta(seconds=1)))


def test_issuers_that_the_client_brings_along_count_for_nothing(edge: Edge) -> None:
    below = edge.clients.authority("Partners, department")
    assert refused(edge, below.issue("client-1"))


def test_an_end_certificate_is_no_issuer(edge: Edge) -> None:
    honest = edge.clients.issue("client-1")
    forger = type(edge.clients)(certificate=honest.certificate, key=honest.key, chain=(), is_root=False)
    assert refused(edge, forger.issue("client-2"))


def test_versions_before_tls_1_2_are_refused(edge: Edge) -> None:
    context = edge.workshop.context(edge.clients.issue("client-1"))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert refused(edge, None, context=context)


def test_a_session_is_not_resumed_without_the_certificate(edge: Edge) -> None:
    context = edge.workshop.context(edge.clients.issue("client-1"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    first = edge.workshop.connect(PARTNER, context=context)
    assert first.request("/open").status == 200
    session = first.connection.session
    first.close()
    bare = edge.workshop.context()
    bare.maximum_version = ssl.TLSVersion.TLSv1_2
    assert session is None or not session.has_ticket
    assert refused(edge, None, context=bare)


def test_an_absurd_certificate_costs_no_more_than_a_refusal(edge: Edge) -> None:
    many = [f"host-{number}.{'x' * 40}.example" for number in range(4_000)]
    assert refused(edge, edge.clients.issue("wide", names=many))  # some 250 KB; a handshake carries 100
    below = edge.clients
    for number in range(12):
        below = below.authority(f"level {number}")
    assert refused(edge, below.issue("deep"))
    assert edge.workshop.call(PARTNER, "/open", edge.clients.issue("client-1")).status == 200


def test_many_names_that_fit_are_told_as_they_are(edge: Edge) -> None:
    names = [f"host-{number}.example" for number in range(500)]
    caller = edge.workshop.connect(PARTNER, edge.clients.issue("client-1", names=names))
    pem = caller.event("/open")["requestContext"]["identity"]["clientCert"]["clientCertPem"]
    caller.close()
    told = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert told.value.get_values_for_type(x509.DNSName) == names


def test_an_rsa_client_is_let_in_too(edge: Edge) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert edge.workshop.call(PARTNER, "/open", edge.clients.issue("client-1", key=key)).status == 200


def test_what_is_no_tls_gets_no_http_answer(edge: Edge) -> None:
    port = edge.workshop.described(PARTNER)["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        plain.sendall(f"GET /open HTTP/1.1\r\nHost: {PARTNER}\r\n\r\n".encode())
        assert not plain.recv(4096).startswith(b"HTTP/")


def test_a_silent_connection_keeps_nobody_waiting(edge: Edge) -> None:
    port = edge.workshop.described(PARTNER)["port"]
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(50)]
    try:
        assert edge.workshop.call(PARTNER, "/open", edge.clients.issue("client-1")).status == 200
    finally:
        for connection in silent:
            connection.close()


def test_each_server_shows_the_certificate_of_its_domain_in_acm(edge: Edge) -> None:
    for name, client in ((PARTNER, edge.clients.issue("client-1")), (PUBLIC, None)):
        caller = edge.workshop.connect(name, client)
        shown = caller.connection.getpeercert()
        caller.close()
        assert shown is not None
        assert shown["subjectAltName"] == (("DNS", name),)


def test_the_shared_port_refuses_names_that_are_not_its_own(edge: Edge) -> None:
    port = edge.workshop.described(PUBLIC)["port"]
    context = ssl.create_default_context(cadata=edge.workshop.servers.pem)
    for name in ("unknown.example", PARTNER):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname=name)
