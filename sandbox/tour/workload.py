"""The workload API (seed 001): which JWT-SVIDs let a workload in, which do not and why.

the walk       tokens of the issuer for workloads that the rules name, and for some that they do not
the forgeries  tokens of nobody, with keys of the attacker's own: against every issuer
the misuses    tokens that the issuer has really signed and that are still not good: the built-in issuer's only, because
               SPIRE does not sign them
"""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check
from sandbox.tour.denials import NOT_ASKED, denial_check, unreached_check
from sandbox.tour.forged_svids import claims_of, ed25519_signer, es256, forged, no_signature, part, public_key_as_secret
from sandbox.tour.workloads import API, NAMESPACE, ROUTE, WorkloadApi

BACKEND = "whoami"
VERIFYING_PLUGIN = "01_verify_jwt_svid"
LONGEST_SPIFFE_ID = 2048  # bytes (SPIFFE-ID standard, section 2.3)
LONGEST_TEXT = 160  # on a line of the tour
Refused = Iterator[tuple[str, str, str | None]]
"""What is sent, the reason that the authorizer must log, and the token; None for none."""


def token(caller: Caller) -> str:
    """A fresh JWT-SVID of a workload that may call."""
    return WorkloadApi(caller).token()


def checks(caller: Caller) -> Iterator[Check]:
    """Makes the calls one after the other and yields what came of each."""
    api = WorkloadApi(caller)
    yield from let_in(api)
    before = caller.invocations(BACKEND)
    attempts = itertools.chain(forgeries(api), misuses(api) if api.has_built_in_issuer else ())
    refused = 0
    for sent, reason, refused_token in attempts:
        answer = api.whoami(refused_token)
        yield denial_check(
            caller,
            API,
            f"GET {ROUTE} with {sent}",
            status=401,
            text="Unauthorized",
            reason=reason,
            by=VERIFYING_PLUGIN,
            answer=answer,
        )
        refused += 1
    for check in closed_routes(api):
        yield check
        refused += 1
    yield unreached_check(refused, caller.invocations(BACKEND) - before)


def let_in(api: WorkloadApi) -> Iterator[Check]:
    """Whom the rules name, told who they are."""
    good = api.token()
    yield identity_check("a JWT-SVID of the issuer", api.spiffe_id(), api, api.whoami(good))
    several = api.token(audiences=["api://another", api.audience])
    yield identity_check(
        "a token for several audiences, this API among them", api.spiffe_id(), api, api.whoami(several)
    )
    start = len(api.spiffe_id(f"{NAMESPACE}/"))
    longest = f"{NAMESPACE}/{'a' * (LONGEST_SPIFFE_ID - start)}"
    sent = f"a SPIFFE ID of {LONGEST_SPIFFE_ID} bytes"
    yield identity_check(sent, api.spiffe_id(longest), api, api.whoami(api.token(longest)))
    claimed = {"X-Spiffe-Id": api.spiffe_id("/ns/prod/sa/admin"), "X-Principal-Id": "admin"}
    sent = "another identity claimed in headers"
    yield identity_check(sent, api.spiffe_id(), api, api.whoami(good, claimed))


def closed_routes(api: WorkloadApi) -> Iterator[Check]:
    """Workloads with good tokens, where no rule lets them."""
    for path in ("/ns/dev/sa/api", "/ns/production/sa/api", "/ns", f"/other{NAMESPACE}/sa/api"):
        answer = api.whoami(api.token(path))
        yield denial_check(
            api.caller,
            API,
            f"GET {ROUTE} as {api.spiffe_id(path)}",
            status=403,
            text="route_not_permitted",
            reason="route_not_permitted",
            answer=answer,
        )
    bearer = {"Authorization": f"Bearer {api.token()}"}
    for method, url in (("POST", api.url), ("GET", f"{api.url}/more")):
        yield denial_check(
            api.caller,
            API,
            f"{method} {url.removeprefix(api.url.removesuffix(ROUTE))}, which is not declared",
            status=403,
            text="Missing Authentication Token",
            reason=NOT_ASKED,
            answer=api.caller.request(method, url, bearer),
        )


def forgeries(api: WorkloadApi) -> Refused:
    """What an attacker can make who can read everything that is public and has no key of the issuer's."""
    published = api.published_keys()[0]
    header = {"alg": "ES256", "kid": published["kid"], "typ": "JWT"}
    good = claims_of(api.spiffe_id(), api.audience)
    own = es256()

    def own_key(subject: object = None, **members: Any) -> str:
        claims = claims_of(api.spiffe_id() if subject is None else subject, api.audience)
        return forged({**header, **members}, claims, own)

    genuine = api.token()
    head, body, signature = genuine.split(".")
    yield "no token", NOT_ASKED, None
    yield "no token but words", "malformed_token", "let me in"
    yield "a token cut short", "malformed_token", f"{head}.{body}"
    flattened = json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "the JSON serialization", "malformed_token", flattened
    yield "the attacker's key under the issuer's kid", "invalid_signature", own_key()
    yield "a kid nobody knows", "unknown_key", own_key(kid="nobody")
    yield "no signature", "unsupported_algorithm", forged({**header, "alg": "none"}, good, no_signature)
    hs256 = forged({**header, "alg": "HS256"}, good, public_key_as_secret(published))
    yield "HS256 with the public key", "unsupported_algorithm", hs256
    yield "EdDSA", "unsupported_algorithm", forged({**header, "alg": "EdDSA"}, good, ed25519_signer())
    yield "another type of token", "unsupported_token_type", own_key(typ="at+jwt")
    yield "a key of its own in the header", "embedded_key", own_key(jwk=published)
    yield "an address of keys in the header", "embedded_key", own_key(jku="https://attacker.example/keys")
    yield "a critical extension", "unsupported_critical_header", own_key(crit=["exp"])
    without_subject = forged(header, claims_of(None, api.audience), own)
    yield "no SPIFFE ID", "missing_claim", without_subject
    other = part(claims_of(api.spiffe_id("/ns/prod/sa/admin"), api.audience))
    yield "another payload under a good signature", "invalid_signature", f"{head}.{other}.{signature}"
    for domain in look_alikes(api.trust_domain):
        yield f"the trust domain {domain}", "wrong_trust_domain", own_key(f"spiffe://{domain}/ns/prod/sa/api")
    for what, subject in malformed_ids(api):
        yield what, "malformed_spiffe_id", own_key(subject)


