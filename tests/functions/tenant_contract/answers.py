"""One way at least to each documented answer of each operation, over the fakes of the functions' own tests.

Each maker answers what a caller gets: out of the chain of plugins where that denies, else out of the function.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from api_keys.key_repository import StoreUnavailable
from api_keys.key_text import new_key
from api_keys.records import MAXIMUM_LIVE_KEYS
from audit_trail.trail import AuditUnavailable
from aws_calls.errors import Denied, Throttled
from secret_store.errors import SecretUnavailable
from tenant_data.repository import WriteInProgress
from tests.functions.keys import world as keys
from tests.functions.keys.world import World
from tests.functions.support import LAMBDA_CONTEXT
from tests.functions.tenant_data import support as data
from tests.functions.tenant_data.support import TenantData

CUSTOMER, CUSTOMERS = "/admin/keys/{customer_id}", "/admin/keys"
KEY = "/admin/keys/{customer_id}/{key_id}"
ITEMS, ITEM = "/data", "/data/{data_id}"
UNKNOWN_KEY_ID = "0f8fad5bd9cb469fa16570867728950e"
ID = "00000000-0000-4000-8000-000000000001"
NEW = {"customer_id": "customer-123", "customer_name": "Customer Name"}
ONCE = {"Idempotency-Key": "order-4711"}
PATHS: Mapping[str, Mapping[str, str]] = {
    CUSTOMERS: {},
    CUSTOMER: {"customer_id": "customer-123"},
    KEY: {"customer_id": "customer-123", "key_id": UNKNOWN_KEY_ID},
}


class Sent:
    """An answer as it goes over the wire."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body


Maker = Callable[[], Sent]


def _of_keys(answer: keys.Answer) -> Sent:
    """API Gateway answers a chain's denial itself: its header is its own, and the body what the chain has said."""
    headers = {"Content-Type": "application/json", "WWW-Authenticate": "Bearer"} if answer.denial else answer.headers
    return Sent(answer.status, headers, json.dumps(answer.body))


def _of_data(answer: data.Answer) -> Sent:
    return Sent(answer.status, answer.headers, answer.text)


def _of_function(raw: Mapping[str, Any]) -> Sent:
    return Sent(raw["statusCode"], raw["headers"], raw["body"])


def _admin(method: str, resource: str, prepare: Callable[[World], object] = id, **parts: Any) -> Maker:
    def make() -> Sent:
        world = World()
        prepare(world)
        return _of_keys(world.admin(method, resource, **{**PATHS[resource], **parts}))

    return make


def _not_admin(method: str, resource: str) -> Maker:
    """The function behind an authorizer that has not said who it is."""
    return lambda: _of_function(
        World().admin_function(keys.event(method, resource, path_parameters=PATHS[resource]), LAMBDA_CONTEXT)
    )


def _down(world: World) -> None:
    world.trail.failures = [AuditUnavailable("PutLogEvents: down")]


def _defect(world: World) -> None:
    world.keys.failures = [RuntimeError("a defect")]


def _full(world: World) -> None:
    for _ in range(MAXIMUM_LIVE_KEYS):
        world.create()


def _with_ended_keys(world: World) -> None:
    first = world.create(label="blue")
    world.create(expires_in_days=1)
    world.advance(86_400)
    world.revoke(key_id=first.partition(".")[0])
    world.create(label="green", expires_in_days=3_650)


def _keys_of(method: str, resource: str, **parts: Any) -> dict[int, list[Maker]]:
    """What the three operations on known customers and keys have in common."""
    wrong = dict.fromkeys(PATHS[resource], "acme#1")
    return {
        400: [_admin(method, resource, World.create, **wrong, **parts)],
        401: [_admin(method, resource, key=key, **parts) for key in ("", "wrong")],
        403: [_not_admin(method, resource)],
        404: [_admin(method, resource, **parts)],
        500: [_admin(method, resource, _defect, **parts)],
        503: [_admin(method, resource, _down, **parts)],
    }


def _revoked_key() -> Sent:
    world = World()
    return _of_keys(world.revoke(key_id=world.create().partition(".")[0]))


def _exchange(prepare: Callable[[World], object] = id, **parts: Any) -> Maker:
    def make() -> Sent:
        world = World()
        key = world.create(expires_in_days=1)
        prepare(world)
        return _of_keys(world.auth(**parts) if parts else world.auth(key))

    return make


