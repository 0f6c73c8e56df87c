"""The partner API, warm: the decision on a bound token beside a bare `jwt.decode`, `POST /token` with its cache.

The registry answers from memory, so that the first ratio is what the chain costs beyond its one DynamoDB read; that
read is measured on its own, against a server on the loopback that answers at once. Cognito is such a server, too: what
`/token` costs without the cache is what this function does for a token, and in AWS Cognito's own time comes on top.
"""

import json
import statistics
from collections.abc import Callable
from typing import Any

import jwt

from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint
from aws_calls.own_role import own_role_calls
from benchmarks.measure import Row, compared, in_turns, median_ratio
from client_certificates.dynamodb_items import certificate_item
from client_certificates.dynamodb_registry import DynamoDbLookup
from client_certificates.presented import CertificateReader, certificate_in
from tests.functions import issuer
from tests.functions.partners.world import POOL, World, event
from tests.functions.support import LAMBDA_CONTEXT, STAGE_ARN
from tests.support.loopback_server import LoopbackServer, Request, Response
from token_issuer.cognito_endpoint import CognitoEndpoint
from token_issuer.handler import build_handler
from token_issuer.token_cache import TokenCache

ROUNDS, CALLS = 61, 100
SLOW_CALLS = 20
TARGET = 1.5
BARE = "bare jwt.decode"
REGION = "ap-southeast-3"
SESSION = {
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "nothing-that-opens-anything",
}


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    world = World()
    pem = world.authority.issue()
    read = world.register(pem)
    progress("bound tokens")
    rows = _decisions(world, pem, world.bound_token(read))
    progress("POST /token")
    return rows + _tokens(world, pem)


def _decisions(world: World, pem: str, token: str) -> list[Row]:
    sent = event("GET", "/protected", pem=pem, headers={"Authorization": f"Bearer {token}"})
    sent |= {"type": "REQUEST", "methodArn": f"{STAGE_ARN}/GET/protected"}
    text = json.dumps(sent)  # as Lambda gives it: parsed anew each time, no object is shared between requests
    authorizer = world.authorizers["/protected"]
    assert authorizer.allows(json.loads(text))
    key = jwt.PyJWK.from_dict(issuer.public_jwk("RS256"))
    options: Any = {"verify_exp": False}  # the world's clock stands still; all other checks are on

    def decode() -> object:
        return jwt.decode(token, key, algorithms=["RS256"], issuer=POOL, options=options)

    def decide() -> object:
        authorizer.log.clear()
        return authorizer.handle(sent, LAMBDA_CONTEXT)

    def decide_unseen() -> object:
        return certificate_in(pem)

    record = world.registry.records[certificate_in(pem).fingerprint]
    answer = json.dumps({"Responses": {"ClientRegistry": [certificate_item(record)]}, "UnprocessedKeys": {}}).encode()
    with LoopbackServer(lambda _request: Response(media_type="application/x-amz-json-1.0", body=answer)) as server:
        endpoint = HttpEndpoint(server.url)
        dynamodb = DynamoDb(endpoint=endpoint, region=REGION)
        lookup = DynamoDbLookup(call=own_role_calls(SESSION, dynamodb=dynamodb), table="ClientRegistry")
        certificate = CertificateReader().read(sent["requestContext"])
        taken = in_turns({"decide": decide, "decode": decode}, rounds=ROUNDS, calls=CALLS)
        reads = in_turns({"read": lambda: lookup.find(certificate)}, rounds=ROUNDS, calls=SLOW_CALLS)
        endpoint.close()
    parsed = in_turns({"parse": decide_unseen}, rounds=ROUNDS, calls=SLOW_CALLS)
    return [
        compared(
            "bound_token: the whole decision, the registry in memory",
            taken["decide"],
            taken["decode"],
            unit="us",
            against=BARE,
            most=TARGET,
        ),
        Row(what=f"{BARE} {jwt.__version__}", median=statistics.median(taken["decode"]), unit="us"),
        Row(
            what="one read of the registry, from a server on the loopback that answers at once",
            median=statistics.median(reads["read"]),
            unit="us",
        ),
        Row(
            what="reading a certificate that was not seen before",
            median=statistics.median(parsed["parse"]),
            unit="us",
        ),
    ]


def _tokens(world: World, pem: str) -> list[Row]:
    chain = world.authorizers["/token"]
    sent = event(
        "POST",
        "/token",
        pem=pem,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body="grant_type=client_credentials",
    )
    allowed = chain.allows({**sent, "type": "REQUEST", "methodArn": f"{STAGE_ARN}/POST/token"})
    sent["requestContext"]["authorizer"] = allowed["context"]
    token = world.bound_token(certificate_in(pem))
    body = json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 900}).encode()

    def answer(_request: Request) -> Response:
        return Response(media_type="application/json", body=body)

    with LoopbackServer(answer) as server:
        endpoint = CognitoEndpoint(f"{server.url}/oauth2/token")
        handlers = {
            name: build_handler(
                world.settings,
                endpoint=endpoint,
                source=world.secrets,
                trail=world.trail,
                cache=cache,
                write=lambda _line: None,
                clock=world.clock,
                monotonic_clock=world.monotonic_clock,
            )
            for name, cache in (
                ("cached", TokenCache(clock=world.clock)),
                ("obtained", TokenCache(clock=world.clock, maximum_tokens=0)),
            )
        }

        def asked(name: str) -> Callable[[], object]:
            def ask() -> object:
                world.trail.records.clear()
                answered = handlers[name](sent, LAMBDA_CONTEXT)
                assert answered["statusCode"] == 200, answered
                return answered

            return ask

        taken = in_turns({name: asked(name) for name in handlers}, rounds=ROUNDS, calls=SLOW_CALLS)
    return [
        Row(what="POST /token from the cache", median=statistics.median(taken["cached"]), unit="us"),
        Row(
            what="POST /token with a new token from a server on the loopback that answers at once",
            median=statistics.median(taken["obtained"]),
            unit="us",
            against="from the cache",
            ratio=median_ratio(taken["obtained"], taken["cached"]),
        ),
    ]
