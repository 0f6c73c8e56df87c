"""Gap: `context.*` identity sources of a REQUEST authorizer count as absent, so that every request gets 401.

AWS (Amazon API Gateway developer guide, "Configure a Lambda authorizer using the API Gateway console" and
CreateAuthorizer): identity sources are headers, query strings, stage variables and context variables, such as
`context.identity.sourceIp`.

The wrap reads them from the current `Invocation`, in their place among the other sources (their values are the cache
key).
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.context_variables import context_value
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.invocation import current_invocation
from sandbox.fidelity.gateway.tracking import track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

PREFIX = "context."

Resolved = tuple[bool, list[str]]


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    track_invocations()
    parameters = ("identity_source", "headers", "query_params", "stage")
    wrap(GATEWAY, "_request_identity_sources", parameters, _resolving, by=__name__)


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
