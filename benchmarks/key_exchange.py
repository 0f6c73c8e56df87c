"""`POST /auth`: what an exchange reads, by the emulator's own log, and the function's own time beside boto3's.

The chain and the function run here, as they are deployed, over the product's adapters and roles on the emulator. Own
time is the whole function (event in; key and counts read, token signed, audit record written, answer and log line out)
with endpoints that answer at once; the peer makes the same two calls with boto3.
"""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import thread_time_ns, time
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from api_keys.administration import KeyAdministration
from api_keys.dynamodb_exchange import DynamoDbExchange
from api_keys.dynamodb_items import key_item
from api_keys.key_text import NewKey, new_key
from api_keys.records import KeyRecord
from audit_trail.cloudwatch_trail import CloudWatchTrail
from aws_calls.dynamodb import DynamoDb
from aws_calls.own_role import own_role_calls
from benchmarks.measure import Row, in_turns, median_ratio
from key_exchange.handler import build_handler
from tests.functions.keys.emulator import KeysEmulator
from tests.functions.keys.world import SETTINGS, World, event
from tests.functions.support import LAMBDA_CONTEXT
from tests.support.request_log import counted_calls
from tests.support.sandbox import running_sandbox

OWN_ROUNDS, OWN_CALLS = 31, 20
EXCHANGES = 12  # below the failures that lock a source out, so that all are what a first exchange is
SETTINGS_HERE = {**SETTINGS, "LOCKOUT_SOURCE_FAILURES": "20", "LOCKOUT_KEY_FAILURES": "10"}
# The key strongly consistently, the failures of the source and of the key eventually, each in one unit of 4 kB.
MINIMUM_CAPACITY = 1.0 + 0.5 + 0.5
CUSTOMER = "acme"
CREDENTIALS = {
    "AWS_REGION": "ap-southeast-3",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "t" * 900,
}


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    progress("own time")
    rows = [_own_time()]
    progress("reads of an exchange")
    with tempfile.TemporaryDirectory() as directory, running_sandbox(Path(directory)) as sandbox:
        emulator = KeysEmulator(sandbox)
        try:
            return rows + _reads(emulator, sandbox.url)
        finally:
            emulator.close()


def _reads(emulator: KeysEmulator, url: str) -> list[Row]:
    world = World(**SETTINGS_HERE)
    world.clock.now = time()
    world.exchange_function = build_handler(
        world.settings,
        store=emulator.exchange(),
        source=world.secrets,
        trail=emulator.trail(),
        write=_nowhere,
        clock=world.clock,
        monotonic_clock=world.monotonic_clock,
    )
    key = new_key()
    administration = KeyAdministration(repository=emulator.keys(), clock=world.clock)
    administration.create(key=key, customer_id=CUSTOMER, customer_name="Acme")
    rows: list[Row] = []
    for what, send in {"in the body": world.auth, "in X-API-Key": world.auth_by_header}.items():
        world.exchange_authorizer = world.authorizer("key_exchange", exchange_store=emulator.exchange())
        with counted_calls(url) as calls:
            for _ in range(EXCHANGES):
                answer = send(key.text)
                if answer.status != 200:
                    raise RuntimeError(f"no token: {answer}")
        reads = calls.of("dynamodb")
        consistent = [call for call in reads if call["consistent_read"]]
        capacity = sum(call["capacity_units"] for call in reads) / EXCHANGES
        rows += [
            Row(
                what=f"exchange of a key {what}: calls to DynamoDB",
                median=len(reads) / EXCHANGES,
                unit="calls",
                target="one strongly consistent read",
                reached=len(reads) == len(consistent) == EXCHANGES,
            ),
            Row(
                what=f"exchange of a key {what}: consumed capacity",
                median=capacity,
                unit="units",
                against="key and two counts",
                ratio=capacity / MINIMUM_CAPACITY,
                target="at most 1.01 x",
                reached=capacity <= MINIMUM_CAPACITY * 1.01,
            ),
        ]
    return rows


