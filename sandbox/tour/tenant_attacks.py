"""The cross-tenant attacks over HTTP: every operation x every way to name another tenant's row.

The operations and the ways are the data function's own list (`tenant_data.operations`): a new operation is attacked
without a change here, and a way that nothing here knows fails loudly. Each attempt is made by a tenant with a good
token of its own, whose name looks like the victim's.
"""

import base64
import json
import runpy
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from sandbox.tour.caller import Answer
from sandbox.tour.check import Check
from sandbox.tour.tenants import Tenant

# Read as the list that it is, not imported: the tour shares no code with the product.
OPERATIONS_FILE = Path(__file__).resolve().parents[2] / "functions" / "tenant_data" / "operations.py"
HELD = "nothing of the victim's"
WORDS = "the-victims-own-words"  # in every row of the victim that is attacked
SUCCESS = range(200, 300)
SERVER_ERROR = 500
Row = Mapping[str, Any]


class Operation(Protocol):
    """What the tour reads of an operation."""

    method: str
    resource: str
    rows_from: tuple[str, ...]


Attempt = Callable[[Tenant, Tenant, Row, Operation], Iterator[tuple[str, Answer]]]


def operations() -> tuple[Operation, ...]:
    """The data function's own list."""
    return runpy.run_path(str(OPERATIONS_FILE))["OPERATIONS"]


def attacks(victim: Tenant, attacker: Tenant, row: Row) -> Iterator[Check]:
    """Every attempt, with what came of it; `row` is one of the victim's."""
    for operation in operations():
        for way in operation.rows_from:
            for sent, answer in WAYS[way](victim, attacker, row, operation):
                yield held(f"{operation.method} {operation.resource}: {sent}", attacker, row, answer)
        for sent, answer in forged_tokens(victim, attacker, row, operation):
            yield Check(
                sent=f"{operation.method} {operation.resource}: {sent}", expected="401", received=str(answer.status)
            )
    for sent, key in stolen_keys(victim, attacker):
        answer = attacker.api.exchange(key)
        yield Check(
            sent=f"POST /auth: {sent}",
            expected='401 {"error": "Invalid API key"}',
            received=f"{answer.status} {answer.body}",
        )


def held(sent: str, attacker: Tenant, row: Row, answer: Answer) -> Check:
    """Whether the answer holds anything of the victim's; a success must be about the attacker's own rows."""
    success = answer.status in SUCCESS
    named = success and row["data_id"] in answer.body  # a refusal may repeat what the attacker has sent
    foreign = set(_members(answer.document, "customer_id")) - {attacker.customer_id}
    leaked = WORDS in answer.body or named or foreign or answer.status >= SERVER_ERROR
    received = f"{answer.status} {answer.body}" if leaked else HELD
    return Check(sent=f"{sent} -> {answer.status}", expected=HELD, received=received)


def _members(document: Any, name: str) -> Iterator[str]:
    """The values of every member with that name, at any depth."""
    if isinstance(document, dict):
        members = cast("dict[str, Any]", document)
        yield from (str(value) for member, value in members.items() if member == name)
        for value in members.values():
            yield from _members(value, name)
    elif isinstance(document, list):
        for value in cast("list[Any]", document):
            yield from _members(value, name)


def _path(operation: Operation, data_id: str) -> str:
    return operation.resource.replace("{data_id}", data_id)


def _body(operation: Operation) -> dict[str, Any] | None:
    return {"PUT": {"name": "taken", "version": 2}, "POST": {"name": "taken"}}.get(operation.method)


