"""The tenant data function: its own time beside boto3's, and what a page costs in DynamoDB, alone and among 1M rows.

Own time: the whole handler as it is deployed (event in; count, session, Query or write, answer and log line out), with
an endpoint that answers at once, so that what is left is ours: signing, building and parsing of requests included. It
is the time of the processor, which is all that the function takes then, whatever else the machine does. The peer does
nothing but the same two calls with boto3, whose answers come at once as well.

Pages: the function on the emulator with tenants' sessions and the policies of the program. Which calls a page makes,
and what DynamoDB charges for them, is read from the emulator's request log; the size-based minimum is computed here by
the rules of DynamoDB's documentation. Then 10,000 tenants with 100 rows each are put into the emulator's saved state (a
million writes over HTTP would take half an hour), the emulator is started with it, and the same pages are read again.
"""

import json
import math
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from benchmarks.measure import Row, in_turns, median_ratio
from tenant_data.handler import build_handler
from tests.functions.support import Clock
from tests.functions.tenant_data.emulator import TenantEmulator
from tests.functions.tenant_data.support import ACME, TenantData, event
from tests.support.sandbox import RunningSandbox, running_sandbox

OWN_ROUNDS, OWN_CALLS = 31, 20
TARGET_OWN_MICROSECONDS = 2_000.0
TARGET_CAPACITY = 1.01
TENANTS, ROWS_OF_EACH = 10_000, 100
PAGE_ROUNDS = 15
CALLS_OF_A_PAGE = ("UpdateItem usage", "Query customer-data")
# Every few seconds the sandbox writes its state, a million rows included, and answers nobody meanwhile.
PATIENCE_SECONDS = 300
LIMITS = (1, 20, 100)
UNIT_BYTES, EVENTUALLY_CONSISTENT = 4_096, 0.5  # of a read capacity unit
ENVIRONMENT = {
    "AWS_REGION": "ap-southeast-3",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "t" * 900,
    "CUSTOMER_DATA_TABLE": "customer-data",
    "IDEMPOTENCY_TABLE": "idempotency",
    "TENANT_USAGE_TABLE": "usage",
    "TENANT_ROLE_ARN": "arn:aws:iam::111122223333:role/tenant",
    "TENANT_REQUESTS_PER_MINUTE": "1000000000",
    "PAGE_TOKEN_KEY_SECRET_ARN": "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key",
    "AUDIT_LOG_GROUP": "audit",
    "CORS_ALLOW_ORIGIN": "https://app.example.com",
}
ASSUMED = b"<r><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>%s</SessionToken></r>"


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    progress("own time")
    rows = _own_time()
    with tempfile.TemporaryDirectory() as directory:
        return rows + _pages(Path(directory), progress)


def _nowhere(_line: str) -> None:
    """Take a line of the log; flushing it is the runtime's time."""


class AnswersAtOnce:
    """Stands for an endpoint of AWS. `page` is what a Query answers, `row` what a GetItem does."""

    host = "dynamodb.ap-southeast-3.amazonaws.com"
    waited_nanoseconds = 0
    page = b"{}"
    row = b"{}"

    def __init__(self, _url: str) -> None:
        """See `HttpEndpoint`."""

    def post(self, call: str, headers: object, body: bytes) -> tuple[int, bytes]:  # noqa: ARG002 -- of the port
        """See `Endpoint.post`."""
        if call == "AssumeRole":
            return 200, ASSUMED % (b"t" * 900)
        return 200, {"Query": self.page, "GetItem": self.row}.get(call, b"{}")


def _row(number: int) -> dict[str, Any]:
    return {
        "customer_id": {"S": ACME},
        "data_id": {"S": f"2fe7d451-05c6-42e5-bf9b-{number:012}"},
        "created_at": {"S": "2025-08-04T19:09:56.473428Z"},
        "version": {"N": "1"},
        "name": {"S": "My Data Item"},
        "value": {"N": f"{number}.5"},
        "description": {"S": "A custom field with a sentence of text in it"},
        "active": {"BOOL": True},
    }


def _page(size: int, **more: Any) -> bytes:
    rows = [{**_row(number), **more} for number in range(size)]
    return json.dumps({"Items": rows, "Count": size, "ScannedCount": size}).encode()