class AnswersAtOnce:
    """Stands for DynamoDB with the key's item, and for CloudWatch Logs."""

    host = "dynamodb.ap-southeast-3.amazonaws.com"

    def __init__(self, found: bytes) -> None:
        """Take what a BatchGetItem answers."""
        self._found = found

    def post(self, call: str, headers: object, body: bytes) -> tuple[int, bytes]:  # noqa: ARG002 -- of the port
        """See `Endpoint.post`."""
        return 200, self._found if call == "BatchGetItem" else b"{}"


def _own_time() -> Row:
    key = new_key()
    found = json.dumps({"Responses": {SETTINGS["API_KEYS_TABLE"]: [_item(key)]}, "UnprocessedKeys": {}}).encode()
    world = World(**SETTINGS_HERE)
    at_once = AnswersAtOnce(found)
    store = DynamoDbExchange(
        call=own_role_calls(CREDENTIALS, dynamodb=DynamoDb(endpoint=at_once, region="ap-southeast-3")),
        keys_table=SETTINGS["API_KEYS_TABLE"],
        lockouts_table=SETTINGS["LOCKOUTS_TABLE"],
    )
    handle = build_handler(
        world.settings,
        store=store,
        source=world.secrets,
        trail=CloudWatchTrail(group="audit", environment=CREDENTIALS, endpoint=at_once),
        write=_nowhere,
    )
    sent = event("POST", "/auth", body={"api_key": key.text})
    sent["requestContext"]["authorizer"] = {"exchange": "permitted", "source_is_open": "false"}

    def ours() -> None:
        answer = handle(sent, LAMBDA_CONTEXT)
        assert answer["statusCode"] == 200, answer["body"]

    candidates = {"ours": ours, "boto3": _boto3_calls(found)}
    samples = in_turns(candidates, rounds=OWN_ROUNDS, calls=OWN_CALLS, clock=thread_time_ns)
    return Row(
        what="own time: exchange of a key in the body",
        median=statistics.median(samples["ours"]),
        unit="us",
        against="boto3's two calls",
        ratio=median_ratio(samples["ours"], samples["boto3"]),
    )


def _item(key: NewKey) -> dict[str, Any]:
    record = KeyRecord(
        key_id=key.key_id, customer_id=CUSTOMER, secret_sha256=key.secret_sha256, created_at=1_700_000_000
    )
    return key_item(record)


def _nowhere(_line: str) -> None:
    """Take a line of the log; flushing it is the runtime's time."""


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_arguments: object, **_named: object) -> Iterator[bytes]:
        """See urllib3."""
        yield self._content


def _boto3_calls(found: bytes) -> Callable[[], object]:
    clients: dict[str, Any] = {
        service: boto3.client(
            service,
            region_name="ap-southeast-3",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",  # noqa: S106 -- nobody's
            aws_session_token="t" * 900,
            config=Config(retries={"total_max_attempts": 1}),
        )
        for service in ("dynamodb", "logs")
    }
    answers = {"dynamodb": found, "logs": b"{}"}
    for service, client in clients.items():

        def at_once(request: Any, content: bytes = answers[service], **_named: object) -> AWSResponse:
            headers = {"content-type": "application/x-amz-json-1.1"}
            return AWSResponse(request.url, 200, headers, _Body(content))  # pyright: ignore[reportArgumentType] -- all of it that is read

        client.meta.events.register(f"before-send.{service}", at_once)
    ids = [{"id": {"S": name}} for name in ("SOURCE#192.0.2.1", "KEY#0")]

    def calls() -> None:
        answer = clients["dynamodb"].batch_get_item(
            RequestItems={
                SETTINGS["API_KEYS_TABLE"]: {"Keys": ids[1:], "ConsistentRead": True},
                SETTINGS["LOCKOUTS_TABLE"]: {"Keys": ids},
            }
        )
        assert answer["Responses"]
        record = {"timestamp": 0, "message": "{}"}
        clients["logs"].put_log_events(logGroupName="audit", logStreamName="stream", logEvents=[record])

    return calls
