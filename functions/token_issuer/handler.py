"""`POST /token` behind the chain `client_certificate`: RFC 6749's client credentials grant with a certificate.

    200   {"access_token": "...", "token_type": "Bearer", "expires_in": 900, "scope": "..."}
    400   invalid_request, invalid_scope, unsupported_grant_type          401   invalid_client
    503   temporarily_unavailable, with Retry-After: the registry, the secret, Cognito or the audit trail

The registry was asked by the chain in this very request (TTL 0), before the cache of tokens here is looked at; what it
said is only taken for the certificate of this very connection. A token is answered only when its record is in the
audit trail. Nothing is answered that is not bound to the certificate.

Settings, plain values all: `COGNITO_TOKEN_URL`, `CLIENT_SECRETS_PREFIX`, `BINDING_KEY_SECRET_ARN`, `AUDIT_LOG_GROUP`.
"""

from __future__ import annotations

import functools
import os
import time

from api_responses.answers import Answers
from audit_trail.denials import DenialRecorder
from audit_trail.metrics import count_line, write_to_standard_output
from audit_trail.records import DENIED, FAILED, ISSUE_TOKEN, SUCCEEDED, audit_record, request_of
from audit_trail.trail import AuditUnavailable, audit_trail
from client_certificates.identified import DependencyUnavailable, NoVerdict, identified
from secret_store.errors import SecretError
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing
from token_issuer.client_secrets import ClientSecrets
from token_issuer.cognito_endpoint import CognitoEndpoint, IssuerRefused, IssuerUnavailable, ScopeRefused
from token_issuer.issuing import TokenIssuing
from token_issuer.oauth_errors import (
    INVALID_CLIENT,
    INVALID_SCOPE,
    SERVER_ERROR,
    OAuthError,
    unavailable,
)
from token_issuer.token_cache import TokenCache
from token_issuer.token_request import token_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from audit_trail.trail import AuditTrail
    from secret_store.secret_source import SecretSource
    from token_issuer.cognito_endpoint import TokenEndpoint

    Handler = Callable[[Any, object], dict[str, Any]]

# Short, because only AWSCURRENT makes proofs: the trigger knows the current key and the one before.
BINDING_KEY_AGE_SECONDS = 60.0
_HEADERS = {"Pragma": "no-cache"}  # RFC 6749 section 5.1, beside `Cache-Control: no-store`, which all answers have
_REFUSED_RETRY_SECONDS = 30  # an operator has to put it right


def build_handler(
    environment: Mapping[str, str],
    *,
    endpoint: TokenEndpoint | None = None,
    source: SecretSource | None = None,
    trail: AuditTrail | None = None,
    cache: TokenCache | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    monotonic_clock: Callable[[], float] = time.monotonic,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for a bad one."""
    secrets = source or secret_source(environment)
    issuing = TokenIssuing(
        endpoint=endpoint or CognitoEndpoint(environment["COGNITO_TOKEN_URL"]),
        secrets=ClientSecrets(source=secrets, prefix=environment["CLIENT_SECRETS_PREFIX"], clock=monotonic_clock),
        signing_key=SigningKeyRing(
            source=secrets,
            secret_id=environment["BINDING_KEY_SECRET_ARN"],
            clock=monotonic_clock,
            maximum_age_seconds=BINDING_KEY_AGE_SECONDS,
        ).signing_key,
        cache=cache or TokenCache(clock=clock),
        clock=clock,
    )
    records = trail or audit_trail(environment)
    recorder = DenialRecorder(trail=records, write=write, clock=clock, monotonic_clock=monotonic_clock)
    answers = Answers.of(environment)

    def issue(event: Any, request: Mapping[str, str], about: dict[str, str]) -> tuple[dict[str, Any], str]:
        caller = identified(event)
        about.update(client_id=caller.client_id, certificate=caller.certificate.fingerprint)
        wanted = token_request(event)
        if wanted.client_id is not None and wanted.client_id not in (caller.client_id, caller.app_client_id):
            raise OAuthError(INVALID_CLIENT, "client_id is not the one of the certificate", reason="wrong_client")
        token = issuing.issue(caller, wanted.scopes)
        record = audit_record(
            now=clock(),
            action=ISSUE_TOKEN,
            outcome=SUCCEEDED,
            who=caller.client_id,
            token_id=token.token_id,
            **about,
            **request,
        )
        records.write(record)
        body = {
            "access_token": token.text,
            "token_type": "Bearer",
            "expires_in": token.expires_in,
            "scope": token.scope,
        }
        return answers.json(200, body, _HEADERS), "cached" if token.cached else "obtained"

    def refused(error: Exception, request: Mapping[str, str], about: Mapping[str, str]) -> OAuthError:
        answer, outcome = _answer_for(error)
        if outcome:
            recorder.record(
                audit_record(now=clock(), action=ISSUE_TOKEN, outcome=outcome, reason=answer.reason, **about, **request)
            )
        return answer

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        request = _request_in(event)
        about: dict[str, str] = {}
        detail = ""
        try:
            answer, reason = issue(event, request, about)
            outcome = SUCCEEDED
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is answered, and a defect is told to the log alone
            oauth_error = refused(error, request, about)
            outcome, reason = DENIED if oauth_error.status < 500 else FAILED, oauth_error.reason
            detail = type(error).__name__ if oauth_error.error == SERVER_ERROR else ""
            answer = answers.json(oauth_error.status, oauth_error.body, {**_HEADERS, **oauth_error.headers})
        write(
            count_line(
                "TokenRequests",
                {"outcome": outcome, "reason": reason},
                now=clock(),
                members={
                    "status": answer["statusCode"],
                    "request_id": request["request_id"],
                    "client_id": about.get("client_id", ""),
                    "detail": detail,
                },
            )
        )
        return answer

    return handle_event


def _answer_for(error: Exception) -> tuple[OAuthError, str]:
    """Return the answer, and the outcome to record ("" for what was no request for a token at all)."""
    if isinstance(error, OAuthError):
        return error, DENIED if error.error in (INVALID_CLIENT, INVALID_SCOPE) else ""
    if isinstance(error, NoVerdict):
        return OAuthError(INVALID_CLIENT, "No client is identified", reason=error.reason), DENIED
    if isinstance(error, DependencyUnavailable):
        return unavailable(error.reason), FAILED
    if isinstance(error, ScopeRefused):
        return OAuthError(INVALID_SCOPE, "A scope is not one of this client", reason=error.code), DENIED
    if isinstance(error, IssuerRefused):
        return unavailable(error.code, retry_after=_REFUSED_RETRY_SECONDS), FAILED
    if isinstance(error, (IssuerUnavailable, SecretError, AuditUnavailable)):
        return unavailable(error.code), FAILED
    return OAuthError(SERVER_ERROR, "Internal server error", reason="internal_error"), FAILED


def _request_in(event: Any) -> dict[str, str]:
    try:
        return request_of(event["requestContext"])
    except (KeyError, TypeError):
        return request_of(None)


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
