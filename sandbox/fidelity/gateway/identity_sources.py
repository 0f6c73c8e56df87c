"""Gap: identity sources of a REQUEST authorizer are misread.

`context.*` sources count as absent, so that every request gets 401; and where nothing is cached, the authorizer is
invoked although a source that it names is missing.

AWS (Amazon API Gateway API reference, CreateAuthorizer, `identitySource`): sources are headers, query strings, stage
variables and context variables (`context.identity.sourceIp`), used "to perform runtime validation of the REQUEST
authorizer by verifying all of the identity-related request parameters are present, not null and non-empty. Only when
this is true does the authorizer invoke the authorizer Lambda function, otherwise, it returns a 401 Unauthorized
response"; caching only decides whether naming sources is required.

The wraps read context variables from the current `Invocation`, in their place among the other sources (their values are
the cache key), and check sources without caching too.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.context_variables import context_value
from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.invocation import current_invocation
from sandbox.fidelity.gateway.tracking import AUTHORIZE_PARAMETERS, Handler, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

PREFIX = "context."

Resolved = tuple[bool, list[str]]


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_authorizers_v1", "_gw_error")
    track_invocations()
    parameters = ("identity_source", "headers", "query_params", "stage")
    wrap(GATEWAY, "_request_identity_sources", parameters, _resolving, by=__name__)
    wrap(GATEWAY, "_authorize_request_v1", AUTHORIZE_PARAMETERS, _validating, by=__name__)


def _resolving(original: Callable[..., Resolved]) -> Callable[..., Resolved]:
    def request_identity_sources(identity_source: str, headers: Any, query_params: Any, stage: Any) -> Resolved:
        invocation = current_invocation()
        sources = [source.strip() for source in (identity_source or "").split(",") if source.strip()]
        if invocation is None or not any(source.startswith(PREFIX) for source in sources):
            return original(identity_source, headers, query_params, stage)
        values: list[str] = []
        for source in sources:
            if source.startswith(PREFIX):
                values.append(context_value(invocation, None, source.removeprefix(PREFIX)) or "")
            else:
                values.extend(original(source, headers, query_params, stage)[1])
        return all(values), values

    return request_identity_sources


def _validating(original: Handler) -> Handler:
    async def authorize(
        api_id: str, stage_name: str, method_obj: dict[str, Any], method: str, path: str, resource: Any,
        headers: Any, body: Any, query_params: Any, path_params: Any, stage: Any, *owner: str,
    ) -> Any:  # fmt: skip
        authorizer = child(child(GATEWAY._authorizers_v1, api_id), method_obj.get("authorizerId"))
        custom = (method_obj.get("authorizationType") or "").upper() == "CUSTOM"
        if custom and authorizer.get("type") == "REQUEST" and authorizer.get("identitySource"):
            present, _ = GATEWAY._request_identity_sources(authorizer["identitySource"], headers, query_params, stage)
            if not present:
                return GATEWAY._gw_error("UNAUTHORIZED", "Unauthorized"), None
        return await original(
            api_id, stage_name, method_obj, method, path, resource, headers, body, query_params, path_params, stage,
            *owner,
        )  # fmt: skip

    return authorize
