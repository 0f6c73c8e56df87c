"""More log events than an answer holds come page by page; each comes once, in order."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import code_of
from tests.support.sandbox import RunningSandbox

GROUP = "read-in-pages"
# Several events of one moment, in two streams: no page may end a moment early or begin it anew.
OFFSETS = {"one": (0, 0, 0, 1, 2, 2, 9), "two": (0, 0, 2, 2, 2, 2, 3)}
EVENTS = sum(map(len, OFFSETS.values()))


def write_events(sandbox: RunningSandbox) -> Any:
    """Writes the events, once per sandbox, and answers the client."""
    logs, now = sandbox.client("logs"), int(time.time() * 1000)
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
        for stream, offsets in OFFSETS.items():
            logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
            events = [
                {"timestamp": now + offset, "message": f"{stream} {number}"} for number, offset in enumerate(offsets)
            ]
            logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
    return logs


def pages(logs: Any, **wanted: Any) -> list[list[str]]:
    found = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, **wanted)
    return [[event["message"] for event in page["events"]] for page in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, EVENTS - 1])
@pytest.mark.parametrize("wanted", [{}, {"filterPattern": "one"}, {"logStreamNames": ["two"]}])
def test_all_events_come_once_and_in_order_however_small_the_pages_are(
    sandbox: RunningSandbox, limit: int, wanted: dict[str, Any]
) -> None:
    logs = write_events(sandbox)
    [whole] = pages(logs, **wanted)
    read = pages(logs, limit=limit, **wanted)

    assert len(whole) == (7 if wanted else EVENTS)
    assert [message for page in read for message in page] == whole
    assert max(map(len, read)) <= limit


def test_an_answer_that_holds_all_events_has_no_token(sandbox: RunningSandbox) -> None:
    logs = write_events(sandbox)
    assert "nextToken" not in logs.filter_log_events(logGroupName=GROUP)
    assert "nextToken" not in logs.filter_log_events(logGroupName=GROUP, limit=EVENTS + 1)


def test_an_answer_holds_10000_events_and_the_next_one_the_rest(sandbox: RunningSandbox) -> None:
    logs, now, group = sandbox.client("logs"), int(time.time() * 1000), "many-events"
    logs.create_log_group(logGroupName=group)
    for stream, count in (("first", 10_000), ("last", 1)):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        events = [{"timestamp": now + number // 2, "message": stream} for number in range(count)]
        now += count
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    first = logs.filter_log_events(logGroupName=group)
    last = logs.filter_log_events(logGroupName=group, nextToken=first["nextToken"])

    assert {event["message"] for event in first["events"]} == {"first"}
    assert len(first["events"]) == 10_000
    assert [event["message"] for event in last["events"]] == ["last"]
    assert "nextToken" not in last


@pytest.mark.parametrize("token", ["x", "1", "1/", "-1/2", "1/2/3", "٣/1", "1/2\n", "1" * 16 + "/1"])
def test_a_token_that_no_answer_had_is_refused(sandbox: RunningSandbox, token: str) -> None:
    logs = write_events(sandbox)
    with pytest.raises(ClientError) as refused:
        logs.filter_log_events(logGroupName=GROUP, nextToken=token)
    assert code_of(refused.value) == "InvalidParameterException"


def test_a_group_that_there_is_not_is_refused_with_a_token_too(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError) as refused:
        sandbox.client("logs").filter_log_events(logGroupName="not-there", nextToken="1/2")
    assert code_of(refused.value) == "ResourceNotFoundException"


def test_without_the_module_the_rest_is_never_answered(bare: RunningSandbox) -> None:
    logs = write_events(bare)
    [page] = pages(logs, limit=5)
    assert len(page) == 5
