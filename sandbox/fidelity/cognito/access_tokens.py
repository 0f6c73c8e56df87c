"""Gap: access tokens do not say their version, and those of machines speak of a sign-in that never was.

What the emulator does: it signs access tokens without `version`, and puts `origin_jti` into tokens of the
client credentials grant.

What AWS does: every access token says `"version": 2`, and `origin_jti` is in tokens of people who signed in only
(https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

cognito = emulator_module("services.cognito")

VERSION = 2


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap."""
    del settings
    wrap(cognito, "_signed_jwt", ("claims", "pool_id", "use"), _complete, by=__name__)


def _complete(original: Callable[..., str]) -> Callable[..., str]:
    @wraps(original)
    def signed_jwt(claims: dict[str, Any], pool_id: str = "", use: str = "") -> str:
        if claims.get("token_use") != "access":
            return original(claims, pool_id, use)
        return original(access_token_claims(claims), pool_id, use)

    return signed_jwt


def access_token_claims(claims: dict[str, Any]) -> dict[str, Any]:
    """What AWS puts into this access token. Pure."""
    of_a_machine = "username" not in claims and claims.get("sub") == claims.get("client_id")
    kept = {name: value for name, value in claims.items() if not (of_a_machine and name == "origin_jti")}
    return {**kept, "version": VERSION}
