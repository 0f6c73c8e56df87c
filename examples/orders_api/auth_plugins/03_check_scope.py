"""Lets a caller do what the token's scopes (RFC 8693 section 4.2: one text, separated by blanks) are good for.

It returns the routes instead of judging the one that is called: API Gateway keeps the answer and uses it for the
caller's other requests, too. A call outside the routes gets 403 (`route_not_permitted`).
"""

from __future__ import annotations

from authorizer.denial import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROUTES = {"orders:read": "GET /orders", "orders:write": "POST /orders"}


def validate(auth_context: dict[str, Any]) -> dict[str, Any]:
    """Narrow what the caller may call; deny (403) whom no scope of ours was given."""
    granted = str(auth_context["context"]["scope"]).split()
    routes = [route for scope, route in ROUTES.items() if scope in granted]
    if not routes:
        raise NotPermitted("insufficient_scope")
    return {"routes": routes}
