"""Gap: a change of an API is live at once; a deployment is only a name.

AWS (Amazon API Gateway developer guide, "Deploy REST APIs in API Gateway"): "Every time you update an API, you must
redeploy the API to an existing stage or to a new stage. Updating an API includes modifying routes, methods,
integrations, authorizers, resource policies, and anything else other than stage settings." A deployment is "a
point-in-time snapshot of your API".

The wraps copy an API's settings, resources (with methods and integrations), authorizers, models and request
validators when a deployment is created (the emulator does that for gateway responses already), and give the data
plane the copy of the stage's deployment. Snapshots are part of the emulator's saved state. A deployment from before
there were snapshots serves the live API.

Deliberately live, as on AWS: stages and their settings, usage plans, custom domains, function code and permissions.
"""

import copy
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.tracking import INNER_EXECUTE_PARAMETERS, Handler
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import EmulatorChangedError, require_parameters, wrap

# The emulator's stores that a deployment copies, each keyed by the API's id.
STORES = ("_rest_apis", "_resources", "_authorizers_v1", "_models", "_request_validators")
STATE_KEY = "gatehouse_deployment_snapshots"

Snapshot = dict[str, Any]

_served: ContextVar[tuple[str, Snapshot] | None] = ContextVar("gatehouse_served_deployment", default=None)


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "AccountRegionScopedDict", "_stages_v1", *STORES)
    require_parameters(GATEWAY.AccountRegionScopedDict, "get", ("self", "key", "default"))
    for name in STORES:
        _serve_snapshots_of(name)
    wrap(GATEWAY, "_create_deployment", ("api_id", "data"), _taking, by=__name__)
    wrap(GATEWAY, "_delete_deployment", ("api_id", "deployment_id"), _dropping, by=__name__)
    wrap(GATEWAY, "_delete_rest_api", ("api_id",), _dropping_all, by=__name__)
    wrap(GATEWAY, "_execute_in_scope", INNER_EXECUTE_PARAMETERS, _serving, by=__name__)
    wrap(
        GATEWAY,
        "method_authorization_type",
        ("api_id", "stage_name", "method", "path"),
        _serving_authorization_type,
        by=__name__,
    )
    wrap(GATEWAY, "get_state", (), _saving, by=__name__)
    wrap(GATEWAY, "load_persisted_state", ("data",), _loading, by=__name__)
    wrap(GATEWAY, "reset", (), _resetting, by=__name__)


_snapshots: Any = GATEWAY.AccountRegionScopedDict()  # rest_api_id -> {deployment_id -> Snapshot}


def _serve_snapshots_of(name: str) -> None:
    """Makes one store of the emulator answer `get` from the snapshot that is being served in this task."""
    live = getattr(GATEWAY, name)
    if type(live).__name__ == "DeployedStore":
        return
    if type(live) is not GATEWAY.AccountRegionScopedDict:
        raise EmulatorChangedError(f"{GATEWAY.__name__}.{name} is no AccountRegionScopedDict in this version")

    class DeployedStore(GATEWAY.AccountRegionScopedDict):
        """The emulator's store, over the same data."""

        __slots__ = ()

        def get(self, key: str, default: Any = None) -> Any:
            served = _served.get()
            if served is not None and served[0] == key:
                return served[1].get(name, default)
            return live.get(key, default)

    store: Any = DeployedStore()
    store._data = live._data
    setattr(GATEWAY, name, store)


def _taking(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_deployment(api_id: str, data: dict[str, Any]) -> Any:
        known = set(child(GATEWAY._deployments_v1, api_id))
        response = original(api_id, data)
        for deployment_id in set(child(GATEWAY._deployments_v1, api_id)) - known:
            snapshot = {name: copy.deepcopy(child(getattr(GATEWAY, name), api_id)) for name in STORES}
            _snapshots.setdefault(api_id, {})[deployment_id] = snapshot
        return response

    return create_deployment


def _serving(original: Handler) -> Handler:
    async def execute(request: dict[str, Any], api_id: str, stage_name: str, *arguments: Any) -> Any:
        before = _served.get()
        _served.set(_snapshot_of(api_id, stage_name))
        try:
            return await original(request, api_id, stage_name, *arguments)
        finally:
            _served.set(before)

    return execute


def _serving_authorization_type(original: Callable[..., Any]) -> Callable[..., Any]:
    def method_authorization_type(api_id: str, stage_name: str, method: str, path: str) -> Any:
        scope = GATEWAY.find_api_scope(api_id)
        if scope is None:
            return None
        before = _served.get()
        with GATEWAY.request_scope(*scope):
            _served.set(_snapshot_of(api_id, stage_name))
        try:
            return original(api_id, stage_name, method, path)
        finally:
            _served.set(before)

    return method_authorization_type


def _snapshot_of(api_id: str, stage_name: str) -> tuple[str, Snapshot] | None:
    stage = child(child(GATEWAY._stages_v1, api_id), stage_name)
    snapshot = child(_snapshots, api_id).get(str(stage.get("deploymentId")))
    return None if snapshot is None else (api_id, snapshot)


def _dropping(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_deployment(api_id: str, deployment_id: str) -> Any:
        response = original(api_id, deployment_id)
        if deployment_id not in child(GATEWAY._deployments_v1, api_id):
            child(_snapshots, api_id).pop(deployment_id, None)
        return response

    return delete_deployment


def _dropping_all(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_rest_api(api_id: str) -> Any:
        response = original(api_id)
        if api_id not in GATEWAY._rest_apis:
            _snapshots.pop(api_id, None)
        return response

    return delete_rest_api


def _saving(original: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def get_state() -> dict[str, Any]:
        # No copy: it is encoded before anything can happen to it.
        return {**original(), STATE_KEY: _snapshots}

    return get_state


def _loading(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_persisted_state(data: dict[str, Any] | None) -> Any:
        response = original(data)
        if data and STATE_KEY in data:
            _snapshots.update(data[STATE_KEY])
        return response

    return load_persisted_state


def _resetting(original: Callable[[], None]) -> Callable[[], None]:
    def reset() -> None:
        original()
        _snapshots.clear()

    return reset
