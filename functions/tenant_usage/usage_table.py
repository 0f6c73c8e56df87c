"""Usage in DynamoDB: one conditional UpdateItem per request, a second one only for the first request of a minute.

    count       minute >= now's, minute_requests < limit        ->  admitted
    refused     the record has this minute, and the limit       ->  429
    refused     an earlier minute, or no record                 ->  begin the minute, unless somebody else just did

The table is reached with the function's own role, which a tenant's session cannot use, so no tenant can change what it
has used. A record of a later minute than this worker's clock has (clocks differ) counts for both.
"""

from __future__ import annotations

from time import gmtime, strftime

from aws_calls.errors import AwsCallError, Refused, Throttled
from tenant_usage.usage import KEPT_SECONDS, SECONDS_PER_MINUTE, UsageUnavailable, seconds_to_next_minute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aws_calls.credentials import Credentials
    from aws_calls.dynamodb import DynamoDb

ROUNDS = 3  # each lost only to another worker that has just counted or begun the minute
MAXIMUM_EXHAUSTED_TENANTS = 1_000

_COUNT = "SET minute_requests = minute_requests + :one ADD requests :one"
_MAY_COUNT = "#minute >= :minute AND minute_requests < :limit"
_BEGIN = "SET #minute = :minute, minute_requests = :one, expires_at_epoch = :expires ADD requests :one"
_MAY_BEGIN = "attribute_not_exists(#minute) OR #minute < :minute"
_NAMES = {"#minute": "minute"}  # a reserved word of DynamoDB's expressions
_NOT_MET = "ConditionalCheckFailedException"


class UsageTable:
    """A `TenantUsage` in a table."""

    def __init__(
        self,
        *,
        dynamodb: DynamoDb,
        credentials: Credentials,
        table: str,
        requests_per_minute: int,
        clock: Callable[[], float],
    ) -> None:
        """Take the table's name, the limit, and the clock (seconds since 1970)."""
        self._dynamodb = dynamodb
        self._credentials = credentials
        self._table = table
        self._limit = requests_per_minute
        self._clock = clock
        # Tenants whose minute is used up are refused without a call, so that a flood cannot wear out their record.
        self._exhausted: dict[str, int] = {}

    def admit(self, customer_id: str) -> int:
        """See `TenantUsage.admit`."""
        now = self._clock()
        minute = int(now) // SECONDS_PER_MINUTE
        if self._exhausted.get(customer_id, -1) >= minute:
            return seconds_to_next_minute(now)
        key = {"customer_id": {"S": customer_id}, "day": {"S": strftime("%Y-%m-%d", gmtime(now))}}
        for _ in range(ROUNDS):
            found = self._count(key, minute)
            if found is None:
                return 0
            found_minute = int(found.get("minute", {"N": "-1"})["N"])
            if found_minute >= minute:
                self._remember_exhausted(customer_id, found_minute)
                return seconds_to_next_minute(now)
            if self._begin(key, minute, int(now) + KEPT_SECONDS):
                return 0
        raise UsageUnavailable("usage_contended")

    def requests_by_day(self, customer_id: str, first_day: str, last_day: str) -> dict[str, int]:
        """See `TenantUsage.requests_by_day`."""
        days: dict[str, int] = {}
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "customer_id = :customer AND #day BETWEEN :first AND :last",
            "ProjectionExpression": "#day, requests",
            "ExpressionAttributeNames": {"#day": "day"},
            "ExpressionAttributeValues": {
                ":customer": {"S": customer_id},
                ":first": {"S": first_day},
                ":last": {"S": last_day},
            },
        }
        while True:
            try:
                answer = self._dynamodb.call("Query", query, self._credentials)
            except AwsCallError as error:
                raise _unavailable(error) from None
            days.update({item["day"]["S"]: int(item["requests"]["N"]) for item in answer["Items"]})
            if "LastEvaluatedKey" not in answer:
                return days
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _count(self, key: dict[str, Any], minute: int) -> dict[str, Any] | None:
        """Count; return None when it was done, else the record that did not allow it (empty where there is none)."""
        values = {":one": {"N": "1"}, ":minute": {"N": str(minute)}, ":limit": {"N": str(self._limit)}}
        return self._update(key, _COUNT, _MAY_COUNT, values)

    def _begin(self, key: dict[str, Any], minute: int, expires: int) -> bool:
        values = {":one": {"N": "1"}, ":minute": {"N": str(minute)}, ":expires": {"N": str(expires)}}
        return self._update(key, _BEGIN, _MAY_BEGIN, values) is None

    def _update(
        self, key: dict[str, Any], expression: str, condition: str, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        update = {
            "TableName": self._table,
            "Key": key,
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": values,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self._dynamodb.call("UpdateItem", update, self._credentials)
        except Refused as error:
            if error.code == _NOT_MET:
                return error.document.get("Item", {})
            raise _unavailable(error) from None
        except AwsCallError as error:
            raise _unavailable(error) from None
        return None

    def _remember_exhausted(self, customer_id: str, minute: int) -> None:
        if len(self._exhausted) >= MAXIMUM_EXHAUSTED_TENANTS:
            self._exhausted.clear()
        self._exhausted[customer_id] = minute


def _unavailable(error: AwsCallError) -> UsageUnavailable:
    return UsageUnavailable("usage_throttled" if isinstance(error, Throttled) else "usage_unavailable")
