"""The deployed partner API under attack, over real TLS: each attack is denied for its own reason and reaches nobody."""

import datetime as dt
import http.client
import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest

from client_certificates.presented import certificate_in
from sandbox.tour.caller import Answer
from tests.support.certificates import DAY, Issued, new_authority
from tests.support.cognito import ask_for_token
from tests.support.partner_api import API, AUTHORIZERS, BACKENDS, TRIGGER, Connection, PartnerApi, answer_on, connected
from tests.system.lifetimes import before_it_ends, wait_for_the_end
from tests.system.partner_forgeries import (
    OTHER_SCOPE,
    claims_of,
    forged_like,
    tampered,
    token_of_another_pool,
    unbound_token,
    with_another_scope,
)
from tests.system.partner_requests import Partner, assert_denied, new_id, new_partner, on_every_route, reaching_none_of

pytestmark = pytest.mark.timeout(900)

REFUSED = (OSError, EOFError, http.client.HTTPException)


@pytest.fixture(scope="module")
def api(partner_api: PartnerApi) -> PartnerApi:
    return partner_api


@pytest.fixture(scope="module")
def acme(api: PartnerApi) -> Partner:
    return new_partner(api)


@pytest.fixture(scope="module")
def beta(api: PartnerApi) -> Partner:
    return new_partner(api)


def test_a_certificate_that_the_truststore_does_not_vouch_for_now_gets_no_answer_and_reaches_nobody(
    api: PartnerApi, acme: Partner
) -> None:
    others, own = new_authority("Others"), api.authority
    name = acme.client_id
    forger = replace(others, certificate=acme.issued.certificate, key=acme.issued.key)
    callers = {
        "no certificate": None,
        "another authority": others.issue(name),
        "another authority of the same name": replace(own, key=others.key).issue(name),
        "a certificate that signed itself": others,
        "issued by a partner": forger.issue(name),
        "expired": own.issue(name, since=-2 * DAY, until=-DAY),
        "expired a second ago": own.issue(name, until=-dt.timedelta(seconds=1)),
        "not yet valid": own.issue(name, since=DAY, until=2 * DAY),
    }
    forged = {"X-Client-Cert": quote(acme.issued.pem)}
    with reaching_none_of(api, *AUTHORIZERS, *BACKENDS, TRIGGER):
        for what, issued in callers.items():
            with pytest.raises(REFUSED):
                pytest.fail(f"{what}: {on_every_route(api, issued, acme.token, **forged)}")


CHANGES = {
    "suspended": (("suspend", "CLIENT", "--certificate", "FINGERPRINT"), "certificate_suspended"),
    "of a client that is suspended": (("suspend", "CLIENT"), "client_suspended"),
    "revoked a moment ago": (("revoke", "CLIENT", "--certificate", "FINGERPRINT"), "certificate_revoked"),
    "of a client that is revoked": (("revoke", "CLIENT"), "certificate_revoked"),
}


def test_a_partner_that_an_operator_has_ended_is_denied_at_once_however_warm_the_caches_and_reaches_nobody(
    api: PartnerApi,
) -> None:
    ended: list[tuple[Partner, str]] = []
    for command, reason in CHANGES.values():
        partner = new_partner(api)
        told = {"CLIENT": partner.client_id, "FINGERPRINT": partner.issued.fingerprint}
        api.operate("client", *(told.get(part, part) for part in command))
        ended.append((partner, reason))

    with reaching_none_of(api, *BACKENDS, TRIGGER):
        answers = [
            (answer, reason)
            for partner, reason in ended
            for answer in on_every_route(api, partner.issued, partner.token)
        ]
    for answer, reason in answers:
        assert_denied(answer, 403, reason)
    assert api.reasons(answer for answer, _ in answers) == [reason for _, reason in answers]


def test_a_certificate_of_the_right_authority_that_is_not_registered_is_nobody_s(
    api: PartnerApi, acme: Partner
) -> None:
    stranger = api.authority.issue(acme.client_id)
    with reaching_none_of(api, *BACKENDS, TRIGGER):
        *by_certificate, by_token = on_every_route(api, stranger, acme.token)
    for answer in (*by_certificate, by_token):
        assert_denied(answer, 401, "")
    # Whose token it is, is not told to who does not have its certificate.
    assert api.reasons([*by_certificate, by_token]) == [
        "certificate_unknown",
        "certificate_unknown",
        "binding_mismatch",
    ]