def look_alikes(domain: str) -> list[str]:
    """Trust domains whose names begin, end or read like this one."""
    first, _, rest = domain.partition(".")
    return [
        "another.example",
        f"{domain}.attacker.example",
        f"attacker-{domain}",
        f"sub.{domain}",
        f"{domain}.",
        f"{first}-{rest}",
        f"{first}_{rest}",
        domain.replace("l", "1"),
        domain[:-1],
    ]


def malformed_ids(api: WorkloadApi) -> Iterator[tuple[str, object]]:
    """Subjects that are no SPIFFE IDs, close as they are."""
    good, domain = api.spiffe_id(), api.trust_domain
    yield "a SPIFFE ID with percent-encoding", f"spiffe://{domain}/ns/prod%2Fsa/api"
    yield "a SPIFFE ID with an encoded trust domain", f"spiffe://{domain.replace('.', '%2E')}/ns/prod/sa/api"
    yield "a SPIFFE ID with two dots", f"spiffe://{domain}/ns/dev/../prod/sa/api"
    yield "a SPIFFE ID with a dot", f"spiffe://{domain}/ns/prod/./sa/api"
    yield "a SPIFFE ID with a port", f"spiffe://{domain}:8443/ns/prod/sa/api"
    yield "a SPIFFE ID with a user", f"spiffe://admin@{domain}/ns/prod/sa/api"
    yield "a SPIFFE ID with a query", f"{good}?admin=true"
    yield "a SPIFFE ID with a fragment", f"{good}#admin"
    yield "a SPIFFE ID with a slash at its end", f"{good}/"
    yield "a SPIFFE ID with an empty segment", f"spiffe://{domain}/ns//prod/sa/api"
    yield "a SPIFFE ID in upper case", f"SPIFFE://{domain}/ns/prod/sa/api"
    yield "a trust domain in upper case", f"spiffe://{domain.upper()}/ns/prod/sa/api"
    yield "a trust domain in another alphabet", f"spiffe://{domain.replace('a', 'а')}/ns/prod/sa/api"  # noqa: RUF001 - Cyrillic
    yield "another scheme", f"https://{domain}/ns/prod/sa/api"
    yield "no trust domain", "spiffe:///ns/prod/sa/api"
    start = len(f"spiffe://{domain}{NAMESPACE}/")
    longer = f"spiffe://{domain}{NAMESPACE}/{'a' * (LONGEST_SPIFFE_ID + 1 - start)}"
    yield f"a SPIFFE ID of {LONGEST_SPIFFE_ID + 1} bytes", longer


def misuses(api: WorkloadApi) -> Refused:
    """Tokens with the issuer's own signature that must not let anybody in."""
    now = int(time.time())

    def signed(**claims: Any) -> str:
        return api.unchecked_token(claims=claims)

    yield "a token that expired", "token_expired", signed(iat=now - 600, exp=now - 1)
    yield "a token without an end", "missing_claim", signed(exp=None)
    yield "a token that ends as text", "malformed_claim", signed(exp="never")
    yield "a token of the future", "token_not_yet_valid", signed(nbf=now + 600, exp=now + 900)
    yield "another audience", "wrong_audience", signed(aud=["api://another"])
    yield "an audience that only begins alike", "wrong_audience", signed(aud=[f"{api.audience}/admin"])
    yield "no audience", "missing_claim", signed(aud=None)
    yield "an empty list of audiences", "wrong_audience", signed(aud=[])
    yield "an audience that is a number", "malformed_claim", signed(aud=[7])
    yield "another issuer", "wrong_issuer", signed(iss="https://attacker.example")
    yield "a SPIFFE ID that is a number", "malformed_spiffe_id", signed(sub=7)
    domain = "partner.example"
    foreign = api.unchecked_token(trust_domain=domain)
    yield f"this trust domain's name, signed by {domain}", "unknown_key", foreign
    own = api.unchecked_token(trust_domain=domain, claims={"sub": f"spiffe://{domain}{NAMESPACE}/sa/api"})
    yield f"a workload of {domain}, which is not trusted", "wrong_trust_domain", own


def identity_check(sent: str, spiffe_id: str, api: WorkloadApi, answer: Answer) -> Check:
    """Compares what the caller was told it is."""
    identity = {"spiffe_id": spiffe_id, "trust_domain": api.trust_domain}
    expected = f"200 {short(identity)}"
    told = (answer.status, answer.document) == (200, identity)
    received = expected if told else f"{answer.status} {answer.body}"
    return Check(sent=f"GET {ROUTE} with {sent}", expected=expected, received=received)


def short(value: object) -> str:
    """A value as text, with the number of characters in the place of the middle of a long one."""
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:80]}...({len(text) - 120})...{text[-40:]}"
