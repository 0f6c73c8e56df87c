"""The admin routes, `POST /auth` and the guard of `/data` over fakes, wired as API Gateway wires them.

A request runs through the chain; what it allows runs into the function with the chain's context, whose values API
Gateway makes strings of. Nothing else of the event says who is calling.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from api_keys.in_memory_exchange import InMemoryExchange
from api_keys.in_memory_keys import InMemoryKeys
from api_keys.key_repository import StoreUnavailable
from api_keys.records import Customer
from audit_trail.in_memory_trail import InMemoryTrail
from authorizer.chain import load_chain
from jwt_verification.base64url import decode, encode
from key_exchange.handler import build_handler as build_exchange
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tenant_keys.handler import build_handler as build_admin
from tests.functions.support import (
    HELLO_CHAIN,
    LAMBDA_CONTEXT,
    RAW_KEY,
    STAGE_ARN,
    Authorizer,
    Clock,
    signing_key_version,
)
from tests.support.openapi import check_answer

CHAINS = HELLO_CHAIN.parent
ADMIN_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:dev-admin-api-key-AbCdEf"
SIGNING_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:dev-tenant-signing-key-AbCdEf"
ISSUER, AUDIENCE, ORIGIN = "tenant-api", "tenant-data", "https://app.example.com"
SETTINGS = {
    "ADMIN_KEY_SECRET_ARN": ADMIN_ARN,
    "SIGNING_KEY_SECRET_ARN": SIGNING_ARN,
    "TOKEN_ISSUER": ISSUER,
    "TOKEN_AUDIENCE": AUDIENCE,
    "API_KEYS_TABLE": "ApiKeys",
    "LOCKOUTS_TABLE": "KeyExchangeLockouts",
    "AUDIT_LOG_GROUP": "/gatehouse/audit",
    "CORS_ALLOW_ORIGIN": ORIGIN,
    "LOCKOUT_SOURCE_FAILURES": "6",
    "LOCKOUT_KEY_FAILURES": "4",
    "LOCKOUT_SECONDS": "300",
    "REVOCATION_CACHE_SECONDS": "30",
}
SOURCE, OTHER_SOURCE = "192.0.2.10", "198.51.100.7"
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
INVALID = {"error": "Invalid API key"}
DOWN = StoreUnavailable("GetItem: down")


def admin_key_version(number: int) -> SecretVersion:
    """A version of the admin key secret as the rotation function writes it."""
    return SecretVersion(version_id=f"admin-version-{number}", value=encode(bytes([number]) * 32).decode())


class Answer:
    """What a caller gets; `denial` is the reason where the authorizer let nobody in."""

    def __init__(self, *, status: int, headers: Mapping[str, str], body: Any, denial: str = "") -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.denial = denial

    def __repr__(self) -> str:
        return f"<{self.status} {self.denial} {json.dumps(self.body)}>"


def event(
    method: str,
    resource: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    source: Any = SOURCE,
    path_parameters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An event of a proxy integration; a body that is no text is sent as JSON, with its Content-Type and length."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    sent = dict(headers or {})
    if text is not None:
        sent = {"Content-Type": "application/json", "Content-Length": str(len(text.encode())), **sent}
    path = resource
    for name, value in (path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": dict(path_parameters) if path_parameters else None,
        "stageVariables": None,
        "requestContext": {"requestId": REQUEST_ID, "identity": {"sourceIp": source}},
        "body": text,
        "isBase64Encoded": False,
    }


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token."""
    header, payload, _ = token.encode().split(b".")
    return json.loads(decode(header)), json.loads(decode(payload))