def by_path(victim: Tenant, attacker: Tenant, row: Row, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """The victim's `data_id`, alone and in every dress."""
    data_id, customer_id = row["data_id"], victim.customer_id
    for what, named in (
        ("its data_id", data_id),
        ("its customer before its data_id", f"{customer_id}%23{data_id}"),
        ("its customer as a folder", f"{customer_id}%2F{data_id}"),
        ("a way up to it", f"..%2F{customer_id}%2F{data_id}"),
        ("its data_id and a null byte", f"{data_id}%00"),
        ("its data_id in capitals", data_id.upper()),
    ):
        yield what, attacker.send(operation.method, _path(operation, named), _body(operation))


def by_query(victim: Tenant, attacker: Tenant, _row: Row, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """The victim's `nextToken`, and a customer where none is asked for."""
    page = victim.send("GET", "/data?limit=1").document
    token: str = page["nextToken"]
    yield "its nextToken", attacker.send(operation.method, f"{operation.resource}?nextToken={token}")
    tampered = f"{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}"
    yield "its nextToken, changed", attacker.send(operation.method, f"{operation.resource}?nextToken={tampered}")
    plain = base64.urlsafe_b64encode(json.dumps({"customer_id": victim.customer_id, "data_id": ""}).encode()).decode()
    yield "a nextToken of my own", attacker.send(operation.method, f"{operation.resource}?nextToken={plain}")
    named = f"{operation.resource}?customer_id={victim.customer_id}"
    yield "its name in the query", attacker.send(operation.method, named)


def by_body(victim: Tenant, attacker: Tenant, row: Row, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """The victim's name in the body."""
    body = {**(_body(operation) or {}), "customer_id": victim.customer_id}
    yield "its name in the body", attacker.send(operation.method, _path(operation, row["data_id"]), body)
    body = {**(_body(operation) or {}), "data_id": row["data_id"]}
    yield "its data_id in the body", attacker.send(operation.method, _path(operation, row["data_id"]), body)
    twice = (
        json.dumps(body)[:-1] + f', "customer_id": "{attacker.customer_id}", "customer_id": "{victim.customer_id}"}}'
    )
    yield "two names in the body", attacker.send(operation.method, _path(operation, row["data_id"]), twice)


def by_idempotency_key(
    victim: Tenant, attacker: Tenant, _row: Row, operation: Operation
) -> Iterator[tuple[str, Answer]]:
    """A key that the victim has used: the attacker gets a row of its own, not the victim's answer."""
    used = {"Idempotency-Key": secrets.token_hex(8)}
    first = victim.send(operation.method, operation.resource, {"secret": WORDS}, used)
    data_id = first.document["item"]["data_id"]
    yield (
        "an Idempotency-Key that it has used",
        attacker.send(operation.method, operation.resource, {"secret": "attackers-words"}, used),
    )
    victim.send("DELETE", f"/data/{data_id}")


def by_entity_tag(_victim: Tenant, attacker: Tenant, row: Row, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """The version that the victim's row has, and every version."""
    body = {"name": "taken"} if operation.method == "PUT" else None
    for tag in (f'"{row["version"]}"', "*"):
        sent = attacker.send(operation.method, _path(operation, row["data_id"]), body, {"If-Match": tag})
        yield f"its data_id with If-Match {tag}", sent


WAYS: Mapping[str, Attempt] = {
    "path:data_id": by_path,
    "query:nextToken": by_query,
    "header:Idempotency-Key": by_idempotency_key,
    "header:If-Match": by_entity_tag,
    "body": by_body,
}


def forged_tokens(victim: Tenant, attacker: Tenant, row: Row, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """The attacker's token with the victim's name in it, and other tokens that nobody here has signed."""
    head, claims, signature = attacker.token.split(".")
    document = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    forged = _part({**document, "customer_id": victim.customer_id, "sub": victim.customer_id})
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    for what, token in (
        ("my token with its name", f"{head}.{forged}.{signature}"),
        ("its claims without a signature", f"{_part({**header, 'alg': 'none'})}.{forged}."),
        ("its claims with the head of its own token", f"{victim.token.split('.')[0]}.{forged}.{signature}"),
    ):
        bearer = {"Authorization": f"Bearer {token}"}
        yield what, attacker.send(operation.method, _path(operation, row["data_id"]), _body(operation), bearer)


def stolen_keys(victim: Tenant, attacker: Tenant) -> Iterator[tuple[str, str]]:
    """Keys that are put together from two."""
    victims_id, _, victims_secret = victim.api_key.partition(".")
    attackers_id, _, attackers_secret = attacker.api_key.partition(".")
    yield "its key id with my secret", f"{victims_id}.{attackers_secret}"
    yield "my key id with its secret", f"{attackers_id}.{victims_secret}"
    yield "its key without the last character", victim.api_key[:-1]


def _part(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