def test_a_certificate_that_expires_on_an_open_connection_ends_with_the_second(api: PartnerApi) -> None:
    with ExitStack() as connections:

        def use(ends: int) -> tuple[Issued, Connection, Answer]:
            client_id, until = new_id(), dt.timedelta(seconds=ends - int(time.time()))
            issued = api.register(client_id, api.authority.issue(client_id, until=until))
            connection = connections.enter_context(api.connect(issued))
            return issued, connection, connection.request("GET", "/health")

        _, (issued, connection, in_time) = before_it_ends(use)
        assert in_time.status == 200
        wait_for_the_end(issued.certificate.not_valid_after_utc.timestamp() + 1)
        with reaching_none_of(api, *BACKENDS):
            late = connection.request("GET", "/health")
    assert_denied(late, 401, "certificate_expired")
    assert api.reasons([late]) == ["certificate_expired"]


class TestTokens:
    """At `GET /protected`, with a certificate in good standing."""

    def test_a_token_that_is_not_this_caller_s_from_this_pool_is_denied_for_its_own_reason_and_reaches_nobody(
        self, api: PartnerApi, acme: Partner, beta: Partner
    ) -> None:
        attacks = {
            "missing_token": {"none": None},
            "binding_mismatch": {"of another partner": beta.token},
            "binding_missing": {"of the pool, without cnf": unbound_token(api, acme)},
            "invalid_signature": {
                "another pool's key under the name of ours": forged_like(acme.token),
                "the last bits changed": tampered(acme.token),
            },
            "unknown_key": {
                "of another pool": token_of_another_pool(api),
                "another pool's key, its iss says ours": forged_like(acme.token, kid="another"),
            },
            "unsupported_algorithm": {"no signature": forged_like(acme.token, algorithm="none")},
        }
        sent = [(reason, acme.issued, token) for reason, tokens in attacks.items() for token in tokens.values()]
        other = with_another_scope(api)
        sent.append(("insufficient_scope", other, api.access_token(other)))
        with reaching_none_of(api, "protected"):
            answers = [api.protected(issued, token) for _, issued, token in sent]

        for (reason, _, _), answer in zip(sent, answers, strict=True):
            assert_denied(answer, 403 if reason == "insufficient_scope" else 401, reason)
        assert api.reasons(answers) == [reason for reason, _, _ in sent]

    def test_a_scope_that_is_not_granted_is_refused_before_cognito_is_asked(
        self, api: PartnerApi, acme: Partner
    ) -> None:
        with reaching_none_of(api, TRIGGER):
            for scope in (OTHER_SCOPE, f"{api.required_scope} {OTHER_SCOPE}", f"{api.required_scope}er"):
                answer = api.token(acme.issued, scope=scope)
                assert (answer.status, answer.member("error")) == (400, "invalid_scope")
                assert answer.member("access_token") is None

    def test_the_pool_asked_directly_gives_no_token_for_any_metadata_that_the_token_function_has_not_signed(
        self, api: PartnerApi, acme: Partner
    ) -> None:
        secret = api.app_client_secret(acme.client_id)
        url = api.settings("token-issuer")["COGNITO_TOKEN_URL"]
        thumbprint = certificate_in(acme.issued.pem).thumbprint
        now = str(int(time.time()))
        forgeries = {
            "none": None,
            "empty": {},
            "a thumbprint alone": {"thumbprint": thumbprint},
            "no key's MAC": {"thumbprint": thumbprint, "issued_at": now, "key_id": "x", "mac": "A" * 43},
            "a claim of its own": {"cnf": f'{{"x5t#S256": "{thumbprint}"}}'},
        }
        for what, metadata in forgeries.items():
            answer = ask_for_token(
                url, secret["client_id"], secret["client_secret"], metadata=metadata, scope=api.required_scope
            )
            assert answer.status == 400, what
            assert "access_token" not in answer.body, what

    def test_headers_say_nothing_about_the_certificate(self, api: PartnerApi, acme: Partner, beta: Partner) -> None:
        headers = {
            name: quote(acme.issued.pem)
            for name in (
                "X-Client-Cert",
                "X-Amzn-Mtls-Clientcert",
                "X-Forwarded-Client-Cert",
                "Client-Cert",
                "clientCert",
            )
        }
        answers = on_every_route(api, beta.issued, acme.token, **headers)
        assert [answer.status for answer in answers] == [200, 200, 401]
        assert api.reasons(answers[2:]) == ["binding_mismatch"]
        assert claims_of(answers[0].member("access_token"))["cnf"] == {
            "x5t#S256": certificate_in(beta.issued.pem).thumbprint
        }
        assert beta.client_id in answers[1].body
        assert acme.client_id not in answers[1].body


