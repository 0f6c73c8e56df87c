"""What caching saves, counted: invocations of the authorizer, fetches of a key set, connections, reads of secrets."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functions import hostile_asymmetric_tokens
from tests.functions.issuer import header, token
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.support import AUDIENCE, ISSUER, SETTINGS, make_token
from tests.gateway.authorizers import (
    ASYMMETRIC_WHEELS,
    STANDING_CLOCK,
    decisions,
    hello_chain,
    log_messages,
    make_authorizer,
    make_signing_key,
)
from tests.gateway.raw_http import RawConnection
from tests.gateway.rest_api import Api, ApiWorkshop

REQUESTS = 1_000

# Calls the product's handler, and reports whatever it does with a network from the event to its return: connections,
# names that are looked up, and what is sent or read on connections that were opened before.
WATCH = """
import socket
import sys

ON = [False]
EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
          "socket.bind", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork")

def report(event, arguments):
    if ON[0] and event in EVENTS:
        print("NETWORK", event)

def reported(name):
    method = getattr(socket.socket, name)

    def call(*arguments):
        if ON[0]:
            print("NETWORK", name)
        return method(*arguments)

    return call

sys.addaudithook(report)
for name in ("send", "sendall", "recv", "recv_into"):
    setattr(socket.socket, name, reported(name))

from authorizer.handler import handle as product

def handle(event, context):
    print("WATCH on")
    ON[0] = True
    try:
        return product(event, context)
    finally:
        ON[0] = False
        print("WATCH off")
"""
WATCHED = {"watched": WATCH}
# The cool-down between two fetches never ends on a clock that stands: what counts is the number of requests, not
# how fast this machine serves them.
ISSUER_PROVIDERS = f"""
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier

{STANDING_CLOCK}

def provide_monotonic_clock():
    return lambda: 0.0

def provide_token_verifier(environment, clock, monotonic_clock):
    keys = jwks_key_source(
        environment["KEYS_URL"],
        rules=JwkRules(algorithms={hostile_asymmetric_tokens.ACCEPTED!r}),
        allow_plain_http=True,
        clock=monotonic_clock,
    )
    rules = ClaimRules(issuers=[{ISSUER!r}], audiences=[{AUDIENCE!r}])
    return TokenVerifier(algorithm={hostile_asymmetric_tokens.ACCEPTED!r}, keys=keys, rules=rules, clock=clock)
