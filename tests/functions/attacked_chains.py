"""Every chain of the product and of the example, on the fakes that there are, with events that it lets in: what the
tables of hostile events are made from and played at. How a chain decides is tested beside it, not here.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from authorizer.chain import load_chain
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.attacked import Attacked, with_certificate
from tests.functions.hostile_events import REASONS_OF_TOKENS, SCHEME, Fault, GoodEvents, with_header, without_header
from tests.functions.hostile_request_contexts import hostile_certificates, hostile_sources
from tests.functions.hostile_tokens import HELLO, GoodToken
from tests.functions.keys.world import World as KeysWorld
from tests.functions.keys.world import parts_of
from tests.functions.partners.world import World as PartnersWorld
from tests.functions.spiffe.vectors import WORKLOAD
from tests.functions.spiffe.vectors import World as SpiffeWorld
from tests.functions.support import (
    HELLO_CHAIN,
    RAW_KEY,
    SECRET_ARN,
    STAGE_ARN,
    Authorizer,
    Clock,
    Hello,
    claims,
    header,
    request_event,
    signing_key_version,
    token_event,
)

CHAINS = HELLO_CHAIN.parent
ORDERS = HELLO_CHAIN.parents[2] / "examples" / "orders_api"
NEVER_LOCKED_OUT = {"LOCKOUT_SOURCE_FAILURES": "1000000", "LOCKOUT_KEY_FAILURES": "1000000"}
EXAMPLE_TOKEN = "an-example-token-of-enough-characters"


def _good(
    route: str, value: str, *, header: str | None = "Authorization", types: tuple[str, ...] = ("TOKEN", "REQUEST")
) -> GoodEvents:
    """The recorded events, for this route, with the value in the header (and as the token of a TOKEN event)."""
    method, _, path = route.partition(" ")
    here = {"methodArn": f"{STAGE_ARN}/{method}{path}"}
    request = without_header(request_event(), "Authorization")
    return GoodEvents(
        token={**token_event(), **here, "authorizationToken": value},
        request={**(request if header is None else with_header(request, header, value)), **here},
        types=types,
        header=header,
    )


def _on(path: Path, given: Mapping[str, Any], answer: str) -> Authorizer:
    """The authorizer with the plugins in `path`."""
    chain = load_chain(str(path), given)
    assert chain.fault is None, chain.fault
    return Authorizer(chain, not_authenticated_answer=answer)


def _token_for_orders(**members: Any) -> GoodToken:
    """A token of the example's issuer, whose key is that of `support`."""
    return GoodToken(header=header(), claims=claims(iss="https://auth.example.com", **members), raw_key=RAW_KEY)


def _on_orders(folder: str, token: GoodToken, answer: str) -> Authorizer:
    """A chain of the example, set up for this token."""
    environment = {"TOKEN_ISSUER": token.claims["iss"], "TOKEN_AUDIENCE": token.claims["aud"]}
    given = {
        "environment": {"SIGNING_KEY_SECRET_ARN": SECRET_ARN, **environment},
        "secret_source": InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): signing_key_version()}),
        "clock": Clock(),
        "monotonic_clock": Clock(0),
    }
    return _on(ORDERS / folder, given, answer)


def _hello(answer: str) -> Attacked:
    good = GoodEvents(token=token_event(), request=request_event())
    return Attacked(authorizer=Hello(not_authenticated_answer=answer), answer=answer, good=good, signed=HELLO)


def _example(answer: str) -> Attacked:
    secrets = InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): SecretVersion(version_id="v1", value=EXAMPLE_TOKEN)})
    given = {
        "environment": {"EXAMPLE_TOKEN_SECRET_ARN": SECRET_ARN},
        "secret_source": secrets,
        "monotonic_clock": Clock(0),
    }
    return Attacked(
        authorizer=_on(CHAINS / "example", given, answer),
        answer=answer,
        good=_good("GET /hello", f"{SCHEME}{EXAMPLE_TOKEN}"),
        reasons={
            **REASONS_OF_TOKENS,
            **dict.fromkeys((Fault.EMPTY, Fault.TWICE, Fault.CHANGED, Fault.LONG), "wrong_token"),
        },
    )


def _admin_key(answer: str) -> Attacked:
    world = KeysWorld()
    return Attacked(
        authorizer=_on(CHAINS / "admin_key", world.given(), answer),
        answer=answer,
        good=_good("POST /admin/keys", world.admin_key(), header="X-Admin-API-Key", types=("REQUEST",)),
        reasons={
            **REASONS_OF_TOKENS,
            **dict.fromkeys((Fault.ABSENT, Fault.EMPTY), "missing_admin_key"),
            **dict.fromkeys((Fault.TWICE, Fault.CHANGED, Fault.LONG), "admin_key_unknown"),
        },
    )


