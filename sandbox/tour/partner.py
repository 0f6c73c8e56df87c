"""The partner API (seed 003): a partner from its first certificate to the last refusal, over real TLS.

the walk      a key of the partner's own and one from Secrets Manager, a token, what it opens, another certificate
the attacks   a token in other hands, claims in headers, ways around the domain: what a certificate does not open
the end       suspended, resumed, revoked: with the next request, however fresh the token is

Whoever is registered here is called `tour-...`, and is gone at the end; the audit trail keeps what was done.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import jwt

from sandbox.errors import SandboxError
from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check
from sandbox.tour.denials import denial_check
from sandbox.tour.hello import http_check
from sandbox.tour.partners import (
    API,
    AUTHORITY,
    BACKENDS,
    Files,
    HandshakeRefusedError,
    PartnerApi,
    issued_files,
    partner_api,
)

__all__ = ["API", "checks", "token"]

REFUSED_HANDSHAKE = "handshake refused"
CERTIFICATE_PLUGIN, TOKEN_PLUGIN = "01_check_certificate", "01_verify_bound_token"
CLAIMED_IN_HEADERS = ("X-Client-Cert", "X-Amzn-Mtls-Clientcert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert")


def token(caller: Caller) -> str:
    """A fresh token of the partner whose certificate is in the state folder. Raises SandboxError."""
    files = issued_files(caller.state_directory)
    with partner_api(caller) as api:
        try:
            answer = api.token(files)
        except HandshakeRefusedError:
            raise SandboxError(f"the truststore does not vouch for {files.certificate}: issue another one.") from None
        if answer.status != 200:
            raise SandboxError(f"POST /token with {files.certificate} answers {answer.status} {answer.body}")
        return str(answer.member("access_token"))


def checks(caller: Caller) -> Iterator[Check]:
    """Makes the calls one after the other and yields what came of each."""
    partner = f"tour-{secrets.token_hex(4)}"
    other = f"{partner}-other"
    with partner_api(caller) as api:
        try:
            yield from _tour(api, partner, other)
        finally:
            for each in (partner, other):
                api.remove(each)


def _tour(api: PartnerApi, partner: str, other: str) -> Iterator[Check]:
    files, request = api.request_for(partner)
    issue = ("--name", "Tour", "--scope", api.scope, "--ca", AUTHORITY)
    yield _operated(api, "issue", partner, *issue, "--csr", request, "--out", files.certificate)
    certificate = api.folder / f"{other}.pem"
    yield _operated(api, "issue", other, *issue, "--new-key", "ec-p256", "--out", certificate)
    others = api.key_from_secrets(other, certificate)

    yield _health(api, "with the certificate", partner, files)
    yield _health(api, "with the other partner's, whose key is from Secrets Manager", other, others)
    answer = api.token(files)
    bound = str(answer.member("access_token") or "")
    yield http_check("POST /token", 200, '"token_type": "Bearer"', answer)
    yield _same("... bound to the certificate", api.health(files).member("certificate", "x5t#S256"), _thumbprint(bound))
    yield http_check("GET /protected with the token", 200, partner, api.protected(files, bound))

    before = {name: api.caller.invocations(name) for name in BACKENDS}
    refused = 0
    for check in (*_handshakes(api), *_attacks(api, files, others, bound), *_ways_around(api)):
        yield check
        refused += 1
    reached = sum(api.caller.invocations(name) - count for name, count in before.items())
    yield _same(f"the {refused} refused calls", "0 reached a backend", f"{reached} reached a backend")

    answer = api.health(files, dict.fromkeys(CLAIMED_IN_HEADERS, others.certificate.read_text().replace("\n", " ")))
    yield http_check("GET /health with the other's certificate in headers", 200, f'"client_id": "{partner}"', answer)
    answer = api.token(files, scope=f"{api.scope}-and-more")
    yield http_check("POST /token for a scope that is not granted", 400, "invalid_scope", answer)

    yield from _renewed(api, partner, files, bound)
    yield from _ended(api, partner, files, bound)
    yield _health(api, "with the other partner's certificate, after all that", other, others)


def _handshakes(api: PartnerApi) -> Iterator[Check]:
    """Nobody gets an answer without a certificate that the truststore vouches for."""
    yield _same("GET /health without a certificate", REFUSED_HANDSHAKE, _outcome(api, None))
    own = api.self_signed("tour-attacker")
    yield _same("GET /health with a certificate of its own making", REFUSED_HANDSHAKE, _outcome(api, own))


def _attacks(api: PartnerApi, files: Files, others: Files, bound: str) -> Iterator[Check]:
    """A token is worth nothing without its certificate, and a certificate opens nothing without a token."""

    def refused(sent: str, reason: str, answer: Answer) -> Check:
        return _unauthorized(api, f"GET /protected with {sent}", reason, answer)

    yield refused("another partner's certificate", "binding_mismatch", api.protected(others, bound))
    yield refused("no token", "missing_token", api.protected(files, None))
    head, body, signature = bound.split(".")
    changed = f"{head}.{body}.{signature[:-8]}{'A' * 8}"
    yield refused("a changed signature", "invalid_signature", api.protected(files, changed))
    unsigned = jwt.encode(jwt.decode(bound, options={"verify_signature": False}), "", algorithm="none")
    yield refused("alg: none", "unsupported_algorithm", api.protected(files, unsigned))


def _ways_around(api: PartnerApi) -> Iterator[Check]:
    """No way but the domain's TLS leads to the API."""
    name, emulator = api.domain["domain"], api.caller.endpoints.emulator_url
    plain = api.caller.request("GET", f"{emulator}/health", {"Host": name})
    yield http_check(f"GET /health over plain HTTP, with Host: {name}", 403, None, plain)
    claimed = {"Host": name, **dict.fromkeys(CLAIMED_IN_HEADERS, "CN=tour")}
    answer = api.caller.request("GET", f"{emulator}/health", claimed)
    yield http_check("... and a certificate claimed in headers", 403, None, answer)
    own = f"{api.caller.outputs['apis'][API]['url']}/health"
    yield http_check("GET /health at the API's own endpoint", 403, None, api.caller.request("GET", own))