class World:
    """Everything before and behind the key routes, with clocks that stand still."""

    def __init__(self, **settings: str) -> None:
        self.settings = {**SETTINGS, **settings}
        self.clock, self.monotonic_clock = Clock(), Clock(0)
        self.keys, self.trail = InMemoryKeys(), InMemoryTrail()
        self.exchange_store = InMemoryExchange(self.keys)
        self.secrets = InMemorySecrets(
            {(ADMIN_ARN, "AWSCURRENT"): admin_key_version(1), (SIGNING_ARN, "AWSCURRENT"): signing_key_version()}
        )
        self.customer_reads: list[str] = []
        self.customers_failure: Exception | None = None
        self.log: list[str] = []
        self.pauses: list[float] = []
        self.admin_function = build_admin(
            self.settings,
            repository=self.keys,
            trail=self.trail,
            write=self.log.append,
            clock=self.clock,
            monotonic_clock=self.monotonic_clock,
            pause=self.pauses.append,
        )
        self.exchange_function = build_exchange(
            self.settings,
            store=self.exchange_store,
            source=self.secrets,
            trail=self.trail,
            write=self.log.append,
            clock=self.clock,
            monotonic_clock=self.monotonic_clock,
        )

    @cached_property
    def admin_authorizer(self) -> Authorizer:
        """The worker before the admin routes. Like the other two loaded when it is asked for: few tests need all."""
        return self.authorizer("admin_key")

    @cached_property
    def exchange_authorizer(self) -> Authorizer:
        """The worker before `POST /auth`."""
        return self.authorizer("key_exchange")

    @cached_property
    def data_authorizer(self) -> Authorizer:
        """The worker before `/data`."""
        return self.authorizer("tenant_token")

    def given(self) -> dict[str, Any]:
        """What the chains' plugins are given, by name."""
        return {
            "environment": self.settings,
            "secret_source": self.secrets,
            "audit_trail": self.trail,
            "exchange_store": self.exchange_store,
            "read_customer": self.read_customer,
            "clock": self.clock,
            "monotonic_clock": self.monotonic_clock,
        }

    def authorizer(self, chain: str, **instead: Any) -> Authorizer:
        """A new worker of the authorizer with this chain; `instead` replaces what plugins are given, by name."""
        loaded = load_chain(str(CHAINS / chain), {**self.given(), **instead})
        assert loaded.fault is None, loaded.fault
        return Authorizer(loaded, self.clock, not_authenticated_answer="deny")

    def read_customer(self, customer_id: str) -> Customer | None:
        """What the chain of `/data` reads."""
        self.customer_reads.append(customer_id)
        if self.customers_failure is not None:
            raise self.customers_failure
        return self.keys.customers.get(customer_id)

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self.clock.now += seconds
        self.monotonic_clock.now += seconds

    def admin_key(self, number: int = 1) -> str:
        """The text of an admin key."""
        return admin_key_version(number).value

    def rotate_admin_key(self, number: int) -> None:
        """What a rotation of the admin key leaves behind."""
        self.secrets.rotate(ADMIN_ARN, admin_key_version(number))

    def rotate_signing_key(self, number: int) -> None:
        """What a rotation of the signing key leaves behind."""
        raw_key = bytes([number]) * len(RAW_KEY)
        self.secrets.rotate(SIGNING_ARN, signing_key_version(f"7c9e6679-7425-40de-944b-e07fc1f9{number:04}", raw_key))

    def call(self, authorizer: Authorizer, function: Any, sent: dict[str, Any]) -> Answer:
        """What API Gateway answers: the authorizer's denial, or the function's answer."""
        context = authorization(authorizer, sent)
        if isinstance(context, Answer):
            return context
        sent["requestContext"]["authorizer"] = context
        raw = function(sent, LAMBDA_CONTEXT)
        assert raw["headers"]["Access-Control-Allow-Origin"] == ORIGIN
        assert raw["headers"]["Content-Type"] == "application/json"
        check_answer(sent["httpMethod"], sent["resource"], raw["statusCode"], raw["headers"], raw["body"])
        return Answer(status=raw["statusCode"], headers=raw["headers"], body=json.loads(raw["body"]))

    def admin(
        self, method: str, resource: str = "/admin/keys", *, key: str | None = None, body: object = None, **path: str
    ) -> Answer:
        """A request to the admin routes, with the current admin key unless another is given ("" for none)."""
        headers = {"X-Admin-API-Key": self.admin_key() if key is None else key} if key != "" else {}
        sent = event(method, resource, headers=headers, body=body, path_parameters=path)
        return self.call(self.admin_authorizer, self.admin_function, sent)

    def create(self, customer_id: str = "customer-123", **members: Any) -> str:
        """A new key's text."""
        body = {"customer_id": customer_id, "customer_name": "Customer Name", **members}
        answer = self.admin("POST", body=body)
        assert answer.status == 201, answer
        return answer.body["api_key"]

    def listing(self, customer_id: str = "customer-123") -> Any:
        """The body of a listing."""
        answer = self.admin("GET", "/admin/keys/{customer_id}", customer_id=customer_id)
        assert answer.status == 200, answer
        return answer.body

    def revoke(self, customer_id: str = "customer-123", key_id: str | None = None) -> Answer:
        """Revoke a customer, or one key."""
        if key_id is None:
            return self.admin("DELETE", "/admin/keys/{customer_id}", customer_id=customer_id)
        return self.admin("DELETE", "/admin/keys/{customer_id}/{key_id}", customer_id=customer_id, key_id=key_id)

    def auth(
        self, api_key: object = None, *, body: object = None, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> Answer:
        """A request to `POST /auth`, with the key in the body."""
        body = {"api_key": api_key} if body is None and api_key is not None else body
        sent = event("POST", "/auth", headers=headers, body=body, **parts)
        return self.call(self.exchange_authorizer, self.exchange_function, sent)

    def auth_by_header(self, api_key: str, **parts: Any) -> Answer:
        """A request to `POST /auth` without a body, with the key in the header."""
        return self.auth(headers={"X-API-Key": api_key}, **parts)

    def token(self, api_key: str) -> str:
        """A token."""
        answer = self.auth(api_key)
        assert answer.status == 200, answer
        return answer.body["token"]

    def data(self, token: str, method: str = "GET", resource: str = "/data") -> dict[str, str] | Answer:
        """What the chain of `/data` gives the data function, or the denial."""
        return authorization(
            self.data_authorizer, event(method, resource, headers={"Authorization": f"Bearer {token}"})
        )

    def refused(self, token: str) -> str:
        """The reason why the chain of `/data` lets a token not in."""
        answer = self.data(token)
        assert isinstance(answer, Answer), answer
        return answer.denial

    @property
    def audited(self) -> list[tuple[str, str, str]]:
        """Action, outcome and reason of every audit record."""
        return [(record["action"], record["outcome"], record["reason"]) for record in self.trail.records]

    def metrics(self, name: str) -> list[dict[str, Any]]:
        """The lines of a metric in the functions' logs."""
        return [record for line in self.log if name in (record := json.loads(line))]


def authorization(authorizer: Authorizer, sent: dict[str, Any]) -> dict[str, str] | Answer:
    """The context that the function gets, values as strings, or the denial."""
    asked = {**sent, "type": "REQUEST", "methodArn": f"{STAGE_ARN}/{sent['httpMethod']}{sent['path']}"}
    answer = authorizer.answers(asked)
    reason = authorizer.last_record["reason"]
    if answer is None:
        return Answer(status=401, headers={}, body={"message": "Unauthorized"}, denial=reason)
    statement = answer["policyDocument"]["Statement"][0]
    if reason != "allowed":
        message = f"Unauthorized: {answer['context']['message']}"
        return Answer(status=401, headers={}, body={"message": message}, denial=reason)
    assert statement["Effect"] == "Allow"
    context = {name: str(value) for name, value in answer["context"].items()}
    return {**context, "principalId": answer["principalId"]}
