"""Gap: the emulator does not know UpdateBasePathMapping, and stores the mapping of everything under an empty name.

AWS (Amazon API Gateway API reference, CreateBasePathMapping, UpdateBasePathMapping, BasePathMapping): a missing or
empty base path is `(none)`; the API and the stage exist; a base path is mapped once per domain. Patches replace
`/basePath`, `/restapiId` and `/stage`. What is not there is answered with 404. A base path may have several parts.
"""

import json
import re
from typing import Any
from urllib.parse import unquote

from sandbox.fidelity.gateway.documents import JsonObject, child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.response_updates import patch_operations
from sandbox.fidelity.gateway.tracking import Handler
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

MAPPINGS = re.compile(r"/?domainnames/(?P<domain>[^/]+)/basepathmappings/?(?P<base>.*)")
ROOT = "(none)"


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_base_path_mappings", "_domain_names", "_rest_apis", "_stages_v1", "_v1_error", "_v1_response")
    wrap(GATEWAY, "handle_request", ("method", "path", "headers", "body", "query_params"), _answering, by=__name__)


def _answering(original: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        found = MAPPINGS.fullmatch(path)
        if found is None:
            return await original(method, path, headers, body, query_params)
        if found["domain"] not in GATEWAY._domain_names:
            return _missing("domain name")
        mappings: JsonObject = GATEWAY._base_path_mappings.setdefault(found["domain"], {})
        base = unquote(found["base"])
        if not base:
            if method == "POST":
                return _create(mappings, json.loads(body or b"{}"))
            return await original(method, path, headers, body, query_params)
        if base not in mappings:
            return _missing("base path mapping")
        match method:
            case "GET":
                return GATEWAY._v1_response(_public(mappings[base]))
            case "PATCH":
                return _update(mappings, base, patch_operations(body))
            case "DELETE":
                del mappings[base]
                return 202, {}, b""
            case _:
                return await original(method, path, headers, body, query_params)

    return handle_request


def _missing(what: str) -> Any:
    return GATEWAY._v1_error("NotFoundException", f"Invalid {what} identifier specified", 404)


def _create(mappings: JsonObject, wanted: JsonObject) -> Any:
    mapping = {
        "basePath": wanted.get("basePath") or ROOT,
        "restApiId": wanted.get("restApiId", ""),
        "stage": wanted.get("stage") or "",
    }
    refusal = _refusal(mappings, mapping, before=None)
    if refusal is not None:
        return refusal
    mappings[mapping["basePath"]] = mapping
    return GATEWAY._v1_response(_public(mapping), 201)


def _update(mappings: JsonObject, base: str, operations: list[JsonObject]) -> Any:
    members = {"/basePath": "basePath", "/restapiId": "restApiId", "/restApiId": "restApiId", "/stage": "stage"}
    mapping = dict(mappings[base])
    for operation in operations:
        name = members.get(str(operation.get("path")))
        if name is None:
            return GATEWAY._v1_error("BadRequestException", f"Invalid patch path {operation.get('path')}", 400)
        mapping[name] = operation.get("value") or (ROOT if name == "basePath" else "")
    refusal = _refusal(mappings, mapping, before=base)
    if refusal is not None:
        return refusal
    del mappings[base]
    mappings[mapping["basePath"]] = mapping
    return GATEWAY._v1_response(_public(mapping))


def _refusal(mappings: JsonObject, mapping: JsonObject, *, before: str | None) -> Any:
    """API Gateway's answer to a mapping that it does not take; `None` when it takes it."""
    api, stage, base = mapping["restApiId"], mapping["stage"], mapping["basePath"]
    if api not in GATEWAY._rest_apis:
        return GATEWAY._v1_error("BadRequestException", "Invalid API identifier specified", 400)
    if stage and stage not in child(GATEWAY._stages_v1, api):
        return GATEWAY._v1_error("BadRequestException", "Invalid stage identifier specified", 400)
    if base != before and base in mappings:
        return GATEWAY._v1_error("ConflictException", "Base path already exists for this domain name", 409)
    return None


def _public(mapping: JsonObject) -> JsonObject:
    return {name: value for name, value in mapping.items() if not name.startswith("_") and value != ""}
