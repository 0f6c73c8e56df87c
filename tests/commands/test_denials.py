"""How the tour finds out why a call was refused: by the ids of the request, and never by guessing."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.denials import NOT_ASKED, denial_check, logged_denial

OUTPUTS = {"apis": {"orders-api": {"stage": "prod", "routes": [{"authorizer": "first"}, {"authorizer": "second"}]}}}
REFUSED = Answer(status=401, body='{"message":"Unauthorized"}', headers={"x-amzn-requestid": "request-2"})


class Logs:
    """A caller that has log groups and nothing else."""

    def __init__(self, **groups: list[Any]) -> None:
        self.outputs = OUTPUTS
        self.groups = groups

    def log_lines(self, group: str, *, containing: str = "") -> Iterator[str]:
        lines = self.groups[group.rpartition("/")[2]]
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        return iter([line for line in written if containing in line])


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
    {"request_id": "invocation-2", "reason": "wrong_issuer", "denied_by": "02_validate_jwt"},
]


@pytest.mark.parametrize("authorizer", ["first", "second"])
def test_reason_and_plugin_are_those_of_the_very_request_from_whichever_authorizer_logged_them(authorizer: str) -> None:
    assert logged_denial(caller(**{authorizer: DECISIONS}), "orders-api", REFUSED) == "wrong_issuer by 02_validate_jwt"


def test_where_no_plugin_denied_the_reason_stands_alone() -> None:
    lines = [{"request_id": "invocation-2", "reason": "route_not_permitted", "denied_by": ""}]
    assert logged_denial(caller(first=lines), "orders-api", REFUSED) == "route_not_permitted"


def test_a_request_that_no_authorizer_was_asked_about_says_so() -> None:
    answer = Answer(status=401, body="", headers={"x-amzn-requestid": "request-3"})
    assert logged_denial(caller(first=DECISIONS), "orders-api", answer) == NOT_ASKED
    fully = {"status": 401, "text": "", "reason": NOT_ASKED, "by": "02_validate_jwt", "answer": answer}
    assert denial_check(caller(first=DECISIONS), "orders-api", "a call", **cast("Any", fully)).passed


def test_a_missing_line_is_told_and_passes_no_check() -> None:
    unknown = Answer(status=401, body="", headers={"x-amzn-requestid": "request-4"})
    assert logged_denial(caller(first=DECISIONS), "orders-api", unknown) == "no line in the access log"
    assert logged_denial(caller(first=DECISIONS[:2]), "orders-api", REFUSED) == "no line in the authorizer's log"


@pytest.mark.parametrize(
    "wrong",
    [{"status": 403}, {"text": "Forbidden"}, {"reason": "token_expired"}, {"reason": NOT_ASKED}, {"by": "01_extract"}],
    ids=["status", "text", "reason", "not asked", "plugin"],
)
def test_a_check_fails_for_another_status_text_reason_or_plugin(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"status": 401, "text": "Unauthorized", "reason": "wrong_issuer", "by": "02_validate_jwt"}
    right["answer"] = REFUSED
    assert denial_check(caller(first=DECISIONS), "orders-api", "a call", **right).passed
    assert not denial_check(caller(first=DECISIONS), "orders-api", "a call", **{**right, **wrong}).passed
