"""For each authorizer of the program a request that it lets in, and on loopback what it asks about the caller.

The function keeps the settings that it is deployed with; only addresses are others (`GoodRequest.environment`). Times
are those of now, because a process of its own has no other clock. Deliberately no AWS: DynamoDB is a few items, its
answers are not judged, and nothing else has an answer.
"""

import contextlib
import json
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from api_keys.dynamodb_items import customer_item, key_item
from api_keys.key_text import new_key
from api_keys.records import Customer, KeyRecord
from client_certificates import changes
from client_certificates.dynamodb_items import certificate_item
from client_certificates.in_memory_registry import InMemoryRegistry
from secret_store.secret_source import SecretVersion
from tests.functions import issuer
from tests.functions.keys import world as keys
from tests.functions.partners import world as partners
from tests.functions.partners.authority import START, Authority, certificate
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import STAGE_ARN, claims, make_token, signing_key_version, token_event
from tests.support.loopback_server import LoopbackServer, Request, Response
from tests.support.spiffe_documents import SpiffeDocuments

CURRENT = "AWSCURRENT"
Variables = Mapping[str, Mapping[str, str]]
Item = dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class GoodRequest:
    """An event, whom it identifies (`principal`, and of the context at least `context`), and settings to replace."""

    event: Mapping[str, Any]
    principal: str
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@contextlib.contextmanager
def good_requests(variables: Variables) -> Generator[dict[str, GoodRequest]]:
    """The requests by function name, good while this lasts; `variables` are those of the deployed functions."""
    now = int(time.time())
    secrets: dict[tuple[str, str], SecretVersion] = {}
    items: dict[tuple[str, str], Item] = {}

    def answer(request: Request) -> Response:
        if request.method == "GET":
            return Response(body=partners.KEYS)
        return _dynamodb(request, items)

    with SecretsExtension(secrets) as extension, LoopbackServer(answer) as aws, SpiffeDocuments() as documents:
        surroundings = {
            **extension.environment,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "nothing-that-opens-anything",
            "AWS_ENDPOINT_URL": aws.url,
        }
        requests = {
            "lambda-authorizer": _hello(variables["lambda-authorizer"], secrets, now),
            "admin-key-authorizer": _admin_key(variables["admin-key-authorizer"], secrets),
            "key-exchange-authorizer": _key_exchange(variables["key-exchange-authorizer"], items, now),
            "tenant-token-authorizer": _tenant_token(variables["tenant-token-authorizer"], secrets, items, now),
            "client-certificate-authorizer": _certificate(variables["client-certificate-authorizer"], items, now),
            "bound-token-authorizer": _bound_token(variables["bound-token-authorizer"], items, now, aws.url),
            "spiffe-authorizer": _spiffe(documents),
        }
        yield {
            name: GoodRequest(
                event=request.event,
                principal=request.principal,
                context=request.context,
                environment={**surroundings, **request.environment},
            )
            for name, request in requests.items()
        }


def _hello(variables: Mapping[str, str], secrets: dict[tuple[str, str], SecretVersion], now: int) -> GoodRequest:
    secrets[variables["SIGNING_KEY_SECRET_ARN"], CURRENT] = signing_key_version()
    return GoodRequest(event=token_event(make_token(payload=claims(iat=now, exp=now + 600))), principal="apigw-invoker")


def _admin_key(variables: Mapping[str, str], secrets: dict[tuple[str, str], SecretVersion]) -> GoodRequest:
    version = keys.admin_key_version(1)
    secrets[variables["ADMIN_KEY_SECRET_ARN"], CURRENT] = version
    return GoodRequest(
        event=_request(keys.event("POST", "/admin/keys", headers={"X-Admin-API-Key": version.value})),
        principal="admin",
        context={"admin_key_version": version.version_id},
    )


def _key_exchange(variables: Mapping[str, str], items: dict[tuple[str, str], Item], now: int) -> GoodRequest:
    key = new_key()
    record = KeyRecord(key_id=key.key_id, customer_id="acme", secret_sha256=key.secret_sha256, created_at=now - 60)
    _keep(items, variables["API_KEYS_TABLE"], key_item(record))
    headers = {"X-API-Key": key.text, "Content-Type": "application/json"}
    return GoodRequest(
        event=_request(keys.event("POST", "/auth", headers=headers)),
        principal="key-exchange",
        context={"exchange": "permitted", "customer_id": "acme", "key_id": key.key_id},
    )


