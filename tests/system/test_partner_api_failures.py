"""The deployed partner API while DynamoDB, Cognito, Secrets Manager or the trail do not answer: closed, and open again.

Nothing is restarted in between. Cognito's public addresses are no calls of AWS's API, at which the sandbox could fail
on demand: the deployed functions ask a stand-in for them, which hands everything on to the pool or fails.
"""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from jwt_verification.refreshing_key_source import RETRY_SECONDS as KEYS_RETRY_SECONDS
from sandbox.tour.caller import Answer
from tests.support.faults import outage
from tests.support.live_settings import live_settings
from tests.support.loopback_server import LoopbackServer, Request, Response
from tests.support.partner_api import TRIGGER, PartnerApi
from tests.system.partner_requests import new_id, new_partner, on_every_route, reaching_none_of
from token_issuer.client_secrets import RETRY_SECONDS as SECRETS_RETRY_SECONDS

pytestmark = pytest.mark.timeout(900)

THROTTLED = {"kind": "error", "error": {"code": "ThrottlingException"}}


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.member("access_token") is None


@pytest.mark.parametrize("failure", [{"kind": "cut"}, THROTTLED], ids=["unreachable", "throttled"])
def test_without_the_registry_every_route_is_503_whatever_is_cached_and_then_everything_works(
    partner_api: PartnerApi, url: str, failure: dict[str, Any]
) -> None:
    partner = new_partner(partner_api)
    with outage(url, "dynamodb", **failure), reaching_none_of(partner_api, TRIGGER):
        for answer in on_every_route(partner_api, partner.issued, partner.token):
            assert_unavailable(answer)
    assert [answer.status for answer in on_every_route(partner_api, partner.issued, partner.token)] == [200] * 3


@pytest.mark.parametrize(("service", "action"), [("secretsmanager", "GetSecretValue"), ("logs", "PutLogEvents")])
def test_without_the_client_s_secret_or_the_trail_there_is_no_token_and_then_there_is(
    partner_api: PartnerApi, url: str, service: str, action: str
) -> None:
    issued = partner_api.partner(new_id())
    with outage(url, service, action=action, **THROTTLED):
        assert_unavailable(partner_api.token(issued))
        assert partner_api.health(issued).status == 200
    time.sleep(SECRETS_RETRY_SECONDS)
    assert partner_api.token(issued).status == 200


class StandIn:
    """Stands before the pool's public addresses; fails as `failure` says, where it is not None."""

    def __init__(self, pool_url: str) -> None:
        self.failure: Response | None = None
        self._pool_url = pool_url
        self.server = LoopbackServer(self._respond)

    def _respond(self, request: Request) -> Response:
        if self.failure is not None:
            return self.failure
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        handed_on = urllib.request.Request(
            self._pool_url + request.target, data=request.body or None, headers=headers, method=request.method
        )
        try:
            with urllib.request.urlopen(handed_on, timeout=30) as answer:
                return Response(status=answer.status, body=answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Response(status=refused.code, body=refused.read())


@pytest.fixture(scope="module")
def cognito(partner_api: PartnerApi) -> Iterator[StandIn]:
    stand_in = StandIn(partner_api.caller.endpoints.emulator_url)
    with stand_in.server:
        yield stand_in


FAILURES = {
    "unreachable": Response(cut=True),
    "throttled": Response(status=429, body=b'{"error": "too_many_requests"}'),
    "failing": Response(status=500, body=b"<html>"),
    "answering something else": Response(body=b'{"access_token": 5}'),
}


def test_while_cognito_fails_new_tokens_are_503_known_ones_are_served_and_then_everything_works(
    partner_api: PartnerApi, cognito: StandIn
) -> None:
    with live_settings(partner_api.caller, "token-issuer", COGNITO_TOKEN_URL=f"{cognito.server.url}/oauth2/token"):
        known, new = new_partner(partner_api), partner_api.partner(new_id())
        for what, failure in FAILURES.items():
            cognito.failure = failure
            assert_unavailable(partner_api.token(new))
            assert [each.status for each in on_every_route(partner_api, known.issued, known.token)] == [200] * 3, what
            cognito.failure = None
        assert partner_api.token(new).status == 200


def test_without_the_pool_s_keys_a_token_is_neither_good_nor_bad_and_then_it_is_let_in(
    partner_api: PartnerApi, cognito: StandIn
) -> None:
    partner = new_partner(partner_api)
    address = partner_api.settings("bound-token-authorizer")["JWKS_URL"]
    stood_in_for = address.replace(partner_api.caller.endpoints.emulator_url, cognito.server.url)
    assert stood_in_for != address
    for failure in (FAILURES["unreachable"], FAILURES["throttled"]):
        cognito.failure = failure
        # Another setting each time, so that no process goes on with keys that it has.
        with live_settings(
            partner_api.caller, "bound-token-authorizer", JWKS_URL=f"{stood_in_for}?{secrets.token_hex(4)}"
        ):
            assert_unavailable(partner_api.protected(partner.issued, partner.token))
            cognito.failure = None
            time.sleep(KEYS_RETRY_SECONDS)
            assert partner_api.protected(partner.issued, partner.token).status == 200
