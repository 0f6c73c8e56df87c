"""What the plugins of this chain ask for by name."""

from __future__ import annotations

from _route_rules import VARIABLE, RouteRules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def provide_route_rules(environment: Mapping[str, str]) -> RouteRules:
    """Find the rules in SPIFFE_ROUTE_RULES."""
    return RouteRules(environment[VARIABLE])
