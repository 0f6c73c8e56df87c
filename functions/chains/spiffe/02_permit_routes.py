"""Says which routes the workload may call: those whose rules name its SPIFFE ID, or a prefix of it; without one, none.

The rules are the setting `SPIFFE_ROUTE_RULES` (see `_route_rules.py`). A route that they do not open is answered 403,
`route_not_permitted`.
"""

from __future__ import annotations

from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from _route_rules import RouteRules


def validate(auth_context: dict[str, Any], *, route_rules: RouteRules) -> dict[str, Any]:
    """Narrow the routes to the workload's own."""
    spiffe_id = auth_context["principal_id"]
    if spiffe_id is None:
        raise NotAuthenticated("no_principal")
    return {"routes": route_rules.routes_of(spiffe_id)}
