"""Gap: a refused request body or parameter is not described; `$context.error.validationErrorString` is never set.

AWS (Amazon API Gateway developer guide, "Variables for data transformations" and "Request validation for REST APIs"):
the variable is "a string containing a detailed validation error message", as `[object has missing required properties
(["name"])]`; for parameters it is the error's message.

The wrap describes what is wrong with a body that the emulator refuses, in the words of the validator that AWS's
answers show (json-schema-validator). Which bodies are refused stays the emulator's decision: a refusal for a keyword
that is not described here has an empty description.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.fidelity.gateway.documents import JsonObject, as_list, as_object, child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
LONGEST_DEPTH = 32


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_model_schema", "_resolve_schema_ref", "_header_ci", "_regex_search")
    parameters = ("method_obj", "api_id", "request", "headers", "body", "query_params")
    wrap(GATEWAY, "_check_request_validation", parameters, _describing, by=__name__)


def _describing(original: Callable[..., Any]) -> Callable[..., Any]:
    def check(method_obj: JsonObject, api_id: str, request: Any, headers: Any, body: Any, query_params: Any) -> Any:
        error = original(method_obj, api_id, request, headers, body, query_params)
        if error is not None and error.response_type == "BAD_REQUEST_PARAMETERS":
            error.validation = error.message
        elif error is not None and error.response_type == "BAD_REQUEST_BODY":
            error.validation = _description(_schema(method_obj, api_id, headers), body)
        return error

    return check


def _schema(method: JsonObject, api_id: str, headers: Any) -> Any:
    """The schema of the model that applies to the request's content type, chosen as the emulator chooses it."""
    models = child(method, "requestModels")
    content_type = (GATEWAY._header_ci(headers, "content-type") or "application/json").split(";", 1)[0].strip()
    return GATEWAY._model_schema(api_id, models.get(content_type) or models.get("application/json"))


def _description(schema: Any, body: bytes | str | None) -> str | None:
    try:
        document = json.loads(body or b"")
    except ValueError:
        return None
    problems = list(violations(schema, document, schema))
    return f"[{', '.join(problems)}]" if problems else None


def violations(schema: Any, value: Any, root: Any, depth: int = 0) -> Iterator[str]:
    """What a value violates of a schema (draft 4), each with the validator's message."""
    rules = as_object(schema)
    if rules is None or depth > LONGEST_DEPTH:
        return
    if isinstance(rules.get("$ref"), str):
        target, target_root = GATEWAY._resolve_schema_ref(rules["$ref"], root)
        yield from violations(target, value, target_root, depth + 1)
        return
    allowed = as_list(rules.get("type")) or ([rules["type"]] if "type" in rules else [])
    if allowed and not any(TYPES[name](value) for name in allowed if name in TYPES):
        found = type_name(value)
        yield f"instance type ({found}) does not match any allowed primitive type (allowed: {quoted(allowed)})"
        return
    if "enum" in rules and value not in rules["enum"]:
        yield f"instance value ({json.dumps(value)}) not found in enum (possible values: {quoted(rules['enum'])})"
    yield from _scalar_violations(rules, value)
    yield from _member_violations(rules, value, root, depth)


def _scalar_violations(rules: JsonObject, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        length, text = len(value), json.dumps(value)
        if length < rules.get("minLength", 0):
            yield f"string {text} is too short (length: {length}, required minimum: {rules['minLength']})"
        if length > rules.get("maxLength", length):
            yield f"string {text} is too long (length: {length}, maximum allowed: {rules['maxLength']})"
        if "pattern" in rules and GATEWAY._regex_search(rules["pattern"], value) is False:
            yield f'ECMA 262 regex "{rules["pattern"]}" does not match input string {text}'
    if TYPES["number"](value):
        if value < rules.get("minimum", value):
            yield (
                "numeric instance is lower than the required minimum "
                f"(minimum: {rules['minimum']}, found: {json.dumps(value)})"
            )
        if value > rules.get("maximum", value):
            yield (
                "numeric instance is greater than the required maximum "
                f"(maximum: {rules['maximum']}, found: {json.dumps(value)})"
            )


def _member_violations(rules: JsonObject, value: Any, root: Any, depth: int) -> Iterator[str]:
    members, items = as_object(value), as_list(value)
    if members is not None:
        missing = sorted(set(as_list(rules.get("required")) or []) - set(members))
        if missing:
            yield f"object has missing required properties ({quoted(missing)})"
        known = child(rules, "properties")
        unknown = sorted(set(members) - set(known))
        if rules.get("additionalProperties") is False and unknown and not rules.get("patternProperties"):
            yield f"object instance has properties which are not allowed by the schema: {quoted(unknown)}"
        for name, member in members.items():
            if name in known:
                yield from violations(known[name], member, root, depth + 1)
    for item in items or []:
        yield from violations(rules.get("items"), item, root, depth + 1)


def type_name(value: Any) -> str:
    """The JSON schema type of a value; an integer is one before it is a number."""
    return next(name for name in ("boolean", "integer", *TYPES) if TYPES[name](value))


def quoted(names: list[Any]) -> str:
    """A list as the validator writes it: JSON without blanks."""
    return json.dumps(names, separators=(",", ":"))
