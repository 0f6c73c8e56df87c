"""What a refused caller is told, and why the authorizer refused: the code and the plugin in its log, found by the ids
of the request.

    answer's x-amzn-RequestId ──► line of the API's access log ──► id of the authorizer's invocation
                                                                            └──► its line: reason by plugin

The way that an investigation takes on AWS too, which is why it is not shortened here. It deliberately waits for no
line: the sandbox writes it before it answers.
"""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check

NOT_ASKED = "no authorizer asked"
UNSET = "-"


def denial_check(
    caller: Caller, api_name: str, sent: str, *, status: int, text: str, reason: str, answer: Answer, by: str = ""
) -> Check:
    """Compares the status, a text in the body and the logged reason of a refused call; `reason` may be `NOT_ASKED`.

    `by` is the plugin that must have denied; empty where all passed and the route is none of those that they permit.
    """
    expected = reason if reason == NOT_ASKED else _denial(reason, by)
    found = logged_denial(caller, api_name, answer)
    told = text if text in answer.body else answer.body
    return Check(sent=sent, expected=f"{status} {text} ({expected})", received=f"{answer.status} {told} ({found})")


def unreached_check(refused: int, reached: int) -> Check:
    """Of so many refused calls, so many reached the backend: none may."""
    return Check(
        sent=f"the {refused} refused calls",
        expected="0 reached the backend",
        received=f"{reached} reached the backend",
    )


def logged_denial(caller: Caller, api_name: str, answer: Answer) -> str:
    """What an authorizer of the API logged for the answered request: `wrong_issuer by 02_validate_jwt`.

    The reason alone where no plugin denied; `NOT_ASKED` where no authorizer was asked. Says so where a line is missing,
    which no check expects.
    """
    api = caller.outputs["apis"][api_name]
    access_log = f"/aws/apigateway/{api_name}/{api['stage']}"
    accesses = records(caller.log_lines(access_log, containing=answer.request_id))
    access = next((record for record in accesses if record.get("request_id") == answer.request_id), None)
    if access is None:
        return "no line in the access log"
    invocation = access["authorizer_request_id"]
    if invocation == UNSET:
        return NOT_ASKED
    for authorizer in sorted({route["authorizer"] for route in api["routes"]}):
        for record in records(caller.log_lines(f"/aws/lambda/{authorizer}", containing=invocation)):
            if record.get("request_id") == invocation and "reason" in record:
                return _denial(record["reason"], record.get("denied_by", ""))
    return "no line in the authorizer's log"


def _denial(reason: str, plugin: str) -> str:
    return f"{reason} by {plugin}" if plugin else reason


def records(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    """The lines that are JSON objects; a function's log has others as well."""
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line)
