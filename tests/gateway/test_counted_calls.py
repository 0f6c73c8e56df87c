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

# Reports every connection that is opened while the plugins between these two run, and every name that is looked up.
WATCH = """
import sys

DECIDING = [False]

def report(event, arguments):
    if DECIDING[0] and event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"):
        print("NETWORK", event)

sys.addaudithook(report)

def validate(auth_context):
    DECIDING[0] = True
    return True
"""
STOP_WATCHING = """
import sys

def validate(auth_context):
    sys.modules["plugins.00_watch"].DECIDING[0] = False
    return True
"""
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


def watched(chain: dict[str, str]) -> dict[str, str]:
    return {**chain, "00_watch.py": WATCH, "99_stop_watching.py": STOP_WATCHING}


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
    make_authorizer(
        sandbox, name, watched(hello_chain()), environment={**SETTINGS, "SIGNING_KEY_SECRET_ARN": signing_key}
    )
    api = mock_behind(sandbox, name, kind=kind, ttl=300)
    since = last_call(sandbox)
    good = make_token()
    assert statuses(api, (good for _ in range(REQUESTS))) == {200: REQUESTS}
    assert [decision["reason"] for decision in decisions(sandbox, name)] == ["allowed"]
    assert len(secret_reads(sandbox, since)) == 1


def test_the_warm_path_opens_no_connection_and_reads_no_secret(sandbox: ApiWorkshop, signing_key: str) -> None:
    name = "counted-warm"
    make_authorizer(
        sandbox, name, watched(hello_chain()), environment={**SETTINGS, "SIGNING_KEY_SECRET_ARN": signing_key}
    )
    api = mock_behind(sandbox, name, ttl=0)
    cold = last_call(sandbox)
    assert statuses(api, iter([make_token()])) == {200: 1}
    assert len(secret_reads(sandbox, cold)) == 1
    assert network_lines(sandbox, name) == ["NETWORK socket.connect"], "the watch sees what the cold path does"
    warm = last_call(sandbox)
    assert statuses(api, (make_token() for _ in range(100))) == {200: 100}
    assert len(decisions(sandbox, name)) == 101
    assert network_lines(sandbox, name) == ["NETWORK socket.connect"]
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
        watched({**hello_chain(), "_providers.py": ISSUER_PROVIDERS}),
        environment={"KEYS_URL": issuer.url()},
        runtime=f"python3.{sys.version_info.minor}",  # compiled wheels are those of the Python that the tests run on
        wheels=ASYMMETRIC_WHEELS,
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


def test_the_lines_that_are_counted_are_decisions(sandbox: ApiWorkshop) -> None:
    [line] = [message for message in log_messages(sandbox, "counted-token") if message.startswith('{"_aws"')]
    assert json.loads(line)["decision"] == "Allow"
