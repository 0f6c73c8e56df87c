"""How the tour finds out why a call was refused: by the ids of the request, and never by guessing."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import NOT_ASKED, denial_check, logged_reason

OUTPUTS = {"apis": {"orders-api": {"stage": "prod", "routes": [{"authorizer": "first"}, {"authorizer": "second"}]}}}
REFUSED = Answer(status=401, body='{"message":"Unauthorized"}', headers={"x-amzn-requestid": "request-2"})


class Logs:
    """A caller that has log groups and nothing else."""

    def __init__(self, **groups: list[Any]) -> None:
        self.outputs = OUTPUTS
        self.groups = groups

    def log_lines(self, group: str) -> Iterator[str]:
        lines = self.groups[group.rpartition("/")[2]]
        return iter([line if isinstance(line, str) else json.dumps(line) for line in lines])


def caller(**groups: list[Any]) -> Caller:
    accesses = [
        {"request_id": "request-1", "authorizer_request_id": "invocation-1"},
        {"request_id": "request-2", "authorizer_request_id": "invocation-2"},
        {"request_id": "request-3", "authorizer_request_id": "-"},
    ]
    empty: dict[str, list[Any]] = {"prod": accesses, "first": [], "second": []}
    return cast(Caller, Logs(**{**empty, **groups}))


DECISIONS = [
    "START RequestId: invocation-2 Version: $LATEST",
    {"request_id": "invocation-1", "reason": "token_expired"},
    {"request_id": "invocation-2", "_aws": {}},
    {"request_id": "invocation-2", "reason": "wrong_issuer"},
]


@pytest.mark.parametrize("authorizer", ["first", "second"])
def test_the_reason_is_that_of_the_very_request_from_whichever_authorizer_logged_it(authorizer: str) -> None:
    assert logged_reason(caller(**{authorizer: DECISIONS}), "orders-api", REFUSED) == "wrong_issuer"


def test_a_request_that_no_authorizer_was_asked_about_says_so() -> None:
    answer = Answer(status=401, body="", headers={"x-amzn-requestid": "request-3"})
    assert logged_reason(caller(first=DECISIONS), "orders-api", answer) == NOT_ASKED


def test_a_missing_line_is_told_and_passes_no_check() -> None:
    unknown = Answer(status=401, body="", headers={"x-amzn-requestid": "request-4"})
    assert logged_reason(caller(first=DECISIONS), "orders-api", unknown) == "no line in the access log"
    assert logged_reason(caller(first=DECISIONS[:2]), "orders-api", REFUSED) == "no line in the authorizer's log"


@pytest.mark.parametrize(
    "wrong",
    [{"status": 403}, {"text": "Forbidden"}, {"reason": "token_expired"}, {"reason": NOT_ASKED}],
    ids=["status", "text", "reason", "not asked"],
)
def test_a_check_fails_for_another_status_text_or_reason(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"status": 401, "text": "Unauthorized", "reason": "wrong_issuer", "answer": REFUSED}
    assert denial_check(caller(first=DECISIONS), "orders-api", "a call", **right).passed
    assert not denial_check(caller(first=DECISIONS), "orders-api", "a call", **{**right, **wrong}).passed
