"""Gap: a user pool is deleted whether it is protected or still has a domain.

What AWS does: DeleteUserPool of a pool with `DeletionProtection` ACTIVE, or with a domain, is an
InvalidParameterException
(https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html and
cognito-user-pools-assign-domain.html).
"""

from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

cognito = emulator_module("services.cognito")
responses = emulator_module("core.responses")

PROTECTED = (
    "The user pool cannot be deleted because deletion protection is activated. "
    "Deletion protection must be inactivated first."
)
HAS_DOMAIN = "User pool cannot be deleted. It has a domain configured that should be deleted first."


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap."""
    del settings
    require_parameters(cognito, "_resolve_pool", ("pool_id",))
    wrap(cognito, "_delete_user_pool", ("data",), _protecting, by=__name__)


def _protecting(original: Action) -> Action:
    @wraps(original)
    def delete_user_pool(data: dict[str, Any]) -> Answer:
        pool, error = cognito._resolve_pool(data.get("UserPoolId"))
        if error:
            return error
        if pool.get("DeletionProtection") == "ACTIVE":
            return responses.error_response_json("InvalidParameterException", PROTECTED, 400)
        if pool.get("Domain") or pool.get("CustomDomain"):
            return responses.error_response_json("InvalidParameterException", HAS_DOMAIN, 400)
        return original(data)

    return delete_user_pool
