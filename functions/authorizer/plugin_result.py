"""What a plugin may return, held to its form.

    True                                              passes, adds nothing
    {"principal_id": "...", "context": {...},         enriches; each member is optional, one at least is there
     "routes": ["GET /orders", "GET /orders/*"]}

`principal_id` and members of `context` replace what earlier plugins returned. `routes` can only narrow it: they are
needed where a plugin decides by method or path while the authorizer's answers are cached, because the cached answer
holds for every route.
"""

from __future__ import annotations

from authorizer.json_values import is_object
from authorizer.routes import is_route, narrowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from authorizer.decision import ContextValue

MAXIMUM_PRINCIPAL_ID_LENGTH = 2_048  # a SPIFFE ID may have as many bytes (SPIFFE-ID standard, section 2.3)
_MEMBERS = frozenset({"principal_id", "context", "routes"})
# API Gateway puts these beside the context in the backend's event; a plugin must not be able to replace them.
_RESERVED_CONTEXT = frozenset({"principalId", "integrationLatency"})
_INFINITY = float("inf")
_LARGEST_INTEGER = 2**63 - 1  # identifiers fit; thousands of digits would crash the runtime when it answers


class PluginResults:
    """The results so far: the state that goes along a chain."""

    __slots__ = ("context", "principal_id", "routes")

    def __init__(self) -> None:
        """Begin with nothing established."""
        self.principal_id: str | None = None
        self.context: dict[str, ContextValue] = {}
        self.routes: tuple[str, ...] | None = None

    def add(self, result: dict[str, Any]) -> None:
        """Take over the result of one plugin, all of it or nothing; raises ValueError where it is malformed."""
        if not result or not _MEMBERS.issuperset(result):
            raise ValueError("a result has the members principal_id, context and routes and no others")
        principal_id = result.get("principal_id", self.principal_id)
        context: object = result.get("context", {})
        if "principal_id" in result and not _is_principal_id(principal_id):
            raise ValueError("principal_id is a string that is not empty")
        if not is_object(context) or not all(_is_context_member(name, value) for name, value in context.items()):
            raise ValueError("context holds strings, finite numbers and booleans under names that are not reserved")
        if "routes" in result:
            self._narrow(result["routes"])
        self.principal_id = principal_id
        self.context.update(context)

    def _narrow(self, routes: Any) -> None:
        if type(routes) not in (list, tuple) or not all(is_route(route) for route in routes):
            raise ValueError("routes is a list of patterns such as `GET /orders/*`")
        self.routes = tuple(routes) if self.routes is None else narrowed(self.routes, tuple(routes))


def _is_principal_id(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= MAXIMUM_PRINCIPAL_ID_LENGTH and value.isprintable()


def _is_context_member(name: Any, value: Any) -> bool:
    if type(name) is not str or not name or name in _RESERVED_CONTEXT:
        return False
    if type(value) is float:
        return -_INFINITY < value < _INFINITY  # NaN is neither
    if type(value) is int:
        return abs(value) <= _LARGEST_INTEGER
    return type(value) is bool or (type(value) is str and _is_text(value))


def _is_text(value: str) -> bool:
    """Tell whether `value` can be sent: half a surrogate pair cannot, and would crash the runtime when it answers."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
