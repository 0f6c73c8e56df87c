"""What the plugins of this chain ask for by name."""

from __future__ import annotations

from _route_rules import VARIABLE, RouteRules

from spiffe_extension.client import svid_verifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from spiffe_extension.client import SvidVerifier


def provide_route_rules(environment: Mapping[str, str]) -> RouteRules:
    """Find the rules in SPIFFE_ROUTE_RULES."""
    return RouteRules(environment[VARIABLE])


def provide_svid_verifier(environment: Mapping[str, str]) -> SvidVerifier:
    """Verify with the extension or in process, as SPIFFE_VERIFICATION says."""
    return svid_verifier(environment)
