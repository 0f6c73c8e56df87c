"""The partner API over fakes, wired as API Gateway wires it: chain, then function, nothing else of the event believed.

Cognito is its trigger and a signature: an access token comes to be only where the trigger lets it.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from audit_trail.in_memory_trail import InMemoryTrail
from authorizer.chain import load_chain
from certificate_health.handler import build_handler as build_health
from client_certificates import changes
from client_certificates.certificate import Certificate
from client_certificates.in_memory_registry import InMemoryRegistry
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from pre_token_generation.handler import build_handler as build_trigger
from protected.handler import build_handler as build_protected
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions import issuer
from tests.functions.partners.authority import Authority, certificate, client_cert
from tests.functions.support import (
    HELLO_CHAIN,
    LAMBDA_CONTEXT,
    RAW_KEY,
    STAGE_ARN,
    Authorizer,
    Clock,
    signing_key_version,
)
from token_issuer.client_secrets import AppClientSecret
from token_issuer.cognito_endpoint import IssuerRefused, ObtainedToken
from token_issuer.handler import build_handler as build_token
from token_issuer.in_memory_endpoint import InMemoryEndpoint

CHAINS = HELLO_CHAIN.parent
BINDING_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:dev-binding-key-AbCdEf"
POOL = "https://cognito-idp.ap-southeast-3.amazonaws.com/ap-southeast-3_EXAMPLE"
READ, WRITE = "partner-api/read", "partner-api/write"
SETTINGS = {
    "CLIENT_REGISTRY_TABLE": "ClientRegistry",
    "AUDIT_LOG_GROUP": "/gatehouse/audit",
    "COGNITO_TOKEN_URL": "https://dev-partners.auth.ap-southeast-3.amazoncognito.com/oauth2/token",
    "CLIENT_SECRETS_PREFIX": "gatehouse/dev/partner/",
    "BINDING_KEY_SECRET_ARN": BINDING_ARN,
    "TOKEN_ISSUER": POOL,
    "JWKS_URL": f"{POOL}/.well-known/jwks.json",
    "REQUIRED_SCOPES": READ,
}
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
LIFETIME = 900
KEYS = issuer.jwk_set(issuer.public_jwk("RS256"))


class Answer:
    """What a caller gets; `denial` is the authorizer's reason, `status` 401 or 403 then."""

    def __init__(self, *, status: int, headers: Mapping[str, str], body: Any, denial: str = "") -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.denial = denial

    def __repr__(self) -> str:
        return f"<{self.status} {self.denial} {json.dumps(self.body)}>"


def event(
    method: str,
    path: str,
    *,
    pem: str | None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    """An event of a proxy integration behind the mutual TLS domain."""
    identity: dict[str, Any] = {"sourceIp": "192.0.2.10"}
    if pem is not None:
        identity["clientCert"] = client_cert(pem)
    sent = dict(headers or {})
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"requestId": REQUEST_ID, "identity": identity},
        "body": body,
        "isBase64Encoded": False,
    }


