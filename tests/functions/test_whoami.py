"""`GET /whoami`: the verified SPIFFE ID, from the authorizer's context and from nowhere else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_responses.answers import Answers
from tests.functions.support import NOW, Clock
from whoami.handler import handle, handler_of

SPIFFE_ID = "spiffe://company.internal/ns/prod/sa/api"
CONTEXT = {"spiffe_id": SPIFFE_ID, "trust_domain": "company.internal", "expires_at": str(NOW + 300)}
FORBIDDEN = {"message": "User is not authorized to perform this operation"}


class Whoami:
    """The handler with its clock and log."""

    def __init__(self, allow_origin: str | None = None) -> None:
        self.clock = Clock()
        self.log: list[str] = []
        self.handle = handler_of(answers=Answers(allow_origin=allow_origin), clock=self.clock, write=self.log.append)

    def ask(self, context: Any = None, **members: Any) -> tuple[int, Any]:
        """Status and document for a request with this authorizer context."""
        event = {"requestContext": {"authorizer": CONTEXT if context is None else context}, **members}
        answer = self.handle(event, None)
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def whoami() -> Whoami:
    return Whoami()


def test_a_workload_is_told_its_verified_spiffe_id(whoami: Whoami) -> None:
    assert whoami.ask() == (200, {"spiffe_id": SPIFFE_ID, "trust_domain": "company.internal"})
    assert whoami.log == []


def test_what_the_caller_says_of_itself_changes_nothing(whoami: Whoami) -> None:
    forged = "spiffe://company.internal/ns/prod/sa/admin"
    said = {"spiffe_id": forged, "x-spiffe-id": forged, "principalId": forged}
    answer = whoami.ask(
        headers=said,
        multiValueHeaders={name: [forged] for name in said},
        queryStringParameters=said,
        body=json.dumps(said),
    )
    assert answer == (200, {"spiffe_id": SPIFFE_ID, "trust_domain": "company.internal"})


@pytest.mark.parametrize("event", [None, [], "text", {}, {"requestContext": None}, {"requestContext": {}}], ids=repr)
def test_without_an_authorizer_nobody_is_anybody(event: Any, whoami: Whoami) -> None:
    answer = whoami.handle(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (403, FORBIDDEN)
    assert [json.loads(line) for line in whoami.log] == [{"status": 403, "reason": "no_identity"}]


@pytest.mark.parametrize("name", CONTEXT)
@pytest.mark.parametrize("value", [None, "", 0, True, ["text"], {"a": "b"}], ids=repr)
def test_a_context_that_lacks_a_part_is_no_identity(name: str, value: Any, whoami: Whoami) -> None:
    assert whoami.ask({**CONTEXT, name: value}) == (403, FORBIDDEN)
    assert whoami.ask({key: part for key, part in CONTEXT.items() if key != name}) == (403, FORBIDDEN)


@given(expires_at=st.text(max_size=20).filter(lambda text: not (text.isascii() and text.isdigit())))
def test_an_end_that_is_no_time_is_no_identity(expires_at: str) -> None:
    assert Whoami().ask({**CONTEXT, "expires_at": expires_at}) == (403, FORBIDDEN)


def test_a_token_that_has_ended_since_is_refused_to_the_second(whoami: Whoami) -> None:
    whoami.clock.now = NOW + 299.9
    assert whoami.ask()[0] == 200
    whoami.clock.now = NOW + 300
    assert whoami.ask() == (401, {"message": "Unauthorized: Token expired"})


def test_no_refusal_writes_who_called(whoami: Whoami) -> None:
    whoami.clock.now = NOW + 300
    whoami.ask()
    whoami.ask({**CONTEXT, "expires_at": "never"})
    assert "spiffe://" not in "".join(whoami.log)


@pytest.mark.parametrize("now", [NOW, NOW + 300])
def test_answers_carry_the_cors_headers_of_the_api_and_are_never_stored(now: int) -> None:
    whoami = Whoami("https://app.example.com")
    whoami.clock.now = now
    headers = whoami.handle({"requestContext": {"authorizer": CONTEXT}}, None)["headers"]
    assert headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert headers["Cache-Control"] == "no-store"


def test_the_deployed_handler_refuses_without_an_identity(capsys: pytest.CaptureFixture[str]) -> None:
    assert handle({"requestContext": {"authorizer": {}}}, None)["statusCode"] == 403
    assert json.loads(capsys.readouterr().out)["reason"] == "no_identity"