def _own_time() -> list[Row]:
    handle = build_handler(ENVIRONMENT, write=_nowhere, endpoint=AnswersAtOnce)
    AnswersAtOnce.row = json.dumps({"Item": _row(1)}).encode()
    body = {"name": "My Data Item", "value": 100, "description": "A custom field with a sentence of text in it"}
    events = {
        "read one item": event("GET", data_id="x"),
        "create an item": event("POST", body=body),
        "create an item once (Idempotency-Key)": event("POST", body=body, headers={"Idempotency-Key": "k"}),
        "replace an item": event("PUT", data_id="x", body={**body, "version": 1}),
        "delete an item": event("DELETE", data_id="x"),
    }
    rows: list[Row] = []
    for name, sent in events.items():
        samples = _computing({name: lambda sent=sent: _answered(handle, sent)}, calls=OWN_CALLS)
        rows.append(_own_row(name, samples[name], None))
    pages = {
        **{f"page of {size}": _page(size) for size in LIMITS},
        f"page of {LIMITS[-1]} with nested values": _page(LIMITS[-1], tags={"L": [{"S": "a"}, {"M": {}}]}),
    }
    for name, page in pages.items():
        AnswersAtOnce.page = page
        candidates: dict[str, Callable[[], object]] = {
            "ours": lambda: _answered(handle, event("GET")),
            "boto3": _boto3_calls(page),
        }
        samples = _computing(candidates, calls=max(1, OWN_CALLS // json.loads(page)["Count"]))
        rows.append(_own_row(name, samples["ours"], samples["boto3"]))
    return rows


def _computing(candidates: dict[str, Callable[[], object]], *, calls: int) -> dict[str, list[float]]:
    return in_turns(candidates, rounds=OWN_ROUNDS, calls=calls, clock=time.thread_time_ns)


def _answered(handle: Callable[[Any, object], dict[str, Any]], sent: dict[str, Any]) -> None:
    answer = handle(sent, None)
    assert answer["statusCode"] in (200, 201), answer["body"]


def _own_row(name: str, ours: list[float], peer: list[float] | None) -> Row:
    median = statistics.median(ours)
    return Row(
        what=f"own time: {name}",
        median=median,
        unit="us",
        against="boto3's two calls" if peer else "",
        ratio=median_ratio(ours, peer) if peer else None,
        target=f"at most {TARGET_OWN_MICROSECONDS:.0f} us",
        reached=median <= TARGET_OWN_MICROSECONDS,
    )


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_arguments: object, **_named: object) -> Iterator[bytes]:
        """See urllib3."""
        yield self._content


def _boto3_calls(page: bytes) -> Callable[[], object]:
    client: Any = boto3.client(
        "dynamodb",
        region_name="ap-southeast-3",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",  # noqa: S106 -- nobody's
        aws_session_token="t" * 900,
        config=Config(retries={"total_max_attempts": 1}),
    )
    size = json.loads(page)["Count"]

    def at_once(request: Any, **_named: object) -> AWSResponse:
        content = page if request.headers["X-Amz-Target"].endswith(b".Query") else b"{}"
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(content))  # pyright: ignore[reportArgumentType] -- all of it that is read

    client.meta.events.register("before-send.dynamodb", at_once)

    def calls() -> None:
        client.update_item(
            TableName="usage",
            Key={"customer_id": {"S": ACME}, "day": {"S": "2026-01-01"}},
            UpdateExpression="SET minute_requests = minute_requests + :one ADD requests :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        found = client.query(
            TableName="customer-data",
            KeyConditionExpression="customer_id = :customer",
            ExpressionAttributeValues={":customer": {"S": ACME}},
        )
        assert found["Count"] == size

    return calls


class _PageCost:
    """The calls, the capacity and the time of one page."""

    def __init__(self, calls: list[dict[str, Any]], body: Any, milliseconds: float, data_table: str) -> None:
        self.calls = [f"{call['action']} {_table(call).partition('-')[2]}" for call in calls]
        self.capacity = sum(call["capacity_units"] for call in calls if _table(call) == data_table)
        size = sum(_item_bytes(row) for row in body["data"])
        self.minimum = max(1, math.ceil(size / UNIT_BYTES)) * EVENTUALLY_CONSISTENT
        self.milliseconds = milliseconds
        self.count: int = body["count"]


def _table(call: dict[str, Any]) -> str:
    [resource] = call["resources"]
    return resource.rpartition("/")[2]


def _pages(directory: Path, progress: Callable[[str], None]) -> list[Row]:
    without_saving = ("saving_while_running",)
    progress("pages of one tenant alone")
    with running_sandbox(directory, leave_out=without_saving) as sandbox:
        alone = TenantEmulator(sandbox)
        api = _function(alone)
        for number in range(ROWS_OF_EACH):
            api.create(name="My Data Item", value=number, description="A custom field with a sentence of text in it")
        before = {limit: _costs(sandbox, alone, limit) for limit in LIMITS}
        alone.close()
    progress(f"putting {TENANTS * ROWS_OF_EACH:,} rows into the emulator's state, and starting it")
    _add_tenants(directory / "emulator" / "state" / "dynamodb.json", alone.tables.data)
    with running_sandbox(directory, leave_out=without_saving) as sandbox:
        among = TenantEmulator(sandbox, existing=alone.tables, patience_seconds=PATIENCE_SECONDS)
        progress("the same pages among them")
        after = {limit: _costs(sandbox, among, limit) for limit in LIMITS}
        among.close()
        sandbox.kill()  # a clean end would write the million rows back
    rows: list[Row] = []
    for limit in LIMITS:
        rows += _page_rows(limit, before[limit], after[limit])
    return rows