def _exchange_by_header() -> Sent:
    world = World()
    return _of_keys(world.auth_by_header(world.create()))


def _exchange_of_a_key_that_ends_soon() -> Sent:
    world = World()
    key = world.create(expires_in_days=1)
    world.advance(86_400 - 60)
    return _of_keys(world.auth(key))


def _locked_out(world: World) -> None:
    for _ in range(6):
        world.auth(new_key().text)


def _without(name: str, failure: Exception) -> Callable[[World], None]:
    return lambda world: setattr(getattr(world, name), "failure", failure)


def _data(method: str, prepare: Callable[[TenantData], object] = id, limit: int = 1_000, **parts: Any) -> Maker:
    def make() -> Sent:
        api = TenantData(limit=limit)
        api.create(name="My Data Item", value=10.5, nested={"list": [1, None, True, "x", {"y": 1e60}]})
        prepare(api)
        return _of_data(api(method, **parts))

    return make


def _unknown_token() -> Sent:
    answer = World().data("not.a.token")
    assert isinstance(answer, keys.Answer)
    return _of_keys(answer)


def _revoked_token() -> Sent:
    world = World()
    token = world.token(world.create())
    world.revoke()
    answer = world.data(token)
    assert isinstance(answer, keys.Answer)
    return _of_keys(answer)


def _after_its_end(api: TenantData) -> None:
    """The token of the events has ended, and API Gateway has kept the decision to let it in."""
    api.clock.now = float(data.TOKEN_ENDS)


def _failing(failure: Exception) -> Callable[[TenantData], None]:
    return lambda api: setattr(api.rows, "failure", failure)


def _data_of(method: str, **parts: Any) -> dict[int, list[Maker]]:
    """What the operations on data have in common."""
    return {
        400: [_data(method, **parts, query={"customer_id": "other"})],
        401: [_unknown_token, _revoked_token, _data(method, _after_its_end, **parts)],
        403: [
            _data(method, **parts, customer=None),
            _data(method, _failing(Denied("Query", "AccessDeniedException")), **parts),
        ],
        429: [_data(method, limit=1, **parts)],
        500: [_data(method, _failing(RuntimeError("a defect")), **parts)],
        503: [_data(method, _failing(Throttled("Query", "ThrottlingException")), **parts)],
    }


FIELDS = {"name": "a"}
REPLACING = {"name": "b", "version": 1}
LARGE = {"name": "a" * 70_000}
TEXT = {"Content-Type": "text/plain"}

