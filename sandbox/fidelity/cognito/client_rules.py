"""Gap: app clients get flows and scopes that AWS refuses, and an update leaves alone what it does not name.

What AWS does (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
and API_UpdateUserPoolClient.html): the client credentials flow needs a client secret and excludes the other flows
(InvalidOAuthFlowException), scopes must be those of the pool's resource servers (ScopeDoesNotExistException), and "if
you don't provide a value for an attribute, Amazon Cognito sets it to its default value".

Only what machine-to-machine clients need is judged and reset: flows, scopes, validities.
"""

from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, emulator_module, mapping, members
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

cognito = emulator_module("services.cognito")
responses = emulator_module("core.responses")

MACHINE_FLOW = "client_credentials"
RESET_BY_UPDATES: dict[str, Any] = {
    "AccessTokenValidity": None,
    "AllowedOAuthFlows": [],
    "AllowedOAuthFlowsUserPoolClient": False,
    "AllowedOAuthScopes": [],
    "ExplicitAuthFlows": [],
    "IdTokenValidity": None,
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
}


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(cognito, "_resolve_pool", ("pool_id",))
    wrap(cognito, "_create_user_pool_client", ("data",), _creating, by=__name__)
    wrap(cognito, "_update_user_pool_client", ("data",), _updating, by=__name__)


def _creating(original: Action) -> Action:
    @wraps(original)
    def create_user_pool_client(data: dict[str, Any]) -> Answer:
        has_secret = bool(data.get("GenerateSecret") or data.get("ClientSecret"))
        return _refusal(data, has_secret=has_secret) or original(data)

    return create_user_pool_client


def _updating(original: Action) -> Action:
    @wraps(original)
    def update_user_pool_client(data: dict[str, Any]) -> Answer:
        pool, error = cognito._resolve_pool(data.get("UserPoolId"))
        client = None if error else pool["_clients"].get(data.get("ClientId"))
        if client is None:
            return original(data)  # its refusal is AWS's
        return _refusal(data, has_secret=bool(client.get("ClientSecret"))) or original({**RESET_BY_UPDATES, **data})

    return update_user_pool_client


def _refusal(data: dict[str, Any], *, has_secret: bool) -> Answer | None:
    pool, error = cognito._resolve_pool(data.get("UserPoolId"))
    if error:
        return None  # the emulator's own refusal is AWS's
    flows = members(data.get("AllowedOAuthFlows"))
    if MACHINE_FLOW in flows and not has_secret:
        message = "client_credentials flow can not be selected if client does not have a client secret."
        return responses.error_response_json("InvalidOAuthFlowException", message, 400)
    if MACHINE_FLOW in flows and len(flows) > 1:
        message = "client_credentials flow can not be selected along with code flow or implicit flow."
        return responses.error_response_json("InvalidOAuthFlowException", message, 400)
    unknown = sorted(set(members(data.get("AllowedOAuthScopes"))) - known_scopes(pool))
    if unknown:
        message = f"Invalid scope requested: {', '.join(unknown)}"
        return responses.error_response_json("ScopeDoesNotExistException", message, 400)
    return None


def known_scopes(pool: dict[str, Any]) -> set[str]:
    """The scopes that app clients of the pool can be given."""
    of_servers = {
        f"{identifier}/{scope['ScopeName']}"
        for identifier, server in mapping(pool.get("_resource_servers")).items()
        for scope in members(server.get("Scopes"))
    }
    return of_servers | set(cognito._STANDARD_OAUTH_SCOPES)
