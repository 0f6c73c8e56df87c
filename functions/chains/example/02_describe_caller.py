"""Tells the backend who let the caller in: it finds this in `event["requestContext"]["authorizer"]["validated_by"]`.

Shows how plugins build on each other: what earlier ones have returned is in the auth context, and what this one returns
is added to it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def validate(auth_context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context; who calls is settled already."""
    return {"context": {"validated_by": "example", "authorizer_type": auth_context["type"]}}
