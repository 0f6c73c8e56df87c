"""The audit trail: its records, CloudWatch Logs on the emulator, and what its failures leave."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from audit_trail.cloudwatch_trail import ATTEMPTS, CloudWatchTrail
from audit_trail.denials import DenialRecorder
from audit_trail.in_memory_trail import InMemoryTrail
from audit_trail.metrics import count_line
from audit_trail.records import DENIED, EXCHANGE_KEY, audit_record, request_of
from audit_trail.trail import AuditUnavailable, audit_trail
from aws_calls.errors import AwsCallError, NoAnswer, NotSent
from tests.functions.keys.emulator import KeysEmulator
from tests.functions.support import NOW, Clock

RECORD = audit_record(now=NOW, action=EXCHANGE_KEY, outcome=DENIED, reason="unknown_api_key", source="192.0.2.1")
ENVIRONMENT = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}


def test_a_record_is_flat_and_of_strings_and_bounded() -> None:
    record = audit_record(now=NOW + 0.0625, action="create_key", outcome="failed", claimed_key_id="x" * 100_000)
    assert record["time"] == "2026-01-01T00:00:00.062Z"
    assert len(json.dumps(record)) < 1_000
    assert {type(value) for value in record.values()} == {str}


@pytest.mark.parametrize("context", [None, [], {}, {"identity": None}, {"identity": {"sourceIp": 1}, "requestId": []}])
def test_a_request_that_says_nothing_is_recorded_as_nothing(context: object) -> None:
    assert request_of(context) == {"source": "", "request_id": ""}


def test_records_arrive_in_the_log_group(emulator: KeysEmulator) -> None:
    trail = emulator.trail()
    mark = audit_record(now=NOW, action=EXCHANGE_KEY, outcome=DENIED, request_id="written-by-this-test")
    trail.write(mark)
    trail.write(mark)
    emulator.trail().write(mark)
    assert [record for record in emulator.records() if record["request_id"] == "written-by-this-test"] == [mark] * 3


def test_who_adds_to_the_trail_can_neither_read_nor_change_it(emulator: KeysEmulator) -> None:
    emulator.trail().write(RECORD)
    client = emulator.audit_client()
    group = {"logGroupName": emulator.audit_group}
    stream = emulator.sandbox.client("logs").describe_log_streams(**group)["logStreams"][0]["logStreamName"]
    for attempt in (
        lambda: client.delete_log_group(**group),
        lambda: client.delete_log_stream(**group, logStreamName=stream),
        lambda: client.put_retention_policy(**group, retentionInDays=1),
        lambda: client.get_log_events(**group, logStreamName=stream),
        lambda: client.filter_log_events(**group),
    ):
        with pytest.raises(ClientError) as refused:
            attempt()
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_group_that_is_not_there_is_a_failure(emulator: KeysEmulator) -> None:
    with pytest.raises(AuditUnavailable):
        emulator.trail("/gatehouse/absent").write(RECORD)


class Endpoint:
    """An `Endpoint` that answers as told, and keeps what was sent."""

    host = "logs.eu-west-1.amazonaws.com"

    def __init__(self, *answers: tuple[int, bytes] | AwsCallError) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, Any]] = []

    def post(self, call: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.calls.append((call, json.loads(body)))
        answer = self.answers.pop(0)
        if isinstance(answer, AwsCallError):
            raise answer
        return answer


def trail_over(*answers: tuple[int, bytes] | AwsCallError) -> tuple[CloudWatchTrail, Endpoint]:
    endpoint = Endpoint(*answers)
    return CloudWatchTrail(group="g", environment=ENVIRONMENT, endpoint=endpoint, clock=Clock()), endpoint


def test_a_stream_is_made_once_and_one_that_is_there_already_is_used() -> None:
    exists = json.dumps({"__type": "ResourceAlreadyExistsException"}).encode()
    trail, endpoint = trail_over((400, exists), (200, b"{}"), (200, b"{}"))
    trail.write(RECORD)
    trail.write(RECORD)
    assert [call for call, _ in endpoint.calls] == ["CreateLogStream", "PutLogEvents", "PutLogEvents"]
    assert endpoint.calls[1][1]["logEvents"][0]["timestamp"] == NOW * 1_000


def test_a_record_whose_fate_is_unknown_is_sent_again() -> None:
    trail, endpoint = trail_over((200, b""), NoAnswer("PutLogEvents", "TimeoutError"), (200, b"{}"))
    trail.write(RECORD)
    assert [call for call, _ in endpoint.calls] == ["CreateLogStream", "PutLogEvents", "PutLogEvents"]


@pytest.mark.parametrize(
    "answers",
    [
        ((200, b'{"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}'),),
        ((400, b'{"__type": "AccessDeniedException"}'),),
        ((400, b'{"__type": "ResourceNotFoundException"}'),),
        ((500, b"<html>"),) * ATTEMPTS,
        (NotSent("PutLogEvents", "ConnectionRefusedError"),) * ATTEMPTS,
        ((200, b"[]"),) * ATTEMPTS,
    ],
)
def test_whatever_is_not_a_clear_success_is_a_failure(answers: Any) -> None:
    trail, endpoint = trail_over((200, b""), *answers)
    with pytest.raises(AuditUnavailable):
        trail.write(RECORD)
    assert endpoint.answers == []


def test_a_function_without_its_setting_does_not_start() -> None:
    with pytest.raises(KeyError):
        audit_trail({})
    with pytest.raises(ValueError, match="AUDIT_LOG_GROUP"):
        audit_trail({"AUDIT_LOG_GROUP": ""})


class BrokenError(Exception):
    code = "broken_code"


def test_recording_changes_nothing_about_a_denial() -> None:
    trail, lines = InMemoryTrail(), list[str]()
    recorder = DenialRecorder(trail=trail, clock=Clock(), monotonic_clock=Clock(0), write=lines.append)

    def deny() -> None:
        raise BrokenError("token-value")

    for failure in (None, AuditUnavailable("down")):
        trail.failures = [failure]
        with pytest.raises(BrokenError):
            recorder.recorded("use_token", {"request_context": {}}, deny)
    assert recorder.recorded("use_token", {}, lambda: "passed") == "passed"
    assert [record["reason"] for record in trail.records] == ["broken_code"]
    [line] = lines
    assert json.loads(line)["record"]["reason"] == "broken_code"
    assert "token-value" not in line


def test_a_dead_trail_is_tried_once_in_five_seconds() -> None:
    trail, clock, lines = InMemoryTrail(), Clock(0), list[str]()
    recorder = DenialRecorder(trail=trail, clock=Clock(), monotonic_clock=clock, write=lines.append)
    trail.failures = [AuditUnavailable("down")]
    for _ in range(100):
        recorder.record(RECORD)
    assert (len(lines), trail.records) == (100, [])
    clock.now = 5
    recorder.record(RECORD)
    assert trail.records == [RECORD]


def test_a_count_is_a_metric_line_of_the_embedded_format() -> None:
    line = count_line("KeyExchanges", {"outcome": "denied", "reason": "x"}, now=NOW, members={"status": 401})
    assert line.endswith("\n")
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": NOW * 1_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Gatehouse",
                    "Dimensions": [[], ["outcome"], ["outcome", "reason"]],
                    "Metrics": [{"Name": "KeyExchanges", "Unit": "Count"}],
                }
            ],
        },
        "outcome": "denied",
        "reason": "x",
        "KeyExchanges": 1,
        "status": 401,
    }
