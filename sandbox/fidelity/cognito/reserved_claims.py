"""Gap: a trigger can write or take away any claim, the issuer and the expiry of a token included.

What the emulator does: it copies `claimsToAddOrOverride` into the token and removes `claimsToSuppress`, whatever they
name.

What AWS does: it leaves the claims that Cognito itself vouches for as they are (developer guide, "Pre token generation
Lambda trigger", claims and scopes exclusions), and issues the token without saying so. Scopes change through
`scopesToAdd` and `scopesToSuppress` only. A token's `aud` may be set where it equals the app client's id.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any

from sandbox.fidelity.cognito.trigger_failures import TRIGGER_PARAMETERS
from sandbox.fidelity.emulator import emulator_module, mapping, members
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

cognito = emulator_module("services.cognito")

IN_EVERY_TOKEN = frozenset(
    {
        "acr",
        "amr",
        "at_hash",
        "auth_time",
        "azp",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
    }
)
IN_ACCESS_TOKENS = frozenset({"client_id", "device_key", "event_id", "scope", "username", "version"})
IN_ID_TOKENS = frozenset({"aud", "cognito:username", "identities"})
SECTIONS: Mapping[str, frozenset[str]] = {
    "accessTokenGeneration": IN_EVERY_TOKEN | IN_ACCESS_TOKENS,
    "idTokenGeneration": IN_EVERY_TOKEN | IN_ID_TOKENS,
}

_client_id: ContextVar[str] = ContextVar("app client of the token that is made", default="")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    wrap(cognito, "_apply_pretoken_trigger", TRIGGER_PARAMETERS, _knowing_the_client, by=__name__)
    wrap(cognito, "_extract_trigger_response", ("payload",), _cleaning, by=__name__)


def _knowing_the_client(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(original)
    def apply_pretoken_trigger(pool_id: str, claims: dict[str, Any], *rest: Any, **named: Any) -> dict[str, Any]:
        token = _client_id.set(claims.get("client_id", ""))
        try:
            return original(pool_id, claims, *rest, **named)
        finally:
            _client_id.reset(token)

    return apply_pretoken_trigger


def _cleaning(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def extract_trigger_response(payload: Any) -> Any:
        response = original(payload)
        return cleaned(mapping(response), _client_id.get()) if isinstance(response, dict) else response

    return extract_trigger_response


def cleaned(response: Mapping[str, Any], client_id: str) -> dict[str, Any]:
    """A trigger's response without what it may not say of access and ID tokens. Pure."""
    details = mapping(response.get("claimsAndScopeOverrideDetails"))
    if not details:
        return dict(response)
    sections = {name: _cleaned_section(details[name], reserved, client_id) for name, reserved in SECTIONS.items()
                if mapping(details.get(name))}  # fmt: skip
    return {**response, "claimsAndScopeOverrideDetails": {**details, **sections}}


def _cleaned_section(section: Mapping[str, Any], reserved: frozenset[str], client_id: str) -> dict[str, Any]:
    added = mapping(section.get("claimsToAddOrOverride"))
    kept = {
        name: value
        for name, value in added.items()
        if name not in reserved and not (name == "aud" and value != client_id)
    }
    suppressed = [name for name in members(section.get("claimsToSuppress")) if name not in reserved]
    return {**section, "claimsToAddOrOverride": kept, "claimsToSuppress": suppressed}