# By operation and status; of API Gateway's own answers only those of the chains are here.
ANSWERS: Mapping[tuple[str, str], Mapping[int, list[Maker]]] = {
    ("POST", CUSTOMERS): {
        201: [_admin("POST", CUSTOMERS, body=NEW), _admin("POST", CUSTOMERS, body={**NEW, "expires_in_days": 1})],
        400: [_admin("POST", CUSTOMERS, body=body) for body in ("{", {}, {"customer_id": "new"}, {**NEW, "x": 1})],
        401: [_admin("POST", CUSTOMERS, key=key, body=NEW) for key in ("", "wrong")],
        403: [_not_admin("POST", CUSTOMERS)],
        409: [_admin("POST", CUSTOMERS, _full, body=NEW)],
        413: [_admin("POST", CUSTOMERS, body={**NEW, "label": "a" * 9_000})],
        415: [_admin("POST", CUSTOMERS)],
        500: [_admin("POST", CUSTOMERS, _defect, body=NEW)],
        503: [_admin("POST", CUSTOMERS, _down, body=NEW)],
    },
    ("GET", CUSTOMER): {
        **_keys_of("GET", CUSTOMER),
        200: [_admin("GET", CUSTOMER, prepare) for prepare in (World.create, _with_ended_keys, _full)],
    },
    ("DELETE", CUSTOMER): {**_keys_of("DELETE", CUSTOMER), 200: [_admin("DELETE", CUSTOMER, World.create)]},
    ("DELETE", KEY): {
        **_keys_of("DELETE", KEY),
        200: [_revoked_key],
        404: [_admin("DELETE", KEY), _admin("DELETE", KEY, World.create)],
    },
    ("POST", "/auth"): {
        200: [_exchange(), _exchange_by_header, _exchange_of_a_key_that_ends_soon],
        400: [_exchange(body=body) for body in ("{", "[]", {}, {"api_key": 1}, {"api_key": "a", "x": 1})],
        401: [
            _exchange(api_key="wrong"),
            _exchange(api_key=new_key().text),
            _exchange(headers={"X-API-Key": new_key().text}),
            _exchange(api_key="wrong", source=None),
        ],
        403: [lambda: _of_function(World().exchange_function(keys.event("POST", "/auth"), LAMBDA_CONTEXT))],
        413: [_exchange(api_key="k" * 5_000)],
        415: [_exchange(api_key="k", headers=TEXT)],
        429: [_exchange(_locked_out)],
        500: [_exchange(lambda world: world.trail.failures.append(RuntimeError("a defect")))],
        503: [
            _exchange(_down),
            _exchange(_without("exchange_store", StoreUnavailable("down"))),
            _exchange(_without("secrets", SecretUnavailable("down"))),
        ],
    },
    ("GET", ITEMS): {
        **_data_of("GET"),
        200: [_data("GET"), _data("GET", query={"limit": "1"}), _data("GET", customer="nobody-yet")],
        400: [_data("GET", query=query) for query in ({"limit": "0"}, {"nextToken": "x"}, {"customer_id": "x"})],
    },
    ("POST", ITEMS): {
        **_data_of("POST", body=FIELDS, headers=ONCE),
        201: [
            _data("POST", body={"name": "My Data Item", "value": 100, "description": "Custom field"}),
            _data("POST", body={str(number): number for number in range(100)}),
            _data("POST", lambda api: api("POST", body=FIELDS, headers=ONCE), body=FIELDS, headers=ONCE),
        ],
        400: [
            _data("POST", body=body)
            for body in ("{", "[]", {}, {"customer_id": "x"}, {"a": {"b" * 129: 1}}, '{"a": 1, "a": 2}', '{"a": NaN}')
        ],
        409: [_data("POST", _failing(WriteInProgress()), body=FIELDS, headers=ONCE)],
        413: [_data("POST", body=LARGE)],
        415: [_data("POST", body=FIELDS, headers=TEXT)],
        422: [_data("POST", lambda api: api("POST", body={"name": "b"}, headers=ONCE), body=FIELDS, headers=ONCE)],
    },
    ("GET", ITEM): {
        **_data_of("GET", data_id=ID),
        200: [_data("GET", data_id=ID)],
        400: [_data("GET", data_id="a/b"), _data("GET", data_id=ID, query={"limit": "1"})],
        404: [_data("GET", data_id="none"), _data("GET", data_id=ID, customer="acme-1")],
    },
    ("PUT", ITEM): {
        **_data_of("PUT", data_id=ID, body=REPLACING),
        200: [
            _data("PUT", data_id=ID, body=REPLACING),
            _data("PUT", data_id=ID, body=FIELDS, headers={"If-Match": '"1"'}),
        ],
        400: [
            _data("PUT", data_id=ID, body=FIELDS),
            _data("PUT", data_id=ID, body=FIELDS, headers={"If-Match": "*"}),
            _data("PUT", data_id=ID, body=REPLACING, headers={"If-Match": '"2"'}),
            _data("PUT", data_id="a#b", body=REPLACING),
        ],
        404: [
            _data("PUT", data_id="none", body=REPLACING),
            _data("PUT", data_id=ID, body=REPLACING, customer="acme-1"),
        ],
        409: [_data("PUT", data_id=ID, body={**REPLACING, "version": 2})],
        413: [_data("PUT", data_id=ID, body={**LARGE, "version": 1})],
        415: [_data("PUT", data_id=ID, body=REPLACING, headers=TEXT)],
    },
    ("DELETE", ITEM): {
        **_data_of("DELETE", data_id=ID),
        200: [_data("DELETE", data_id=ID), _data("DELETE", data_id=ID, headers={"If-Match": '"1"'})],
        400: [_data("DELETE", data_id="a b"), _data("DELETE", data_id=ID, headers={"If-Match": "1"})],
        404: [_data("DELETE", data_id="none"), _data("DELETE", data_id=ID, customer="ACME")],
        409: [_data("DELETE", data_id=ID, headers={"If-Match": '"2"'})],
    },
}