class World:
    """Everything before and behind the partner API, with clocks that stand still."""

    def __init__(self, **settings: str) -> None:
        self.settings = {**SETTINGS, **settings}
        self.clock, self.monotonic_clock = Clock(), Clock(0)
        self.registry, self.trail = InMemoryRegistry(), InMemoryTrail()
        self.secrets = InMemorySecrets({(BINDING_ARN, "AWSCURRENT"): signing_key_version()})
        self.key_sets = InMemoryKeySets({self.settings["JWKS_URL"]: KEYS})
        self.authority = Authority()
        self.log: list[str] = []
        self.reached: list[str] = []
        times: dict[str, Any] = {"clock": self.clock, "monotonic_clock": self.monotonic_clock}
        self.trigger = build_trigger(self.settings, source=self.secrets, write=self.log.append, **times)
        self.cognito = InMemoryEndpoint(self.cognito_token)
        self.trigger_attached = True
        self.cognito_secrets: dict[str, str] = {}
        self.functions = {
            "/token": build_token(
                self.settings,
                endpoint=self.cognito,
                source=self.secrets,
                trail=self.trail,
                write=self.log.append,
                **times,
            ),
            "/health": build_health(self.settings, write=self.log.append, clock=self.clock),
            "/protected": build_protected(self.settings, write=self.log.append, clock=self.clock),
        }
        by_certificate, by_token = self._authorizer("client_certificate"), self._authorizer("bound_token")
        self.authorizers = {"/token": by_certificate, "/health": by_certificate, "/protected": by_token}

    def given(self) -> dict[str, Any]:
        """What the chains' plugins are given, by name."""
        return {
            "environment": self.settings,
            "audit_trail": self.trail,
            "certificate_lookup": self.registry,
            "issuer_keys": jwks_key_source(
                self.settings["JWKS_URL"],
                rules=JwkRules(algorithms=["RS256"]),
                fetcher=self.key_sets,
                clock=self.monotonic_clock,
            ),
            "clock": self.clock,
            "monotonic_clock": self.monotonic_clock,
        }

    def _authorizer(self, chain: str) -> Authorizer:
        loaded = load_chain(str(CHAINS / chain), self.given())
        assert loaded.fault is None, loaded.fault
        return Authorizer(loaded, self.clock)

    # -- operators

    def register(self, pem: str, client_id: str = "acme", *, scopes: tuple[str, ...] = (READ, WRITE)) -> Certificate:
        """Register a certificate, and its client with an app client and a secret where there is none yet."""
        read = certificate(pem)
        entry = self.registry.load(client_id)
        if entry is None:
            app_client_id = f"app-{client_id}"
            entry = changes.new_client(
                client_id, name=client_id, app_client_id=app_client_id, scopes=scopes, now=int(self.clock.now)
            )
            self.set_secret(client_id, f"secret-of-{client_id}")
        self.registry.commit(changes.certificate_added(entry, read, now=int(self.clock.now)))
        return read

    def set_secret(self, client_id: str, value: str, *, at_cognito: bool = True) -> None:
        """Store an app client's secret, at Cognito as well unless told otherwise."""
        app_client_id = f"app-{client_id}"
        if at_cognito:
            self.cognito_secrets[app_client_id] = value
        self.secrets.versions[f"{self.settings['CLIENT_SECRETS_PREFIX']}{client_id}", "AWSCURRENT"] = SecretVersion(
            version_id=uuid.uuid4().hex, value=json.dumps({"client_id": app_client_id, "client_secret": value})
        )

    def set_status(self, read: Certificate, status: str, client_id: str = "acme") -> None:
        """Suspend, resume or revoke a certificate."""
        entry = self.registry.load(client_id)
        assert entry is not None
        change = changes.certificate_status_changed(
            entry, read.fingerprint, status, reason="test", now=int(self.clock.now)
        )
        assert change is not None
        self.registry.commit(change)

    def set_client_status(self, status: str, client_id: str = "acme") -> None:
        """Suspend or resume a client."""
        entry = self.registry.load(client_id)
        assert entry is not None
        change = changes.client_status_changed(entry, status, reason="test", now=int(self.clock.now))
        assert change is not None
        self.registry.commit(change)

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self.clock.now += seconds
        self.monotonic_clock.now += seconds

    def rotate_binding_key(self, number: int) -> None:
        """What a rotation of the binding key leaves behind."""
        raw_key = bytes([number]) * len(RAW_KEY)
        self.secrets.rotate(BINDING_ARN, signing_key_version(f"7c9e6679-7425-40de-944b-e07fc1f9{number:04}", raw_key))

    # -- Cognito

    def cognito_token(self, secret: AppClientSecret, scope: str, metadata: Mapping[str, str]) -> ObtainedToken:
        """What Cognito does with a request for a token, its trigger included."""
        claims = self.claims(client_id=secret.app_client_id, scope=scope)
        if self.trigger_attached:
            try:
                answer = self.trigger(self.trigger_event(secret.app_client_id, scope.split(), metadata), None)
            except Exception as refused:  # noqa: BLE001 -- Cognito, too, goes by no class of ours
                raise IssuerRefused(str(refused)) from None
            details = answer["response"]["claimsAndScopeOverrideDetails"]
            claims |= details["accessTokenGeneration"]["claimsToAddOrOverride"]
        return ObtainedToken(text=self.token(claims), expires_in=LIFETIME)

    def trigger_event(
        self, app_client_id: str, scopes: list[str], metadata: Mapping[str, Any] | None, **members: Any
    ) -> dict[str, Any]:
        """The event of Cognito's trigger, as its developer guide shows it."""
        return {
            "version": "3",
            "triggerSource": "TokenGeneration_ClientCredentials",
            "region": "ap-southeast-3",
            "userPoolId": "ap-southeast-3_EXAMPLE",
            "userName": "ClientCredentials",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": app_client_id},
            "request": {
                "userAttributes": {},
                "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None},
                "scopes": scopes,
                **({} if metadata is None else {"clientMetadata": dict(metadata)}),
            },
            "response": {"claimsAndScopeOverrideDetails": None},
            **members,
        }

    def claims(self, **members: Any) -> dict[str, Any]:
        """Claims of an access token as Cognito makes them for a machine, with members replaced or added."""
        now = int(self.clock.now)
        client_id = members.get("client_id", "app-acme")
        return {
            "sub": client_id,
            "token_use": "access",
            "scope": f"{READ} {WRITE}",
            "auth_time": now,
            "iss": POOL,
            "exp": now + LIFETIME,
            "iat": now,
            "version": 2,
            "jti": str(uuid.uuid4()),
            "client_id": client_id,
            **members,
        }

    def token(self, claims: Mapping[str, Any], **parts: Any) -> str:
        """A token of the pool with these claims; Cognito's header has no `typ`."""
        return issuer.token("RS256", header_part={"kid": issuer.KEY_ID, "alg": "RS256"}, payload=claims, **parts)

    def bound_token(self, read: Certificate, **members: Any) -> str:
        """A good token for a certificate, with claims replaced or added."""
        return self.token(self.claims(**{"cnf": {"x5t#S256": read.thumbprint}, **members}))

    # -- callers

    def call(
        self,
        method: str,
        path: str,
        *,
        pem: str | None,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> Answer:
        """What API Gateway answers: 401 or 403 of the authorizer, or the function's answer."""
        sent = event(method, path, pem=pem, headers=headers, body=body)
        authorizer = self.authorizers[path]
        answer = authorizer.answers({**sent, "type": "REQUEST", "methodArn": f"{STAGE_ARN}/{method}{path}"})
        reason = authorizer.last_record["reason"]
        if answer is None:
            return Answer(status=401, headers={}, body={"message": "Unauthorized"}, denial=reason)
        if answer["policyDocument"]["Statement"][0]["Effect"] == "Deny":
            return Answer(status=403, headers={}, body={"message": answer["context"]["message"]}, denial=reason)
        context = {name: str(value) for name, value in answer["context"].items()}
        sent["requestContext"]["authorizer"] = {**context, "principalId": answer["principalId"]}
        self.reached.append(path)
        raw = self.functions[path](sent, LAMBDA_CONTEXT)
        assert raw["headers"]["Cache-Control"] == "no-store"
        return Answer(status=raw["statusCode"], headers=raw["headers"], body=json.loads(raw["body"]))

    def post_token(self, pem: str | None, **parameters: str) -> Answer:
        """`POST /token` with a form."""
        return self.post_form(pem, urlencode({"grant_type": "client_credentials", **parameters}))

    def post_form(
        self, pem: str | None, form: str, *, content_type: str = "application/x-www-form-urlencoded", **headers: str
    ) -> Answer:
        """`POST /token` with a body as it is."""
        return self.call("POST", "/token", pem=pem, headers={"Content-Type": content_type, **headers}, body=form)

    def health(self, pem: str | None) -> Answer:
        """`GET /health`."""
        return self.call("GET", "/health", pem=pem)

    def protected(self, pem: str | None, token: str | None, **headers: str) -> Answer:
        """`GET /protected`."""
        authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.call("GET", "/protected", pem=pem, headers={**authorization, **headers})

    @property
    def audited(self) -> list[tuple[str, str, str]]:
        """Action, outcome and reason of every audit record."""
        return [(record["action"], record["outcome"], record["reason"]) for record in self.trail.records]

    def metrics(self, name: str) -> list[dict[str, Any]]:
        """The lines of a metric in the functions' logs."""
        return [record for line in self.log if name in (record := json.loads(line))]
