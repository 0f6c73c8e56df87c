"""Answers for orders. It checks nothing about the caller: the authorizer has, and says here who it is.

What plugins return as context arrives as text under `requestContext.authorizer`. An example, so it keeps no orders.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the answer in the form of a Lambda proxy integration."""
    authorizer = event["requestContext"]["authorizer"]
    if event["resource"] == "/orders/export":
        return _answer(200, {"tenant": authorizer["tenant"], "orders": []})
    if event["httpMethod"] == "POST":
        return _answer(201, {"placed_by": authorizer["jwt_sub"], "tier": authorizer["user_tier"]})
    return _answer(200, {"orders_of": authorizer["jwt_sub"], "tier": authorizer["user_tier"], "orders": []})


def _answer(status: int, body: dict[str, object]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
