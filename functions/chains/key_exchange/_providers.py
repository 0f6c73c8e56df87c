"""What the plugin of this chain asks for by name."""

from __future__ import annotations

from api_keys.dynamodb_exchange import DynamoDbExchange
from api_keys.key_check import KeyCheck, LockoutRules
from aws_calls.own_role import own_role_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api_keys.exchange_store import ExchangeStore


def provide_exchange_store(environment: Mapping[str, str]) -> ExchangeStore:
    """Read keys from API_KEYS_TABLE and count failures in LOCKOUTS_TABLE."""
    return DynamoDbExchange(
        call=own_role_calls(environment),
        keys_table=environment["API_KEYS_TABLE"],
        lockouts_table=environment["LOCKOUTS_TABLE"],
    )


def provide_key_check(
    environment: Mapping[str, str], exchange_store: ExchangeStore, clock: Callable[[], float]
) -> KeyCheck:
    """Check keys under the lock-out settings."""
    return KeyCheck(store=exchange_store, rules=LockoutRules.of(environment), clock=clock)
