"""Gap: rows that expire go once a minute, whatever type their attribute has and however old it is.

What the emulator does: a thread of its own removes rows while requests are being served, also those whose attribute is
text, and without the sandbox saving its state.

What AWS does: it removes rows some time after they expired, "within a few days", those only whose attribute is a number
of seconds since 1970 and not more than five years ago
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html). Expired rows are there until
then: readers must look at the attribute.

The wrap removes them at sandbox speed: with the first request after each `SWEEP_SECONDS`. A row is there for at most
that long after it expired, as far as anybody can see. Not covered: the stream records of these deletions.
"""

import threading
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.emulator import emulator_module, mapping
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

dynamodb = emulator_module("services.dynamodb")

SWEEP_SECONDS: Final = 5.0
OLDEST_SECONDS: Final = 5 * 365 * 86_400
EMULATORS_THREAD: Final = "dynamodb-ttl-reaper"

Handler = Callable[..., Awaitable[Any]]

_next_sweep = 0.0


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(dynamodb, "_ttl_reaper", ())
    wrap(dynamodb, "_remove_item", ("table", "pk_val", "sk_val"), _not_by_the_thread, by=__name__)
    wrap(dynamodb, "handle_request", ("method", "path", "headers", "body", "query_params"), _sweeping, by=__name__)


def _not_by_the_thread(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def remove_item(table: Any, pk_val: Any, sk_val: Any) -> None:
        if threading.current_thread().name != EMULATORS_THREAD:
            original(table, pk_val, sk_val)

    return remove_item


def _sweeping(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        global _next_sweep
        if time.monotonic() >= _next_sweep:
            remove_expired(time.time())
            _next_sweep = time.monotonic() + SWEEP_SECONDS
        return await original(method, path, headers, body, query_params)

    return handle_request


def remove_expired(now: float) -> int:
    """Removes the rows of all tables that had expired at `now` (seconds since 1970); answers how many."""
    removed = 0
    for (account, region, name), setting in list(dynamodb._ttl_settings.all_items()):
        table = dynamodb._tables.get_scoped(account, region, name)
        if not table or setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        gone = [
            (partition, sort)
            for partition, rows in table["items"].items()
            for sort, item in rows.items()
            if is_expired(mapping(item.get(setting["AttributeName"])).get("N"), now)
        ]
        for partition, sort in gone:
            dynamodb._remove_item(table, partition, sort)
        removed += len(gone)
    return removed


def is_expired(text: Any, now: float) -> bool:
    """Whether the number (DynamoDB's text of it) is a time before `now` at which a row expires."""
    try:
        at = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return False
    return at is not None and Decimal(now) - OLDEST_SECONDS <= at <= Decimal(now)