def _tenant_token(
    variables: Mapping[str, str],
    secrets: dict[tuple[str, str], SecretVersion],
    items: dict[tuple[str, str], Item],
    now: int,
) -> GoodRequest:
    secrets[variables["SIGNING_KEY_SECRET_ARN"], CURRENT] = signing_key_version()
    key_id = "a" * 32
    customer = Customer(
        customer_id="acme",
        customer_name="Acme",
        created_at=now - 60,
        revoked_at=None,
        live_key_ids=frozenset({key_id}),
        retired_key_ids=frozenset(),
        version=1,
    )
    _keep(items, variables["API_KEYS_TABLE"], customer_item(customer))
    payload = claims(
        iss=variables["TOKEN_ISSUER"],
        aud=variables["TOKEN_AUDIENCE"],
        sub="acme",
        customer_id="acme",
        key_id=key_id,
        iat=now,
        exp=now + 600,
    )
    headers = {"Authorization": f"Bearer {make_token(payload=payload)}"}
    return GoodRequest(
        event=_request(keys.event("GET", "/data", headers=headers)), principal="acme", context={"key_id": key_id}
    )


def _certificate(variables: Mapping[str, str], items: dict[tuple[str, str], Item], now: int) -> GoodRequest:
    pem = _registered(variables["CLIENT_REGISTRY_TABLE"], items, now)
    return GoodRequest(
        event=_request(partners.event("GET", "/health", pem=pem)), principal="acme", context={"verdict": "identified"}
    )


def _bound_token(
    variables: Mapping[str, str], items: dict[tuple[str, str], Item], now: int, keys_url: str
) -> GoodRequest:
    pem = _registered(variables["CLIENT_REGISTRY_TABLE"], items, now)
    payload = {
        "iss": variables["TOKEN_ISSUER"],
        "sub": "app-acme",
        "client_id": "app-acme",
        "token_use": "access",
        "scope": variables["REQUIRED_SCOPES"],
        "iat": now,
        "exp": now + 600,
        "jti": "5f2a8d3c-5a0e-4a57-9d0a-9d9a4b1d7c11",
        "cnf": {"x5t#S256": certificate(pem).thumbprint},
    }
    headers = {"Authorization": f"Bearer {issuer.token('RS256', payload=payload)}"}
    return GoodRequest(
        event=_request(partners.event("GET", "/protected", pem=pem, headers=headers)),
        principal="acme",
        context={"verdict": "identified", "app_client_id": "app-acme"},
        environment={"JWKS_URL": f"{keys_url}/keys"},
    )


def _spiffe(documents: SpiffeDocuments) -> GoodRequest:
    world = documents.world
    headers = {"Authorization": f"Bearer {world.token()}"}
    workload = str(world.claims()["sub"])
    return GoodRequest(
        event=_request(keys.event("GET", "/whoami", headers=headers)),
        principal=workload,
        context={"spiffe_id": workload},
        environment={"OIDC_ISSUER_URL": world.issuer_url},
    )


def _registered(table: str, items: dict[tuple[str, str], Item], now: int) -> str:
    """A certificate that the registry of this table knows, in PEM."""
    pem = Authority().issue(not_after=START + timedelta(days=36_500))
    entry = changes.new_client("acme", name="Acme", app_client_id="app-acme", scopes=[partners.READ], now=now)
    registry = InMemoryRegistry()
    registry.commit(changes.certificate_added(entry, certificate(pem), now=now))
    [record] = registry.records.values()
    _keep(items, table, certificate_item(record))
    return pem


def _request(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event that a REQUEST authorizer gets before a function gets this one."""
    return {**event, "type": "REQUEST", "methodArn": f"{STAGE_ARN}/{event['httpMethod']}{event['path']}"}


def _keep(items: dict[tuple[str, str], Item], table: str, item: Item) -> None:
    items[table, item["id"]["S"]] = item


def _dynamodb(request: Request, items: Mapping[tuple[str, str], Item]) -> Response:
    """Reads as DynamoDB answers them; every other operation of AWS is refused."""
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    asked: dict[str, Any] = json.loads(request.body)
    if operation == "GetItem":
        item = items.get((asked["TableName"], asked["Key"]["id"]["S"]))
        return Response(body=json.dumps({} if item is None else {"Item": item}).encode())
    if operation == "BatchGetItem":
        found = {
            table: [items[table, key["id"]["S"]] for key in wanted["Keys"] if (table, key["id"]["S"]) in items]
            for table, wanted in asked["RequestItems"].items()
        }
        return Response(body=json.dumps({"Responses": found, "UnprocessedKeys": {}}).encode())
    return Response(status=400, body=json.dumps({"__type": "AccessDeniedException", "message": operation}).encode())
