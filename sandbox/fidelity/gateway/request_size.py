"""Gap: requests whose request line and headers are too large reach the authorizer.

The emulator takes as many bytes as its server reads (64 KB), so that a token of 20 KB, which no caller of AWS can send,
is looked at by the authorizer, and one of 12 KB that somebody issues works here only.

AWS (Amazon API Gateway developer guide, "Quotas for configuring and running a REST API"): "Total combined size of
request line and header values", 10,240 bytes, cannot be increased. Status and headers of the refusal are not
documented: here it is 431 (RFC 6585 section 5), as the server answers what is larger still. No authorizer, integration
or gateway response is reached.
"""

from typing import Any

from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.invocation import Invocation, current_invocation
from sandbox.fidelity.gateway.tracking import INNER_EXECUTE_PARAMETERS, Handler, Response, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

MAXIMUM_BYTES = 10_240


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    track_invocations()
    wrap(GATEWAY, "_execute_in_scope", INNER_EXECUTE_PARAMETERS, _refusing_too_large, by=__name__)


def request_bytes(invocation: Invocation) -> int:
    """The size that the quota is about. The path is the one that the caller would send to AWS."""
    request = invocation.request
    query = f"?{request.query_string}" if request.query_string else ""
    line = f"{invocation.method} {invocation.full_path}{query} {request.protocol}"
    return len(line.encode()) + sum(len(value.encode("latin-1")) for _, value in request.header_fields)


def too_large() -> Response:
    """The answer where no stage is reached."""
    return 431, {"Content-Type": "application/json"}, b'{"message":"Request Header Fields Too Large"}'


def _refusing_too_large(original: Handler) -> Handler:
    async def execute(request: dict[str, Any], *arguments: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None and request_bytes(invocation) > MAXIMUM_BYTES:
            return too_large()
        return await original(request, *arguments)

    return execute