def _function(emulator: TenantEmulator) -> TenantData:
    clock = Clock(time.time())
    return TenantData(repository=emulator.repository(clock), usage=emulator.usage(clock, 10**9))


def _costs(sandbox: RunningSandbox, emulator: TenantEmulator, limit: int) -> list[_PageCost]:
    """Read the first page again and again: after the first time, nothing is new to the function."""
    api = _function(emulator)
    api("GET", query={"limit": str(limit)})
    last = _logged(sandbox, since=2**62)["last"]
    answers: list[tuple[Any, float]] = []
    for _ in range(PAGE_ROUNDS):
        started = time.perf_counter()
        answer = api("GET", query={"limit": str(limit)})
        answers.append((answer.body, (time.perf_counter() - started) * 1_000))
    calls = _logged(sandbox, since=last)["requests"]
    each = len(calls) // PAGE_ROUNDS
    if len(calls) != each * PAGE_ROUNDS:
        raise RuntimeError(f"{PAGE_ROUNDS} equal pages made {len(calls)} calls: {calls}")
    return [
        _PageCost(calls[number * each : (number + 1) * each], body, milliseconds, emulator.tables.data)
        for number, (body, milliseconds) in enumerate(answers)
    ]


def _logged(sandbox: RunningSandbox, *, since: int) -> Any:
    url = f"{sandbox.url}/_gatehouse/requests?since={since}"
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def _page_rows(limit: int, before: list[_PageCost], after: list[_PageCost]) -> list[Row]:
    as_expected = all(tuple(cost.calls) == CALLS_OF_A_PAGE and cost.count == limit for cost in (*before, *after))
    queries = statistics.median(len(cost.calls) - 1 for cost in (*before, *after))
    capacity = {name: statistics.median(cost.capacity for cost in costs) for name, costs in _named(before, after)}
    waiting = {name: statistics.median(cost.milliseconds for cost in costs) for name, costs in _named(before, after)}
    minimum = before[0].minimum
    worst = max(cost.capacity / cost.minimum for cost in (*before, *after))
    return [
        Row(
            what=f"page of {limit}: reads of tables",
            median=float(queries),
            unit="calls",
            target="one Query and no other, in every page",
            reached=as_expected,
        ),
        Row(
            what=f"page of {limit}: consumed capacity, alone",
            median=capacity["alone"],
            unit="units",
            against="size-based minimum",
            ratio=worst,
            target=f"at most {TARGET_CAPACITY} x, in every page",
            reached=minimum > 0 and worst <= TARGET_CAPACITY,
        ),
        Row(
            what=f"page of {limit}: consumed capacity among {TENANTS:,} tenants",
            median=capacity["among"],
            unit="units",
            against="alone",
            ratio=capacity["among"] / capacity["alone"],
            target="unchanged",
            reached=capacity["among"] == capacity["alone"],
        ),
        Row(
            what=f"page of {limit}: time with the emulator among {TENANTS:,} tenants",
            median=waiting["among"],
            unit="ms",
            against="alone",
            ratio=waiting["among"] / waiting["alone"],
        ),
    ]


def _named(before: list[_PageCost], after: list[_PageCost]) -> list[tuple[str, list[_PageCost]]]:
    return [("alone", before), ("among", after)]


def _item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an answered item in DynamoDB.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: names and texts by
    their bytes in UTF-8, numbers about a byte for two significant digits and one more.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: str | int) -> int:
    if isinstance(value, str):
        return len(value.encode())
    return math.ceil(len(str(abs(value)).strip("0")) / 2) + 1


def _add_tenants(state: Path, table: str) -> None:
    """Write the other tenants' rows into the emulator's saved state, in the form that it has there."""
    document = json.loads(state.read_text())
    [stored] = [entry for entry in document["payload"]["tables"]["data"].values() if entry["TableName"] == table]
    items: dict[str, Any] = stored["items"]
    assert list(items) == [ACME]
    own = json.dumps(items[ACME])
    template = next(iter(items[ACME].values()))
    stored["items"], stored["ItemCount"] = {"OTHERS": 0}, TENANTS * ROWS_OF_EACH
    head, _, tail = json.dumps(document).partition('"OTHERS": 0')
    with state.open("w") as written:
        written.write(f'{head}"{ACME}": {own}')
        for tenant in range(TENANTS - 1):
            customer = f"{ACME}-{tenant:05}"
            row = json.dumps({**template, "customer_id": {"S": customer}})
            before, _, after = row.partition(json.dumps(template["data_id"]))
            rows = ", ".join(
                f'"{data_id}": {before}{{"S": "{data_id}"}}{after}'
                for data_id in (f"00000000-0000-4000-8000-{number:012}" for number in range(ROWS_OF_EACH))
            )
            written.write(f', "{customer}": {{{rows}}}')
        written.write(tail)
