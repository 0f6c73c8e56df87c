"""Gap: FilterLogEvents answers the first 10,000 events of a log group and says nothing of the others.

What AWS does: an answer holds up to `limit` events, at most 10,000, and where there are more it has a `nextToken`, with
which the next call goes on from there
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).

A token is the moment of the last event that was answered, in milliseconds, and how many events of that moment were.
Deliberately no page ends at 1 MB, tokens live for ever, and of 10,000 events and more that have the same millisecond
and match, those after the first 10,000 are never answered.
"""

import json
import re
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.emulator import Action, Answer, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

logs = emulator_module("services.cloudwatch_logs")
responses = emulator_module("core.responses")

MOST_EVENTS: Final = 10_000
TOKEN: Final = re.compile(r"([0-9]{1,15})/([0-9]{1,5})")


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it needs."""
    del settings
    wrap(logs, "_filter_log_events", ("data",), _in_pages, by=__name__)


def _in_pages(original: Action) -> Action:
    @wraps(original)
    def filter_log_events(data: dict[str, Any]) -> Answer:
        answered_before, asked = 0, dict(data)
        if "nextToken" in data:
            token = TOKEN.fullmatch(data["nextToken"])
            if token is None:
                message = "The specified nextToken is invalid."
                return responses.error_response_json("InvalidParameterException", message, 400)
            asked["startTime"], answered_before = int(token[1]), int(token[2])
        asked["limit"] = min(data.get("limit", MOST_EVENTS) + answered_before, MOST_EVENTS)
        status, headers, body = original(asked)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        found = answer["events"]
        answer["events"] = found[answered_before:]
        if answer["events"] and len(found) >= asked["limit"]:
            moment = found[-1]["timestamp"]
            answer["nextToken"] = f"{moment}/{sum(event['timestamp'] == moment for event in found)}"
        return responses.json_response(answer)

    return filter_log_events
