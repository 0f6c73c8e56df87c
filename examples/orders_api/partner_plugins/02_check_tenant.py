"""Denies (403) a partner who asks for another tenant than the one that the key is for.

The query parameter is one of the identity sources, so a kept answer for one tenant never serves another.
"""

from __future__ import annotations

from authorizer.denial import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def validate(auth_context: dict[str, Any]) -> bool:
    """Compare what is asked for with what the key was made for."""
    if auth_context["query_string_parameters"].get("tenant") != auth_context["context"]["tenant"]:
        raise NotPermitted("wrong_tenant")
    return True
