"""Gap: Update calls misread patch operations.

The emulator does not decode `~1` in paths (a template for `application/json` lands under `application~1json`, beside
the one that counts), stores every value as text (`"true"` where there was `true`), and replaces a set by an object or
a text.

AWS (Amazon API Gateway API reference, "Patch operations"): `path` is a JSON pointer (RFC 6901), `value` is text for a
member of any type; members of sets are added and removed by their name in the path (`/binaryMediaTypes/image~1png`)
or by value (`/authorizationScopes`).

The wrap applies them so. The type of a member follows from what is stored, or from its name where nothing is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.fidelity.gateway.documents import JsonObject, as_list, as_object
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

SETS = frozenset(
    {"apiStages", "authorizationScopes", "binaryMediaTypes", "cacheKeyParameters", "providerARNs", "vpcEndpointIds"}
)
FLAG_BEGINNINGS = ("disable", "validate")
FLAG_ENDS = ("Enabled", "Encrypted", "Required")
NUMBERS: Mapping[str, Callable[[str], int | float]] = {
    "authorizerResultTtlInSeconds": int,
    "burstLimit": int,
    "limit": int,
    "minimumCompressionSize": int,
    "offset": int,
    "rateLimit": float,
    "timeoutInMillis": int,
}


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    wrap(GATEWAY, "_apply_patch", ("obj", "patch_ops"), _applying, by=__name__)


def _applying(original: Callable[..., Any]) -> Callable[..., Any]:
    del original  # every operation is applied here

    def apply_patch(obj: JsonObject, patch_ops: list[JsonObject]) -> JsonObject:
        for operation in patch_ops:
            tokens = pointer_tokens(operation.get("path") or "")
            if tokens:
                apply_operation(obj, operation.get("op") or "replace", tokens, operation.get("value"))
        return obj

    return apply_patch


def pointer_tokens(path: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901 section 4); none for the whole document, which nobody patches."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")] if path else []


def apply_operation(document: JsonObject, operation: str, tokens: list[str], value: str | None) -> None:
    """Applies `add`, `replace` or `remove` at the place that `tokens` name, making objects on the way."""
    name, rest = tokens[0], tokens[1:]
    if not rest:
        _change_member(document, operation, name, value)
    elif name in SETS or as_list(document.get(name)) is not None:
        _change_set(document, operation, name, "/".join(rest), value)
    elif operation != "remove" or as_object(document.get(name)) is not None:
        if as_object(document.get(name)) is None:
            document[name] = {}
        apply_operation(document[name], operation, rest, value)


def _change_member(document: JsonObject, operation: str, name: str, value: str | None) -> None:
    is_set = name in SETS or as_list(document.get(name)) is not None
    if is_set and operation in ("add", "remove") and value is not None:
        _change_set(document, operation, name, value, None)
    elif operation == "remove":
        document.pop(name, None)
    elif is_set and value is not None:
        document[name] = [value]
    else:
        document[name] = typed(name, document.get(name), value)


def _change_set(document: JsonObject, operation: str, name: str, member: str, value: str | None) -> None:
    before = as_list(document.get(name)) or []
    entry: Any = member
    if name == "apiStages":
        api_id, _, stage = member.partition(":")
        entry = {"apiId": api_id, "stage": stage}
    after = [item for item in before if item != entry]
    if operation == "add":
        after.append(entry)
    elif operation == "replace":
        # The one member of `endpointConfiguration.types` is replaced by its place or by its name.
        after = [value if str(place) == member or item == entry else item for place, item in enumerate(before)]
    document[name] = after


def typed(name: str, stored: object, value: object) -> Any:
    """A patch's text as the type of the member that it replaces; what the emulator has converted already stays."""
    if not isinstance(value, str):
        return value
    if isinstance(stored, bool) or name.startswith(FLAG_BEGINNINGS) or name.endswith(FLAG_ENDS):
        return value.lower() == "true"
    if name.startswith("method.") and value in ("true", "false"):
        return value == "true"  # whether a parameter is required; mappings are never these words
    if name in NUMBERS:
        return NUMBERS[name](value)
    if isinstance(stored, int | float):
        return type(stored)(value)
    return value