class TestOtherWaysIn:
    """Plain HTTP, the API's own endpoint, and requests that say another name than the connection is for."""

    def test_nothing_but_tls_at_the_domain_leads_to_the_api(self, api: PartnerApi, acme: Partner) -> None:
        url, emulator = api.caller.outputs["apis"][API]["url"], api.caller.endpoints.emulator_url
        api_id = url.rstrip("/").split("/")[-2]
        stage = api.caller.outputs["apis"][API]["stage"]
        default = f"{api_id}.execute-api.{api.caller.endpoints.region}.amazonaws.com"
        ways = [
            (f"{url}/protected", {}),
            (f"{emulator}/restapis/{api_id}/{stage}/_user_request_/protected", {}),
            (f"{emulator}/{stage}/protected", {"Host": default}),
            (f"{emulator}/{stage}/protected", {"Host": f"{api_id}.execute-api.localhost"}),
            (f"{emulator}/{stage}/protected", {"Host": default.upper()}),
            (f"{emulator}/protected", {"Host": api.host}),
            (f"{emulator}/protected", {"Host": f"{api.host}:443"}),
            (f"{emulator}/protected", {"Host": f"{api.host}."}),
            (f"{url}/protected", {"Host": api.host}),
            (f"{url}/protected", {"X-Forwarded-Host": api.host, "X-Forwarded-Proto": "https"}),
        ]
        forged = {"X-Client-Cert": quote(acme.issued.pem), "Authorization": f"Bearer {acme.token}"}
        with reaching_none_of(api, *AUTHORIZERS, *BACKENDS):
            for way, headers in ways:
                answer = api.caller.request("GET", way, {**forged, **headers})
                assert answer.status in {403, 404}, (way, headers, answer)

    def test_a_request_line_with_a_whole_address_is_no_way_around_either(self, api: PartnerApi) -> None:
        url = api.caller.outputs["apis"][API]["url"]
        port = int(api.caller.endpoints.emulator_url.rpartition(":")[2])
        lines = [
            (f"http://{api.host}/protected", "127.0.0.1"),
            (f"https://{api.host}/protected", api.host),
            (f"{url}/protected", api.host),
            (f"http://elsewhere.example{urlsplit(url).path}/protected", api.host),
        ]
        with reaching_none_of(api, *AUTHORIZERS, *BACKENDS):
            for address, host in lines:
                with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
                    plain.sendall(f"GET {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                    answer = answer_on(plain)
                assert answer.status in {400, 403, 404}, (address, host, answer)

    def test_plain_http_at_the_port_of_the_domain_gets_no_http_answer(self, api: PartnerApi) -> None:
        with socket.create_connection(("127.0.0.1", api.port), timeout=20) as plain:
            plain.sendall(f"GET /health HTTP/1.1\r\nHost: {api.host}\r\n\r\n".encode())
            assert not plain.recv(4096).startswith(b"HTTP/")

    def test_a_connection_with_a_certificate_is_for_its_own_domain_whatever_host_is_named(
        self, api: PartnerApi, acme: Partner
    ) -> None:
        api_id = api.caller.outputs["apis"][API]["url"].rstrip("/").split("/")[-2]
        hosts = ("elsewhere.example", "localhost", f"{api_id}.execute-api.localhost", "")
        with reaching_none_of(api, *AUTHORIZERS, *BACKENDS):
            for host in hosts:
                answer = api.send(acme.issued, "GET", "/health", headers={"Host": host})
                assert answer.status in {400, 403}, (host, answer)
            for address in ("https://elsewhere.example/health", f"http://{api_id}.execute-api.localhost/prod/health"):
                answer = api.send(acme.issued, "GET", address)
                assert answer.status in {400, 403, 404}, (address, answer)

    def test_another_name_in_the_handshake_does_not_spare_the_certificate(self, api: PartnerApi) -> None:
        context = api.context(None)
        context.check_hostname = False
        with reaching_none_of(api, *AUTHORIZERS, *BACKENDS):
            for name in ("elsewhere.example", "localhost", api.host.upper()):
                with (
                    pytest.raises(REFUSED),
                    connected(api.port, context, host=api.host, server_name=name) as connection,
                ):
                    pytest.fail(f"{name}: {connection.request('GET', '/health')}")