def _key_exchange(answer: str) -> Attacked:
    world = KeysWorld(**NEVER_LOCKED_OUT)
    good = _good("POST /auth", world.create(), header="X-API-Key", types=("REQUEST",))
    return Attacked(
        authorizer=_on(CHAINS / "key_exchange", world.given(), answer),
        answer=answer,
        good=good,
        reasons={
            **REASONS_OF_TOKENS,
            Fault.ABSENT: "unsupported_media_type",  # then the key would be in the body, which is no JSON
            **dict.fromkeys((Fault.EMPTY, Fault.TWICE, Fault.CHANGED, Fault.LONG), "malformed_api_key"),
        },
        further=hostile_sources(good.request),
        answers_with_verdicts=True,
    )


def _tenant_token(answer: str) -> Attacked:
    world = KeysWorld()
    token = world.token(world.create("acme"))
    of_header, of_payload = parts_of(token)
    return Attacked(
        authorizer=_on(CHAINS / "tenant_token", world.given(), answer),
        answer=answer,
        good=_good("GET /data", f"{SCHEME}{token}"),
        signed=GoodToken(header=of_header, claims=of_payload, raw_key=RAW_KEY),
    )


def _spiffe(answer: str) -> Attacked:
    world = SpiffeWorld()
    rules = json.dumps([{"route": "GET /whoami", "spiffe_ids": [WORKLOAD]}])
    given = {"environment": {"SPIFFE_ROUTE_RULES": rules}, "svid_verifier": world.verifier()}
    good = _good("GET /whoami", f"{SCHEME}{world.token()}")
    return Attacked(authorizer=_on(CHAINS / "spiffe", given, answer), answer=answer, good=good)


def _client_certificate(answer: str) -> Attacked:
    world = PartnersWorld()
    pem = world.authority.issue()
    world.register(pem)
    bare = _good("GET /health", "acme", header=None, types=("REQUEST",))
    good = GoodEvents(token=bare.token, request=with_certificate(bare.request, pem), types=("REQUEST",), header=None)
    return Attacked(
        authorizer=_on(CHAINS / "client_certificate", world.given(), answer),
        answer=answer,
        good=good,
        further=hostile_certificates(good.request),
    )


def _bound_token(answer: str) -> Attacked:
    world = PartnersWorld()
    pem = world.authority.issue()
    token = world.bound_token(world.register(pem))
    bare = _good("GET /protected", f"{SCHEME}{token}")
    good = GoodEvents(token=bare.token, request=with_certificate(bare.request, pem), types=("REQUEST",))
    return Attacked(
        authorizer=_on(CHAINS / "bound_token", world.given(), answer),
        answer=answer,
        good=good,
        further=hostile_certificates(good.request),
    )


def _users_of_orders(answer: str) -> Attacked:
    token = _token_for_orders(aud="orders-api", scope="orders:read")
    return Attacked(
        authorizer=_on_orders("auth_plugins", token, answer),
        answer=answer,
        good=_good("GET /orders", f"{SCHEME}{token.signed()}", types=("TOKEN",)),
        signed=token,
    )


def _partners_of_orders(answer: str) -> Attacked:
    key = _token_for_orders(aud="orders-api-partners", tenant="acme")
    good = _good("GET /orders/export", key.signed(), header="X-Api-Key", types=("REQUEST",))
    no_query: dict[str, Any] = {**good.request, "queryStringParameters": None, "multiValueQueryStringParameters": None}
    two = {**good.request, "multiValueQueryStringParameters": {"tenant": ["globex", "acme"]}}
    return Attacked(
        authorizer=_on_orders("partner_plugins", key, answer),
        answer=answer,
        good=good,
        signed=key,
        further={
            "no tenant": (no_query, "wrong_tenant"),
            "another tenant": ({**no_query, "queryStringParameters": {"tenant": "globex"}}, "wrong_tenant"),
            "the tenant in another case": ({**no_query, "queryStringParameters": {"Tenant": "acme"}}, "wrong_tenant"),
            "two tenants": (two, "ambiguous_query_parameter"),
            "the tenant in the path": ({**no_query, "pathParameters": {"tenant": "acme"}}, "wrong_tenant"),
        },
    )


_CHAINS: dict[Path, Callable[[str], Attacked]] = {
    CHAINS / "hello": _hello,
    CHAINS / "example": _example,
    CHAINS / "admin_key": _admin_key,
    CHAINS / "key_exchange": _key_exchange,
    CHAINS / "tenant_token": _tenant_token,
    CHAINS / "spiffe": _spiffe,
    CHAINS / "client_certificate": _client_certificate,
    CHAINS / "bound_token": _bound_token,
    ORDERS / "auth_plugins": _users_of_orders,
    ORDERS / "partner_plugins": _partners_of_orders,
}
ANSWERS = ("raise", "deny")
NAMES = tuple(path.name for path in _CHAINS)


def attacked(name: str, answer: str) -> Attacked:
    """The chain in the folder `name`, with `answer` ("raise" or "deny") as NOT_AUTHENTICATED_ANSWER."""
    return next(build for path, build in _CHAINS.items() if path.name == name)(answer)
