"""Lets in whoever sends, as a bearer token, the text of one secret in Secrets Manager; without that secret, nobody.

This is the chain of an authorizer that is given no plugins: something to deploy and call before the first plugin is
written, and to read before writing it. It is safe to leave behind: until `EXAMPLE_TOKEN_SECRET_ARN` names a secret that
the function may read, every request is denied (`example_not_configured`), and what the secret must hold is checked: 32
characters or more, never the placeholder. One shared token says nothing about who calls: real routes want a chain of
their own.

Setting: `EXAMPLE_TOKEN_SECRET_ARN`, for instance of a `ManagedSecret` of the kind `admin-api-key`. Works behind a TOKEN
authorizer and, with the header `Authorization` among the identity sources, behind a REQUEST authorizer.
"""

from __future__ import annotations

from hmac import compare_digest

from authorizer.denial import NotAuthenticated
from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from secret_store.cached_secrets import CachedSecrets

SETTING = "EXAMPLE_TOKEN_SECRET_ARN"
PRINCIPAL = "example-caller"
MINIMUM_TOKEN_LENGTH = 32  # 128 bits in hexadecimal, more in any denser alphabet


def validate(auth_context: dict[str, Any], *, environment: Mapping[str, str], secrets: CachedSecrets) -> dict[str, Any]:
    """Compare the bearer token with the secret, in constant time."""
    secret_id = environment.get(SETTING)
    if not secret_id:
        raise NotAuthenticated("example_not_configured", temporary=True)
    if auth_context["type"] == "TOKEN":
        authorization = auth_context["token"]
    else:
        authorization = auth_context["headers"].get("Authorization")
    token = bearer_token(authorization)
    expected = secrets.current(secret_id).value
    if len(expected) < MINIMUM_TOKEN_LENGTH or not expected.isascii():
        raise NotAuthenticated("secret_unusable", temporary=True)
    if not token.isascii() or not compare_digest(token, expected):
        raise NotAuthenticated("wrong_token", temporary=True)  # it may be the secret's next value
    return {"principal_id": PRINCIPAL}