def _renewed(api: PartnerApi, partner: str, files: Files, bound: str) -> Iterator[Check]:
    """A second certificate beside the first; the first one's token stays the first one's."""
    new, request = api.request_for(partner)
    sources = ("--ca", AUTHORITY, "--csr", request, "--out", new.certificate)
    yield _operated(api, "renew", partner, *sources)
    yield _health(api, "with the new certificate", partner, new)
    answer = api.protected(new, bound)
    sent = "GET /protected with the new certificate and the old one's token"
    yield _unauthorized(api, sent, "binding_mismatch", answer)
    fresh = str(api.token(new).member("access_token") or "")
    yield http_check("GET /protected with the new one's token", 200, partner, api.protected(new, fresh))
    yield http_check("GET /protected with the old certificate and its token", 200, partner, api.protected(files, bound))


def _ended(api: PartnerApi, partner: str, files: Files, bound: str) -> Iterator[Check]:
    """Suspended and revoked partners are refused with the next request, though their token is cached and not over."""
    again = "the same token" if api.token(files).member("access_token") == bound else "another token"
    yield _same("POST /token again, from the cache", "the same token", again)
    yield _operated(api, "suspend", partner)
    yield from _refused(api, files, bound, "client_suspended")
    yield _operated(api, "resume", partner)
    yield http_check("GET /protected again", 200, partner, api.protected(files, bound))
    yield _operated(api, "revoke", partner)
    yield from _refused(api, files, bound, "certificate_revoked")


def _refused(api: PartnerApi, files: Files, bound: str, reason: str) -> Iterator[Check]:
    for sent, by, answer in (
        ("POST /token, whose answer is cached", CERTIFICATE_PLUGIN, api.token(files)),
        ("GET /protected with a token that is not over", TOKEN_PLUGIN, api.protected(files, bound)),
        ("GET /health", CERTIFICATE_PLUGIN, api.health(files)),
    ):
        yield denial_check(api.caller, API, sent, status=403, text=reason, reason=reason, by=by, answer=answer)


def _unauthorized(api: PartnerApi, sent: str, reason: str, answer: Answer) -> Check:
    return denial_check(
        api.caller, API, sent, status=401, text="Unauthorized", reason=reason, by=TOKEN_PLUGIN, answer=answer
    )


def _operated(api: PartnerApi, action: str, *arguments: Any) -> Check:
    said = " ".join(each.name if hasattr(each, "name") else str(each) for each in arguments)
    return _same(f"python -m cli client {action} {said}", "done", api.operate(action, *arguments))


def _health(api: PartnerApi, what: str, partner: str, files: Files) -> Check:
    answer = api.health(files)
    received = f"{answer.status} {answer.member('client_id')} {answer.member('status')}"
    return _same(f"GET /health {what}", f"200 {partner} active", received)


def _outcome(api: PartnerApi, files: Files | None) -> str:
    try:
        answer = api.send(files, "GET", "/health")
    except HandshakeRefusedError:
        return REFUSED_HANDSHAKE
    return f"{answer.status} {answer.body}"


def _thumbprint(bound: str) -> Any:
    claims: dict[str, Any] = jwt.decode(bound, options={"verify_signature": False}) if bound else {}
    return claims.get("cnf", {}).get("x5t#S256")


def _same(sent: str, expected: object, received: object) -> Check:
    return Check(sent=sent, expected=str(expected), received=str(received))
