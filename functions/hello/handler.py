"""Answers `GET /hello`. Deliberately checks nothing: API Gateway calls it only for callers that the authorizer has
let in."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def handle(_event: object, _context: object) -> dict[str, Any]:
    """Return the answer in the form of a Lambda proxy integration."""
    return {"statusCode": 200, "body": "Hello, world!"}
