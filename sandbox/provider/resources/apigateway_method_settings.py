"""API Gateway: throttling, logging, metrics and caching per method (`aws:apigateway/methodSettings:MethodSettings`).

Settings are part of a stage: they are made and changed by UpdateStage, and gone when the stage is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import ApiShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import (
    HTTP_METHODS,
    allowed,
    import_parts,
    matching,
    within,
)
from sandbox.provider.resources.apigateway_patches import Patch, as_text, replace_patch
from sandbox.provider.values import Properties

METHOD_PATH: Final = re.compile(rf"[^/\s]*/(?:\*|{'|'.join(HTTP_METHODS)})")
"""`<resource path>/<HTTP method>`: the path without its first slash, further slashes as `~1` (UpdateStage's form)."""

LOGGING_LEVELS: Final = ("OFF", "ERROR", "INFO")
CACHE_CONTROL_STRATEGIES: Final = (
    "FAIL_WITH_403",
    "SUCCEED_WITH_RESPONSE_HEADER",
    "SUCCEED_WITHOUT_RESPONSE_HEADER",
)
LONGEST_CACHE_SECONDS: Final = 3600
UNLIMITED: Final = -1
"""The official provider's default for both throttling limits."""

# Setting -> its path below the method's, and AWS's default for what nobody sets (API reference, MethodSetting).
_SETTINGS: Final[Mapping[str, tuple[str, Any]]] = {
    "metricsEnabled": ("metrics/enabled", False),
    "loggingLevel": ("logging/loglevel", "OFF"),
    "dataTraceEnabled": ("logging/dataTrace", False),
    "throttlingBurstLimit": ("throttling/burstLimit", UNLIMITED),
    "throttlingRateLimit": ("throttling/rateLimit", UNLIMITED),
    "cachingEnabled": ("caching/enabled", False),
    "cacheTtlInSeconds": ("caching/ttlInSeconds", 300),
    "cacheDataEncrypted": ("caching/dataEncrypted", False),
    "requireAuthorizationForCacheControl": ("caching/requireAuthorizationForCacheControl", True),
    "unauthorizedCacheControlHeaderStrategy": (
        "caching/unauthorizedCacheControlHeaderStrategy",
        "SUCCEED_WITH_RESPONSE_HEADER",
    ),
}


def _settings_id(inputs: Mapping[str, Any]) -> str:
    return f"{inputs['restApi']}-{inputs['stageName']}-{inputs['methodPath']}"


def _address(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {"restApiId": inputs["restApi"], "stageName": inputs["stageName"]}


def _complete(inputs: Properties) -> Properties:
    """With AWS's defaults for the settings that are not given."""
    given = inputs.get("settings")
    if not isinstance(given, Mapping):
        return inputs
    settings = {name: value for name, value in cast("Mapping[str, Any]", given).items() if value is not None}
    return {**inputs, "settings": {**{name: default for name, (_, default) in _SETTINGS.items()}, **settings}}


def _put(operation: Operation) -> str:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    settings = _complete(dict(inputs))["settings"]
    patches: list[Patch] = [
        replace_patch(f"/{inputs['methodPath']}/{path}", as_text(settings[name]))
        for name, (path, _) in _SETTINGS.items()
    ]
    gateway.update_stage(**_address(inputs), patchOperations=patches)
    return _settings_id(inputs)


def _update(operation: Operation) -> None:
    _put(operation)


def _read(operation: Operation) -> Properties | None:
    inputs = operation.inputs
    stage = operation.client("apigateway").get_stage(**_address(inputs))
    live = _entry(stage.get("methodSettings", {}), inputs["methodPath"])
    if live is None:
        return None
    return {
        "methodPath": inputs["methodPath"],
        "restApi": inputs["restApi"],
        "settings": {name: live[name] for name in _SETTINGS},
        "stageName": inputs["stageName"],
    }


def _entry(method_settings: Mapping[str, Any], method_path: str) -> Mapping[str, Any] | None:
    # AWS keeps the path as it was given; the emulator decodes ~1.
    found = method_settings.get(method_path)
    return found if found is not None else method_settings.get(method_path.replace("~1", "/"))


def _delete(operation: Operation) -> None:
    inputs = operation.inputs
    operation.client("apigateway").update_stage(
        **_address(inputs), patchOperations=[{"op": "remove", "path": f"/{inputs['methodPath']}"}]
    )


def _check(inputs: Properties) -> Iterator[Problem]:
    meaning = (
        "*/* or <path>/<HTTP method>, the path without its first slash and with ~1 for further ones (users~1{id}/GET)"
    )
    yield from matching(inputs, "methodPath", METHOD_PATH, meaning)
    settings = inputs.get("settings")
    if not isinstance(settings, Mapping):
        return
    given = cast("Mapping[str, Any]", settings)
    for problem in (
        *allowed(given, "loggingLevel", LOGGING_LEVELS),
        *allowed(given, "unauthorizedCacheControlHeaderStrategy", CACHE_CONTROL_STRATEGIES),
        *within(given, "cacheTtlInSeconds", 0, LONGEST_CACHE_SECONDS, "seconds"),
        *(each for name in ("throttlingBurstLimit", "throttlingRateLimit") for each in _limit_problems(given, name)),
    ):
        yield Problem(path=("settings", *problem.path), message=problem.message)


def _limit_problems(settings: Mapping[str, Any], name: str) -> Iterator[Problem]:
    value = settings.get(name)
    if isinstance(value, (int, float)) and value < 0 and value != UNLIMITED:
        yield Problem(path=(name,), message=f"{value} is not 0 or more, nor {UNLIMITED} for no limit")


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/methodSettings:MethodSettings",  # noqa: S106 - a type token
        create=_put,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApi", "stageName", "methodPath"}),
        locators=frozenset({"restApi", "stageName", "methodPath"}),
        import_id=import_parts(
            "REST-API-ID/STAGE-NAME/METHOD-PATH", ("restApi", "stageName", "methodPath"), _settings_id, rest=True
        ),
        completes=_complete,
        check=_check,
        # CloudFormation's twin is a list inside a stage and has no more to say than the types; the rules are above.
        api=ApiShape(
            service="apigateway",
            operation="UpdateStage",
            members={"restApi": "restApiId", "stageName": "stageName"},
        ),
    ),
)
