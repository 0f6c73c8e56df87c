"""Gap: every read costs the same, whatever its size, and BatchGetItem nothing.

What the emulator does: GetItem, Query and Scan report half a unit, or one if strongly consistent; TransactGetItems two
for each item; BatchGetItem reports none at all. Writes are reported by size already.

What AWS does (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html): a read unit
is one strongly consistent read of up to 4 KB; eventually consistent ones cost half, transactional ones double. GetItem
rounds its item up to 4 KB; Query and Scan add the sizes of all items that they look at, whatever a filter or projection
leaves of them, and then round; batches and transactions round each item. An item that is not there costs as much as
the smallest.

The wrap counts the bytes that a call looks at. It asks for the capacity of every call, takes it out of the answer
again where the caller did not, and leaves it for the request log.

Not covered: the capacity of calls that fail (AWS charges failed conditional writes but does not say how much), fetches
from the table by a query of a local secondary index.
"""

import json
import math
import zlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.current_request import current_request
from sandbox.fidelity.emulator import Action, Answer, Handler, emulator_module, mapping
from sandbox.fidelity.iam.item_access import BATCHES, ITEM_ACTIONS, TRANSACTIONS, lists, mappings
from sandbox.fidelity.request_log import CAPACITY_NOTE, parsed
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

dynamodb = emulator_module("services.dynamodb")
responses = emulator_module("core.responses")

READ_UNIT_BYTES: Final = 4096
RETURN: Final = "ReturnConsumedCapacity"
COUNTED: Final = ITEM_ACTIONS | BATCHES | TRANSACTIONS | {"Query", "Scan"}
CHECKSUM: Final = "x-amz-crc32"


_page_bytes: ContextVar[int] = ContextVar("gatehouse_page_bytes", default=0)


def read_units(size: int, *, consistent: bool) -> float:
    """Units of one read of `size` bytes."""
    units = max(1, math.ceil(size / READ_UNIT_BYTES))
    return float(units) if consistent else units / 2


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(dynamodb, "_get_item_by_key", ("table", "key"))
    require_parameters(dynamodb, "_item_size_bytes", ("item",))
    require_parameters(dynamodb, "_apply_index_projection", ("item", "table", "index_name"))
    page = ("items", "limit", "table", "index_name")
    wrap(dynamodb, "_paginate_evaluated_items", page, _measuring, by=__name__)
    added = ("result", "data", "table_name", "write", "old_item", "new_item", "index_name")
    wrap(dynamodb, "_add_consumed_capacity", added, _by_size, by=__name__)
    wrap(dynamodb, "_batch_get_item", ("data",), _of_a_batch, by=__name__)
    wrap(dynamodb, "_transact_get_items", ("data",), _of_a_transaction, by=__name__)
    wrap(dynamodb, "handle_request", ("method", "path", "headers", "body", "query_params"), _noting, by=__name__)


def _measuring(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def paginate(items: Any, limit: Any, table: Any, index_name: str | None = None) -> Any:
        page, stopped = original(items, limit, table, index_name)
        entries = (dynamodb._apply_index_projection(item, table, index_name) if index_name else item for item in page)
        _page_bytes.set(sum(map(dynamodb._item_size_bytes, entries)))
        return page, stopped

    return paginate


def _by_size(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def add_consumed_capacity(
        result: dict[str, Any],
        data: dict[str, Any],
        table_name: str,
        write: bool = False,  # noqa: FBT001, FBT002 - the emulator's signature
        old_item: Any = None,
        new_item: Any = None,
        index_name: str | None = None,
    ) -> None:
        original(result, data, table_name, write, old_item, new_item, index_name)
        reported = mapping(result.get("ConsumedCapacity"))
        if write or not reported:
            return
        size = _size_of(table_name, data["Key"]) if "Key" in data else _page_bytes.get()
        units = read_units(size, consistent=data.get("ConsistentRead") is True)
        reported["CapacityUnits"] = units
        indexes = [*mapping(reported.get("GlobalSecondaryIndexes")).values()]
        indexes += [*mapping(reported.get("LocalSecondaryIndexes")).values()]
        for each in indexes or ([reported["Table"]] if "Table" in reported else []):
            each["CapacityUnits"] = units

    return add_consumed_capacity


def _size_of(table_name: str, key: Any) -> int:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(table_name))
    item = dynamodb._get_item_by_key(table, key) if table else None
    return int(dynamodb._item_size_bytes(item)) if item else 0


def _of_a_batch(original: Action) -> Action:
    @wraps(original)
    def batch_get_item(data: dict[str, Any]) -> Answer:
        units = {
            table: sum(
                read_units(_size_of(table, key), consistent=mappings(asked).get("ConsistentRead") is True)
                for key in lists(mappings(asked).get("Keys"))
                if isinstance(key, dict)
            )
            for table, asked in mappings(data.get("RequestItems")).items()
        }
        return _reporting(original(data), data, units)

    return batch_get_item


def _of_a_transaction(original: Action) -> Action:
    @wraps(original)
    def transact_get_items(data: dict[str, Any]) -> Answer:
        answer = original(data)  # which turns ARNs of tables into their names
        units: dict[str, float] = {}
        for each in lists(data.get("TransactItems")):
            get = mappings(mappings(each).get("Get"))
            table, key = str(get.get("TableName")), mappings(get.get("Key"))
            units[table] = units.get(table, 0.0) + 2 * read_units(_size_of(table, key), consistent=True)
        return _reporting(answer, data, units, read_units_too=True)

    return transact_get_items


def _reporting(
    answer: Answer, data: Mapping[str, Any], units: Mapping[str, float], *, read_units_too: bool = False
) -> Answer:
    """The answer with the capacity by table, in the detail that the request asks for."""
    detail = data.get(RETURN, "NONE")
    if answer[0] != 200 or detail not in ("TOTAL", "INDEXES"):
        return answer
    consumed: list[dict[str, Any]] = []
    for table, count in units.items():
        capacity = {"CapacityUnits": count} | ({"ReadCapacityUnits": count} if read_units_too else {})
        consumed.append({"TableName": table, **capacity} | ({"Table": capacity} if detail == "INDEXES" else {}))
    return responses.json_response({**json.loads(answer[2]), "ConsumedCapacity": consumed})


def _noting(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Answer:
        document = parsed(body)
        counts = headers.get("x-amz-target", "").rpartition(".")[2] in COUNTED and bool(document)
        silent = counts and document.get(RETURN, "NONE") == "NONE"
        if silent:
            body = json.dumps({**document, RETURN: "TOTAL"}).encode()
        status, answer_headers, answer = await original(method, path, headers, body, query_params)
        if status != 200 or not counts:
            return status, answer_headers, answer
        content: dict[str, Any] = json.loads(answer)
        consumed = content.pop("ConsumedCapacity", None)
        request = current_request()
        if request is not None and consumed:
            tables = lists(consumed) or [consumed]
            request.notes[CAPACITY_NOTE] = sum(mappings(each).get("CapacityUnits", 0.0) for each in tables)
        if silent:
            answer = json.dumps(content, ensure_ascii=False).encode()
            answer_headers[CHECKSUM] = str(zlib.crc32(answer))
        return status, answer_headers, answer

    return handle_request
