"""What concerns all customers, read from the tables with the operator's own credentials. Nothing is ever written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api_keys.dynamodb_items import CUSTOMER_PREFIX, customer_record
from api_keys.records import Customer
from cli.errors import CliError, aws_explained
from cli.target import Target


def customers(target: Target, table: str) -> list[Customer]:
    """Return all customers, by id. Reads the whole table, which takes a while where there are very many keys.

    Raises:
        CliError: it cannot be read.
    """
    found: list[Customer] = []
    with aws_explained(f"read the table {table}"):
        pages = (
            target.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=table,
                FilterExpression="begins_with(id, :customer)",
                ExpressionAttributeValues={":customer": {"S": CUSTOMER_PREFIX}},
            )
        )
        for page in pages:
            found += [customer_record(item) for item in page["Items"]]
    return sorted(found, key=lambda customer: customer.customer_id)


def requests_by_day(target: Target, table: str, customer_id: str, days: int, now: datetime) -> dict[str, int]:
    """Return the requests of the last `days` days (UTC) that end with the day of `now`, 0 for days without any.

    Raises:
        CliError: the table cannot be read, or does not hold counts.
    """
    wanted = [(now.astimezone(UTC) - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(days)][::-1]
    counted = dict.fromkeys(wanted, 0)
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "customer_id = :customer AND #day BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#day": "day"},
        "ExpressionAttributeValues": {
            ":customer": {"S": customer_id},
            ":first": {"S": wanted[0]},
            ":last": {"S": wanted[-1]},
        },
    }
    with aws_explained(f"read the table {table}"):
        pages = target.client("dynamodb").get_paginator("query").paginate(**query)
        items = [item for page in pages for item in page["Items"]]
    try:
        for item in items:
            counted[item["day"]["S"]] = int(item["requests"]["N"])
    except (KeyError, ValueError):
        raise CliError(f"the table {table} holds something else than counts of requests") from None
    return counted
