"""Answers in API Gateway's proxy format: JSON, with the CORS headers of the API on every one of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from api_responses.refusals import Refusal

ALLOW_ORIGIN_VARIABLE = "CORS_ALLOW_ORIGIN"
# What scripts of another origin may read beyond the safelisted headers (Fetch standard, section 3.3.3).
EXPOSED_HEADERS = "ETag, Idempotency-Replayed, Retry-After"


class Answers:
    """Makes answers with the headers that all of them have."""

    def __init__(self, *, allow_origin: str | None) -> None:
        """Take the origin that scripts may call from (`*` for any); None or empty sends no CORS headers."""
        self._headers = {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        if allow_origin:
            self._headers["Access-Control-Allow-Origin"] = allow_origin
            self._headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            if allow_origin != "*":
                self._headers["Vary"] = "Origin"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Answers:
        """Read the setting from a function's environment."""
        return cls(allow_origin=environment.get(ALLOW_ORIGIN_VARIABLE))

    def json(self, status: int, document: object, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Answer with `document`, which holds JSON values only (no Decimal: see `text`)."""
        return self.text(status, json.dumps(document, allow_nan=False), headers)

    def text(self, status: int, body: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Answer with a body that is JSON text already."""
        return {"statusCode": status, "headers": {**self._headers, **(headers or {})}, "body": body}

    def refusal(self, refusal: Refusal) -> dict[str, Any]:
        """Answer with an error."""
        return self.json(refusal.status, refusal.body, refusal.headers)
