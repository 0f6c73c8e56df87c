"""Lets in whoever sends an access token of our Cognito user pool over a connection with the certificate it is bound to.

    certificate ──> its dates
    token ──> signature, iss, exp ──> token_use, client_id ──> cnf["x5t#S256"] = certificate ──> scope ──┐
    registry (one consistent read) ──> may the certificate be used? ──> is the token its client's? ◄─────┘

The last check is the registry's, whatever was known before: a token that is good for an hour ends with its certificate.
A stolen token is worth nothing without the certificate's key (RFC 8705 section 3). The order is such that whoever is
refused learns nothing of others: without the certificate that a token is bound to, nobody is told whose it is.

Settings, plain values all: `CLIENT_REGISTRY_TABLE`, `AUDIT_LOG_GROUP`, `TOKEN_ISSUER` (the one `iss` that is accepted),
`JWKS_URL` (https, or http on the loopback), `REQUIRED_SCOPES` (separated by spaces; the token has all of them). Works
behind a REQUEST authorizer without identity sources and with TTL 0: a cached decision could be used with another
certificate.
"""

from __future__ import annotations

from hmac import compare_digest

from audit_trail.records import USE_BOUND_TOKEN
from authorizer.denial import NotAuthenticated, NotPermitted
from client_certificates.binding_proof import CONFIRMATION_MEMBER, is_thumbprint
from client_certificates.errors import NotAllowed, StandingUnknown
from client_certificates.standing import require_current, require_standing
from client_certificates.verdict import UNAVAILABLE_PRINCIPAL, identified_context, unavailable_context
from jwt_verification.bearer import bearer_token
from jwt_verification.errors import MalformedClaim
from jwt_verification.key_set_errors import KeySetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from audit_trail.denials import DenialRecorder
    from client_certificates.lookup import CertificateLookup
    from client_certificates.presented import CertificateReader
    from jwt_verification.verifier import TokenVerifier

ACCESS = "access"  # `token_use` of an access token; an ID token has `id`
# The function that answers 503 for a caller about whom nothing is known. Nobody else's may get such a request.
ROUTES_WITH_UNAVAILABLE = ["GET /protected"]


def validate(
    auth_context: dict[str, Any],
    *,
    certificate_reader: CertificateReader,
    certificate_lookup: CertificateLookup,
    token_verifier: TokenVerifier,
    required_scopes: frozenset[str],
    denials: DenialRecorder,
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Verify the token and that it is bound to the certificate of the connection; the caller is the client."""

    about: dict[str, str] = {}

    def identity() -> tuple[str, dict[str, str]]:
        certificate = certificate_reader.read(auth_context["request_context"])
        about["certificate"] = certificate.fingerprint
        now = clock()
        require_current(certificate, now=now)
        claims = token_verifier.verify(bearer_token(auth_context["headers"].get("Authorization")))
        app_client_id, scopes = _access_token(claims)
        if not compare_digest(_confirmation(claims).encode(), certificate.thumbprint.encode()):
            raise NotAuthenticated("binding_mismatch")
        try:
            record = require_standing(certificate, certificate_lookup, now=now)
        except NotAllowed as refused:
            raise NotPermitted(refused.code) from None
        if app_client_id != record.app_client_id:
            raise NotAuthenticated("wrong_client")
        # The registry's scopes as well: what an operator has taken away ends now, and not with the token.
        if not required_scopes <= scopes or not required_scopes <= record.scopes:
            raise NotPermitted("insufficient_scope")
        context = {
            **identified_context(certificate, record),
            "scopes": " ".join(sorted(scopes & record.scopes)),
            "expires_at": str(int(claims["exp"])),
        }
        return record.client_id, context

    try:
        client_id, context = denials.recorded(USE_BOUND_TOKEN, auth_context, identity, about=about)
    except (StandingUnknown, KeySetError) as unknown:
        return {
            "principal_id": UNAVAILABLE_PRINCIPAL,
            "context": unavailable_context(unknown.code),
            "routes": ROUTES_WITH_UNAVAILABLE,
        }
    return {"principal_id": client_id, "context": context}


def _access_token(claims: dict[str, Any]) -> tuple[str, frozenset[str]]:
    """Return the app client and the scopes of an access token; an ID token is none."""
    if claims["token_use"] != ACCESS:
        raise NotAuthenticated("wrong_token_use")
    app_client_id, scope = claims["client_id"], claims["scope"]
    if type(app_client_id) is not str or not app_client_id:
        raise MalformedClaim("client_id", "`client_id` is a string that is not empty")
    if type(scope) is not str:
        raise MalformedClaim("scope", "`scope` is a string")
    return app_client_id, frozenset(scope.split(" "))


def _confirmation(claims: dict[str, Any]) -> str:
    """Return the thumbprint that the token is bound to (RFC 8705 section 3.1)."""
    try:
        thumbprint: Any = claims["cnf"][CONFIRMATION_MEMBER]
    except (KeyError, TypeError):
        thumbprint = None
    if thumbprint is None:
        raise NotAuthenticated("binding_missing")
    if not is_thumbprint(thumbprint):
        raise NotAuthenticated("binding_malformed")
    return str(thumbprint)
