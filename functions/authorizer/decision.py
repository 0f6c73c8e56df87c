"""What a chain decides: `Allow` or `Deny`. Deny is the zero value: `Deny()` is what is true until something else is
shown.

Reason codes that the authorizer itself gives (plugins and libraries add theirs; codes are added, never renamed):

    denied_by_default           no plugin has run
    malformed_event             the event is not one of API Gateway's for a REST API
    denied_by_plugin            a plugin returned something else than True or a dict
    malformed_plugin_result     a plugin returned a dict that is not a result
    plugin_error                a plugin raised an exception that carries no reason
    no_principal                all plugins passed and none said who the caller is
    route_not_permitted         the chain allows this principal other routes only (403)
    ambiguous_header            a plugin asked for a header that the caller sent more than once
    plugins_directory_missing, no_plugins, plugin_does_not_import, plugin_without_validate    the chain cannot load
    unknown_provider, provider_failed    what a plugin asks for by name is not there (`authorizer.providers`)
    unknown_setting             the authorizer's own setting has a value that it does not know
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    ContextValue = str | int | float | bool


class Allow:
    """The caller is `principal_id` and may call `routes` (None: every method of the stage)."""

    reason = "allowed"
    __slots__ = ("context", "principal_id", "routes")

    def __init__(
        self, *, principal_id: str, context: Mapping[str, ContextValue], routes: tuple[str, ...] | None = None
    ) -> None:
        """Hold the result of a chain that passed."""
        self.principal_id = principal_id
        self.context = context
        self.routes = routes


class Deny:
    """The caller must not pass. `authenticated` makes it a 403; otherwise it is a 401.

    `temporary`: the same credential may pass soon (a secret cannot be read, a plugin failed), so that nobody may keep
    this answer. Doubt is temporary. `permitted_routes` are what the principal may call instead, where the chain has
    said so: a cached answer must not deny those, and their backends get `context` from it.
    """

    __slots__ = ("authenticated", "context", "permitted_routes", "principal_id", "reason", "temporary")

    def __init__(
        self,
        *,
        reason: str = "denied_by_default",
        authenticated: bool = False,
        temporary: bool = True,
        principal_id: str | None = None,
        permitted_routes: tuple[str, ...] = (),
        context: Mapping[str, ContextValue] | None = None,
    ) -> None:
        """Hold the reason, a stable code."""
        self.reason = reason
        self.authenticated = authenticated
        self.temporary = temporary
        self.principal_id = principal_id
        self.permitted_routes = permitted_routes
        self.context = context or {}
