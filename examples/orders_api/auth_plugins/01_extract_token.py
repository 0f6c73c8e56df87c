"""Denies whoever sends no bearer token (`missing_token`), before a key is looked up for them.

It returns no token: what a plugin returns goes to the backend, and a credential has no business there.
"""

from __future__ import annotations

from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def validate(auth_context: dict[str, Any]) -> bool:
    """Pass without adding anything."""
    bearer_token(auth_context["token"])
    return True
