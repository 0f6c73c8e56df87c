"""Which authorizations pass beside CUSTOM: none, until an operator configures it."""

from typing import Any, Final

from guardrails.settings import Setting


def _one_of(*names: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(names)}, "uniqueItems": True}


ACCEPTED_METHODS: Final = Setting(
    name="accepted",
    schema=_one_of("AWS_IAM", "COGNITO_USER_POOLS"),
    default=[],
    meaning="Authorizations of methods of REST APIs that pass beside CUSTOM.",
)

ACCEPTED_ROUTES: Final = Setting(
    name="accepted",
    schema=_one_of("AWS_IAM", "JWT"),
    default=[],
    meaning="Authorizations of routes of HTTP and WebSocket APIs that pass beside CUSTOM.",
)
