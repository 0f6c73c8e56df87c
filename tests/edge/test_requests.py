"""What functions are told of a caller's certificate, what cannot be forged, and which ways past the edge are shut."""

import json

from cryptography import x509

from tests.edge.conftest import PARTNER, PUBLIC, Edge
from tests.gateway.rest_api import Answer, allow, token_of
from tests.support.certificates import pem_of

FORBIDDEN = (403, {"message": "Forbidden"})


def outcome(answer: Answer) -> tuple[int, object]:
    return answer.status, answer.json


def test_authorizer_and_backend_are_told_the_certificate_in_aws_s_form(edge: Edge) -> None:
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "CH"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Partner, Ltd"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "client-1"),
        ]
    )
    client = edge.clients.issue(name)
    caller = edge.workshop.connect(PARTNER, client)
    backend = caller.event("/hello", headers={"Token": token_of(allow())})
    caller.close()
    authorizer = json.loads(backend["requestContext"]["authorizer"]["event"])
    told = backend["requestContext"]["identity"]["clientCert"]
    certificate = client.certificate
    serial = f"{certificate.serial_number:x}"
    digits = serial.zfill(len(serial) + len(serial) % 2)
    before, after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    assert told == {
        "clientCertPem": pem_of(certificate),
        "subjectDN": "CN=client-1,O=Partner\\, Ltd,C=CH",
        "issuerDN": "CN=Partners,O=Gatehouse tests",
        "serialNumber": ":".join(digits[place : place + 2] for place in range(0, len(digits), 2)),
        "validity": {
            "notBefore": f"{before:%b} {before.day:2d} {before:%H:%M:%S %Y} GMT",
            "notAfter": f"{after:%b} {after.day:2d} {after:%H:%M:%S %Y} GMT",
        },
    }
    assert authorizer["requestContext"]["identity"]["clientCert"] == told
    assert backend["requestContext"]["domainName"] == PARTNER
    assert backend["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


def test_headers_forge_neither_certificate_nor_peer(edge: Edge) -> None:
    stolen = edge.clients.issue("victim")
    forged = {
        "X-Client-Cert": stolen.pem.replace("\n", "%0A"),
        "X-Amzn-Mtls-Clientcert": stolen.pem.replace("\n", "%0A"),
        "X-Forwarded-For": "203.0.113.9",
        "Forwarded": "for=203.0.113.9;host=other.example",
        "X-Forwarded-Host": "other.example",
    }
    caller = edge.workshop.connect(PARTNER, edge.clients.issue("client-1"))
    identity = caller.event("/open", headers=forged)["requestContext"]["identity"]
    caller.close()
    assert "CN=client-1" in identity["clientCert"]["subjectDN"]
    assert identity["sourceIp"] == "127.0.0.1"
    public = edge.workshop.connect(PUBLIC)
    assert "clientCert" not in public.event("/open", headers=forged)["requestContext"]["identity"]
    public.close()


def test_connections_are_kept_alive_and_each_request_has_the_certificate(edge: Edge) -> None:
    caller = edge.workshop.connect(PARTNER, edge.clients.issue("client-1"))
    events = [caller.event("/open") for _ in range(3)]
    caller.close()
    assert len({event["requestContext"]["requestId"] for event in events}) == 3
    assert all("clientCert" in event["requestContext"]["identity"] for event in events)


def test_certificates_of_concurrent_connections_are_not_mixed_up(edge: Edge) -> None:
    callers = [edge.workshop.connect(PARTNER, edge.clients.issue(f"client-{number}")) for number in range(6)]
    for _ in range(2):
        for number, caller in enumerate(callers):
            subject = caller.event("/open")["requestContext"]["identity"]["clientCert"]["subjectDN"]
            assert subject.startswith(f"CN=client-{number},")
    for caller in callers:
        caller.close()


def test_the_plain_port_refuses_a_domain_with_mutual_tls_on_every_path(edge: Edge) -> None:
    apis, api = edge.workshop.apis, edge.api.api_id
    paths = (
        "/open",
        "/hello",
        "/nowhere",
        f"/_aws/execute-api/{api}/prod/open",
        f"/restapis/{api}/prod/_user_request_/open",
        "/_ministack/health",
    )
    for host in (PARTNER, f"{PARTNER}:443", PARTNER.upper()):
        for path in paths:
            assert outcome(apis.request(path, headers={"Host": host})) == FORBIDDEN


def test_the_disabled_default_endpoint_is_shut_in_each_of_its_forms(edge: Edge) -> None:
    apis, api = edge.workshop.apis, edge.api.api_id
    for path, headers in (
        (f"/_aws/execute-api/{api}/prod/open", {}),
        (f"/restapis/{api}/prod/_user_request_/open", {}),
        ("/prod/open", {"Host": f"{api}.execute-api.localhost:{apis.running.port}"}),
    ):
        assert outcome(apis.request(path, headers=headers)) == FORBIDDEN


def test_a_connection_asks_for_its_own_domain_only(edge: Edge) -> None:
    client = edge.clients.issue("client-1")
    api = edge.api.api_id
    hosts = (PUBLIC, "unknown.example", f"{api}.execute-api.localhost", "localhost", "127.0.0.1")
    for host in hosts:
        assert outcome(edge.workshop.call(PARTNER, "/open", client, host=host)) == FORBIDDEN
    for host in (PARTNER, f"{api}.execute-api.localhost", "localhost"):
        assert outcome(edge.workshop.call(PUBLIC, "/open", host=host)) == FORBIDDEN


def test_nothing_of_the_sandbox_but_the_api_answers_on_a_domain(edge: Edge) -> None:
    client = edge.clients.issue("client-1")
    api = edge.api.api_id
    for path in (
        "/_gatehouse/status",
        "/_ministack/health",
        "/_ministack/rds/iam-auth",
        f"/_aws/execute-api/{api}/prod/open",
        "/2015-03-31/functions",
        "/health",
        "/.well-known/jwks.json",
    ):
        for name, certificate in ((PARTNER, client), (PUBLIC, None)):
            answer = edge.workshop.call(name, path, certificate)
            assert answer.status == 403, path
            assert answer.json["message"] in ("Forbidden", "Missing Authentication Token"), path
    signed = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    assert edge.workshop.call(PARTNER, "/", client, method="POST", headers=signed, body=b"{}").status == 403


def test_a_request_smuggled_behind_another_one_is_refused_or_stands_alone(edge: Edge) -> None:
    smuggled = f"GET /open HTTP/1.1\r\nHost: {PUBLIC}\r\n\r\n"
    both = (
        f"POST /open HTTP/1.1\r\nHost: {PARTNER}\r\nContent-Length: {len(smuggled)}\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    )
    two_hosts = f"GET /open HTTP/1.1\r\nHost: {PARTNER}\r\nHost: {PUBLIC}\r\n\r\n"
    folded = f"GET /open HTTP/1.1\r\nHost: {PARTNER}\r\nX-A: 1\r\n Host: {PUBLIC}\r\n\r\n"
    bare = f"GET /open HTTP/1.1\nHost: {PARTNER}\n\nGET /open HTTP/1.1\nHost: {PUBLIC}\n\n"
    for text in (both, two_hosts, folded, bare):
        caller = edge.workshop.connect(PARTNER, edge.clients.issue("client-1"))
        caller.connection.settimeout(1)
        caller.connection.sendall(text.encode())
        answered = b""
        try:
            while chunk := caller.connection.recv(65_536):
                answered += chunk
        except TimeoutError:
            pass
        caller.close()
        assert f'"domainName": "{PUBLIC}"'.encode() not in answered, text
        assert answered.count(b"HTTP/1.1 200") <= 1, text
