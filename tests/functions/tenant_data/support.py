"""The tenant data function over fakes, events as API Gateway sends them, and customers who look alike."""

import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api_responses.answers import Answers
from audit_trail.denials import DenialRecorder
from audit_trail.in_memory_trail import InMemoryTrail
from jwt_verification.base64url import encode
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from secret_store.signing_key_ring import SigningKeyRing
from tenant_data.handler import handler_of
from tenant_data.in_memory_repository import InMemoryRepository
from tenant_data.page_tokens import PageTokens
from tenant_data.request_log import RequestLog
from tenant_usage.in_memory_usage import InMemoryUsage
from tests.functions.support import NOW, Clock
from tests.support.openapi import check_answer, contract

if TYPE_CHECKING:  # ports exist for the type checker only
    from tenant_data.repository import TenantRepository
    from tenant_usage.usage import TenantUsage

ORIGIN = "https://app.example.com"
PAGE_KEY_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:page-token-key-AbCdEf"
LIMIT = 1_000
ACME = "acme"
TOKEN_ENDS = "253402300799"  # after every clock of a test
# Customers that a careless prefix, separator, trim, case fold or normalization would take for `acme`.
LOOK_ALIKES = ("acme-1", "acme.", "acme_", "ACME", "Acme", "acme1", "acm", "a", "acme-acme")


def page_key(number: int = 0) -> SecretVersion:
    """A version of the page token key."""
    value = json.dumps({"algorithm": "HS256", "key": encode(bytes([number]) * 32).decode()})
    return SecretVersion(version_id=f"7c9e6679-7425-40de-944b-e07fc1f9{number:04}", value=value)


def event(
    method: str,
    resource: str = "/data",
    *,
    customer: str | None = ACME,
    data_id: str | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A proxy event; a body that is no text or bytes is sent as JSON, with its Content-Type."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    sent = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
    resource = "/data/{data_id}" if data_id is not None else resource
    context = (
        {}
        if customer is None
        else {"customer_id": customer, "key_id": "k", "principalId": customer, "expires_at": TOKEN_ENDS}
    )
    return {
        "resource": resource,
        "path": "/data" if data_id is None else f"/data/{data_id}",
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": None if data_id is None else {"data_id": data_id},
        "stageVariables": None,
        "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "authorizer": context},
        "body": text,
        "isBase64Encoded": False,
    }


class Answer:
    """An answer of the function, read."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.status: int = raw["statusCode"]
        self.headers: dict[str, str] = raw["headers"]
        self.text: str = raw["body"]
        self.body: Any = json.loads(self.text)

    @property
    def item(self) -> Any:
        """The item of a write's answer."""
        return self.body["item"]

    def __repr__(self) -> str:
        return f"<{self.status} {self.text}>"


class TenantData:
    """The function over fakes and a clock that stands still."""

    def __init__(
        self, *, repository: "TenantRepository | None" = None, usage: "TenantUsage | None" = None, limit: int = LIMIT
    ) -> None:
        self.clock = Clock()
        self.key_clock = Clock(0)
        self.rows = InMemoryRepository(clock=self.clock)
        self.usage = InMemoryUsage(requests_per_minute=limit, clock=self.clock)
        self.secrets = InMemorySecrets({(PAGE_KEY_ARN, "AWSCURRENT"): page_key()})
        self.log: list[str] = []
        self.trail = InMemoryTrail()
        self.lost_records: list[str] = []
        ids = (f"00000000-0000-4000-8000-{number:012}" for number in itertools.count(1))
        self.handle = handler_of(
            repository=repository or self.rows,
            usage=usage or self.usage,
            page_tokens=PageTokens(
                keys=SigningKeyRing(source=self.secrets, secret_id=PAGE_KEY_ARN, clock=self.key_clock),
                clock=self.clock,
            ),
            answers=Answers(allow_origin=ORIGIN),
            log=RequestLog(function="tenant-data", write=self.log.append, clock=self.clock),
            denials=DenialRecorder(
                trail=self.trail, clock=self.clock, monotonic_clock=self.clock, write=self.lost_records.append
            ),
            clock=self.clock,
            new_id=lambda: next(ids),
        )

    def send(self, sent: object) -> Answer:
        """The answer to an event; every one of them is logged, carries CORS and is as the contract says."""
        lines = len(self.log)
        answer = Answer(self.handle(sent, None))
        assert len(self.log) > lines
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Content-Type"] == "application/json"
        operation = _operation_of(sent)
        if operation is not None:
            check_answer(*operation, answer.status, answer.headers, answer.text)
        return answer

    def __call__(self, method: str, resource: str = "/data", **parts: Any) -> Answer:
        """The answer to a request made of parts (see `event`)."""
        return self.send(event(method, resource, **parts))

    def create(self, customer: str = ACME, **fields: Any) -> Any:
        """A new item."""
        answer = self("POST", customer=customer, body=fields or {"name": "one"})
        assert answer.status == 201, answer
        return answer.item

    @property
    def last_record(self) -> dict[str, Any]:
        """The last line of the log."""
        return json.loads(self.log[-1])


def _operation_of(sent: Any) -> tuple[str, str] | None:
    """The documented operation that an event is for, None for any other event."""
    try:
        operation = (sent["httpMethod"], sent["resource"])
        return operation if operation in contract().operations else None
    except (KeyError, TypeError):
        return None


__all__ = ["ACME", "LOOK_ALIKES", "NOW", "ORIGIN", "Answer", "TenantData", "event", "page_key"]
