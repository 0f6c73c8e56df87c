"""Gap: a table that is protected against deletion refuses it in words that AWS does not use.

AWS: "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
(ValidationException; https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html).
Operators search for these words, and alarms match them. The wrap says them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.emulator import emulator_module, mapping
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

dynamodb = emulator_module("services.dynamodb")
responses = emulator_module("core.responses")

PROTECTED: Final = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
)


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap."""
    del settings
    require_parameters(dynamodb, "_normalize_table_name", ("value",))
    wrap(dynamodb, "_delete_table", ("data",), _protecting, by=__name__)


def _protecting(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def delete_table(data: Any) -> Any:
        table = mapping(dynamodb._tables.get(dynamodb._normalize_table_name(data.get("TableName"))))
        if table.get("DeletionProtectionEnabled"):
            return responses.error_response_json("ValidationException", PROTECTED, 400)
        return original(data)

    return delete_table