"""


def mock_behind(workshop: ApiWorkshop, function: str, **authorizer: Any) -> Api:
    """An API whose one route answers 200 without a function of its own, so that only the authorizer is invoked."""
    api = workshop.api()
    place = {"restApiId": api.api_id, "resourceId": api.resource("hello"), "httpMethod": "GET"}
    authorizer_id = api.authorizer(function, **authorizer)
    api.gateway.put_method(**place, authorizationType="CUSTOM", authorizerId=authorizer_id)
    api.gateway.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    api.gateway.put_method_response(**place, statusCode="200")
    api.gateway.put_integration_response(**place, statusCode="200")
    api.deploy()
    return api


def statuses(api: Api, tokens: Iterator[str]) -> dict[int, int]:
    """How often each status was answered to a request with each of the tokens, over one connection."""
    counted: dict[int, int] = {}
    with RawConnection(api.workshop.running.port) as connection:
        for sent in tokens:
            path = f"/_aws/execute-api/{api.api_id}/prod/hello"
            status = connection.get(path, [(b"Authorization", f"Bearer {sent}".encode())]).status
            counted[status] = counted.get(status, 0) + 1
    return counted


def secret_reads(workshop: ApiWorkshop, since: int) -> list[dict[str, Any]]:
    """The calls of GetSecretValue that have reached the service, after the call with this number."""
    path = f"/_gatehouse/requests?service=secretsmanager&action=GetSecretValue&since={since}"
    document = workshop.running.get_json(path)
    assert document["lost"] == 0
    return document["requests"]


def last_call(workshop: ApiWorkshop) -> int:
    return workshop.running.get_json("/_gatehouse/requests?service=none")["last"]


def network_lines(workshop: ApiWorkshop, function: str) -> list[str]:
    return [message for message in log_messages(workshop, function) if message.startswith("NETWORK")]


@pytest.fixture(scope="module")
def signing_key(sandbox: ApiWorkshop) -> str:
    return make_signing_key(sandbox, "counted-signing-key")


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_a_thousand_requests_with_one_token_cause_one_invocation_while_the_policy_is_cached(
    sandbox: ApiWorkshop, signing_key: str, kind: str
) -> None:
    name = f"counted-{kind.lower()}"
    make_authorizer(sandbox, name, hello_chain(), environment={**SETTINGS, "SIGNING_KEY_SECRET_ARN": signing_key})
    api = mock_behind(sandbox, name, kind=kind, ttl=300)
    since = last_call(sandbox)
    good = make_token()
    assert statuses(api, (good for _ in range(REQUESTS))) == {200: REQUESTS}
    assert [decision["reason"] for decision in decisions(sandbox, name)] == ["allowed"]
    assert len(secret_reads(sandbox, since)) == 1


def test_from_event_to_log_line_the_warm_path_uses_no_network_and_reads_no_secret(
    sandbox: ApiWorkshop, signing_key: str
) -> None:
    name = "counted-warm"
    environment = {**SETTINGS, "SIGNING_KEY_SECRET_ARN": signing_key}
    make_authorizer(sandbox, name, hello_chain(), environment=environment, around=WATCHED)
    api = mock_behind(sandbox, name, ttl=0)
    cold = last_call(sandbox)
    assert statuses(api, iter([make_token()])) == {200: 1}
    assert len(secret_reads(sandbox, cold)) == 1
    seen = network_lines(sandbox, name)
    assert {"NETWORK socket.connect", "NETWORK sendall", "NETWORK recv"} <= set(seen), "what the cold path does is seen"
    warm = last_call(sandbox)
    assert statuses(api, (make_token() for _ in range(100))) == {200: 100}
    messages = log_messages(sandbox, name)
    watched = [message for message in messages if message.startswith(("WATCH", '{"_aws"'))]
    # Every decision is logged while the watch is on, so the watch goes from the event to the log line.
    assert [message.split(":")[0] for message in watched] == ["WATCH on", '{"_aws"', "WATCH off"] * 101
    assert network_lines(sandbox, name) == seen
    assert secret_reads(sandbox, warm) == []


@pytest.fixture
def issuer() -> Iterator[IssuerServer]:
    with IssuerServer(lambda: [answer(hostile_asymmetric_tokens.DOCUMENT)]) as running:
        yield running


def test_a_thousand_unknown_keys_cause_one_fetch_of_the_key_set_and_good_tokens_none(
    sandbox: ApiWorkshop, issuer: IssuerServer
) -> None:
    name = "counted-issuer"
    make_authorizer(
        sandbox,
        name,
        {**hello_chain(), "_providers.py": ISSUER_PROVIDERS},
        environment={"KEYS_URL": issuer.url()},
        runtime=f"python3.{sys.version_info.minor}",  # compiled wheels are those of the Python that the tests run on
        wheels=ASYMMETRIC_WHEELS,
        around=WATCHED,
    )
    api = mock_behind(sandbox, name, ttl=0)
    unknown = (token("ES256", header_part=header("ES256", kid=f"invented-{number}")) for number in range(REQUESTS))
    assert statuses(api, unknown) == {401: REQUESTS}
    assert len(issuer.requests) == 1
    # Of so many lines, the emulator keeps the latest.
    assert {decision["reason"] for decision in decisions(sandbox, name)} == {"unknown_key"}
    good = (hostile_asymmetric_tokens.GOOD[name] for name in ("RS256", "ES256", "PS256") for _ in range(10))
    assert statuses(api, good) == {200: 30}
    assert len(issuer.requests) == 1
    messages = log_messages(sandbox, name)
    allowed = [position for position, message in enumerate(messages) if '"reason":"allowed"' in message]
    assert len(allowed) == 30
    assert not [message for message in messages[allowed[0] :] if message.startswith("NETWORK")]


def test_the_lines_that_are_counted_are_decisions(sandbox: ApiWorkshop) -> None:
    [line] = [message for message in log_messages(sandbox, "counted-token") if message.startswith('{"_aws"')]
    assert json.loads(line)["decision"] == "Allow"
