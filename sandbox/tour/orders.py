"""The orders API (`examples/orders_api`): whom its two chains let in, what each plugin refuses and why."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check
from sandbox.tour.denials import NOT_ASKED, denial_check, unreached_check
from sandbox.tour.hello import SigningKey, http_check

API, BACKEND = "orders-api", "orders-backend"
USERS, PARTNERS = "orders-authorizer", "orders-partner-authorizer"
SCOPES = "orders:read orders:write"
Refused = Iterator[tuple[str, int, str, str, Answer]]
"""What is sent, the status, the reason and the plugin that the authorizer must log, and the answer."""


class Orders:
    """A caller of the API that signs tokens with the live key: those of its issuer, and what an attacker would like."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.url: str = caller.outputs["apis"][API]["url"]
        settings = caller.functions.get_function_configuration(FunctionName=USERS)["Environment"]["Variables"]
        self.issuer: str = settings["TOKEN_ISSUER"]
        self.signing = SigningKey(caller, settings["SIGNING_KEY_SECRET_ARN"])

    def token(self, headers: dict[str, Any] | None = None, key: bytes | None = None, **changes: Any) -> str:
        """A good token of a user, never the same twice; `changes` replace claims, None removes one."""
        good = {"iss": self.issuer, "aud": API, "sub": "user-123", "scope": "orders:read"}
        fresh = {"exp": int(time.time()) + 60, "jti": uuid.uuid4().hex}
        claims = {name: value for name, value in {**good, **fresh, **changes}.items() if value is not None}
        kid = {"kid": self.signing.version}
        return jwt.encode(claims, key or self.signing.key, algorithm="HS256", headers={**kid, **(headers or {})})

    def key(self, **changes: Any) -> str:
        """A good key of the partner acme."""
        claims = dict[str, Any](aud="orders-api-partners", sub="acme-erp", tenant="acme", scope=None)
        return self.token(**{**claims, **changes})

    def bearer(self, token: str, method: str = "GET") -> Answer:
        """Calls /orders."""
        return self.caller.request(method, f"{self.url}/orders", {"Authorization": f"Bearer {token}"})

    def export(self, query: str, key: str | None) -> Answer:
        """GET /orders/export with that query, and the key if there is one."""
        headers = {} if key is None else {"X-Api-Key": key}
        return self.caller.request("GET", f"{self.url}/orders/export{query}", headers)


def token(caller: Caller) -> str:
    """A fresh token of a user who may read and place orders."""
    return Orders(caller).token(scope=SCOPES)


def checks(caller: Caller) -> Iterator[Check]:
    """Makes the calls one after the other and yields what came of each."""
    orders = Orders(caller)
    user, key = orders.token(scope=SCOPES), orders.key()
    acme = '"tenant": "acme"'
    yield http_check("GET /orders with a fresh token", 200, '"orders_of": "user-123"', orders.bearer(user))
    yield http_check("POST /orders with it", 201, '"placed_by": "user-123"', orders.bearer(user, "POST"))
    yield http_check("GET /orders/export?tenant=acme with acme's key", 200, acme, orders.export("?tenant=acme", key))
    before = caller.invocations(BACKEND)
    refused = 0
    for refusals in (refused_users(orders), refused_partners(orders, key)):
        for sent, status, reason, by, answer in refusals:
            text = "Unauthorized" if status == 401 else reason
            yield denial_check(caller, API, sent, status=status, text=text, reason=reason, by=by, answer=answer)
            refused += 1
    yield unreached_check(refused, caller.invocations(BACKEND) - before)
    answer = orders.export("?tenant=acme", key)
    yield http_check("GET /orders/export?tenant=acme with acme's key, after all that", 200, acme, answer)


def refused_users(orders: Orders) -> Refused:
    """What the chain for users refuses."""
    verifying = "02_validate_jwt"
    now, kid = int(time.time()), {"kid": orders.signing.version}
    unsigned = jwt.encode({"sub": "user-123"}, "", algorithm="none", headers=kid)
    answer = orders.caller.request("GET", f"{orders.url}/orders")
    yield "GET /orders without an Authorization header", 401, NOT_ASKED, "", answer
    for sent, status, reason, by, refused in (
        ("an empty token", 401, "missing_token", "01_extract_token", ""),
        ("no token but words", 401, "malformed_token", verifying, "let-me-in"),
        ("a token that expired", 401, "token_expired", verifying, orders.token(exp=now - 60)),
        ("a token that never expires", 401, "missing_claim", verifying, orders.token(exp=None)),
        ("a token of the future", 401, "token_not_yet_valid", verifying, orders.token(nbf=now + 600)),
        ("another issuer", 401, "wrong_issuer", verifying, orders.token(iss="https://attacker.example")),
        ("another audience", 401, "wrong_audience", verifying, orders.token(aud="another-api")),
        ("a partner's key", 401, "wrong_audience", verifying, orders.key()),
        ("another key under our kid", 401, "invalid_signature", verifying, orders.token(key=b"x" * 32)),
        ("alg: none", 401, "unsupported_algorithm", verifying, unsigned),
        ("a list of scopes", 401, "malformed_plugin_result", verifying, orders.token(scope=["orders:read"])),
        ("another scope", 403, "insufficient_scope", "03_check_scope", orders.token(scope="invoices:read")),
        ("no scope", 403, "insufficient_scope", "03_check_scope", orders.token(scope=None)),
    ):
        yield f"GET /orders with {sent}", status, reason, by, orders.bearer(refused)
    reader = orders.token()
    yield "POST /orders with the scope to read", 403, "route_not_permitted", "", orders.bearer(reader, "POST")


def refused_partners(orders: Orders, key: str) -> Refused:
    """What the chain for partners refuses; the answer for acme's `key` and its own tenant is kept meanwhile."""
    verifying, acme = "01_validate_key", "?tenant=acme"
    late = int(time.time()) - 60
    for query, sent, status, reason, by, refused in (
        ("?tenant=globex", "acme's key", 403, "wrong_tenant", "02_check_tenant", key),
        ("", "acme's key", 401, NOT_ASKED, "", key),
        (acme, "no key", 401, NOT_ASKED, "", None),
        (acme, "a user's token", 401, "wrong_audience", verifying, orders.token()),
        (acme, "a key of no tenant", 401, "key_without_tenant", verifying, orders.key(tenant=None)),
        (acme, "a key that expired", 401, "token_expired", verifying, orders.key(exp=late)),
        (acme, "another key under our kid", 401, "invalid_signature", verifying, orders.key(key=b"x" * 32)),
    ):
        yield f"GET /orders/export{query} with {sent}", status, reason, by, orders.export(query, refused)
