"""Gap: a custom domain is a `Host` header: no TLS, no client certificate, and every path of the emulator below it.

AWS (Amazon API Gateway developer guide, "How to turn on mutual TLS authentication for your REST APIs"): callers of a
domain with mutual TLS present a certificate that its truststore trusts, or the handshake fails; authorizers and
integrations get it as `requestContext.identity.clientCert`. A request whose `Host` is not the name that the
connection was made for, or a domain without a mapping for the path, is answered with 403 `{"message":"Forbidden"}`.

The sandbox's edge ends TLS (`sandbox.server.tls`) and notes the connection on the current request. The wraps let only
API Gateway answer what comes through it, and refuse a domain with mutual TLS on any other connection. Kept for
convenience: a domain without mutual TLS answers on the emulator's plain port, too.
"""

from typing import Any

from sandbox.fidelity.current_request import current_request
from sandbox.fidelity.gateway.custom_domains import has_mutual_tls
from sandbox.fidelity.gateway.default_endpoint import forbidden
from sandbox.fidelity.gateway.emulator import APPLICATION, GATEWAY, require
from sandbox.fidelity.gateway.tracking import Handler
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

SPECIAL_PARAMETERS = (
    *("method", "path", "headers", "body", "query_params", "request_id", "raw_path", "raw_query_string", "client_ip"),
)


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap or call."""
    del settings  # nothing here depends on them
    require(APPLICATION, "_handle_execute_api_request", "_with_data_plane_headers")
    require(GATEWAY, "find_domain_scope")
    wrap(
        APPLICATION,
        "_handle_pre_body_request",
        ("method", "path", "headers", "query_params", "request_id"),
        _refusing,
        by=__name__,
    )
    wrap(
        APPLICATION,
        "_handle_post_body_shortcuts",
        ("method", "path", "headers", "body", "query_params", "request_id"),
        _skipping,
        by=__name__,
    )
    wrap(APPLICATION, "_handle_special_data_plane_request", SPECIAL_PARAMETERS, _only_gateway, by=__name__)
    wrap(APPLICATION, "_parse_execute_api_url", ("host", "path"), _no_other_form, by=__name__)


def _refusing(original: Handler) -> Handler:
    async def handle_pre_body_request(*arguments: Any) -> Any:
        request = current_request()
        if request is None:
            return await original(*arguments)
        host = request.host.split(":", 1)[0].lower()
        if request.tls is None:
            return forbidden() if has_mutual_tls(host) else await original(*arguments)
        if host not in request.tls.domains or (has_mutual_tls(host) and request.tls.client_certificate is None):
            return forbidden()
        return None  # nothing but the data plane of API Gateway answers on a custom domain

    return handle_pre_body_request


def _skipping(original: Handler) -> Handler:
    async def handle_post_body_shortcuts(*arguments: Any) -> Any:
        return None if _came_by_tls() else await original(*arguments)

    return handle_post_body_shortcuts


def _only_gateway(original: Handler) -> Handler:
    async def handle_special_data_plane_request(
        method: str, path: str, headers: Any, body: Any, query_params: Any, request_id: str, **more: Any
    ) -> Any:
        if not _came_by_tls():
            return await original(method, path, headers, body, query_params, request_id, **more)
        answer = await APPLICATION._handle_execute_api_request(
            headers.get("host", ""),
            path,
            method,
            headers,
            body,
            query_params,
            raw_path=more.get("raw_path"),
            raw_query_string=more.get("raw_query_string"),
        )
        return APPLICATION._with_data_plane_headers(answer or forbidden(), request_id, wildcard_cors=False)

    return handle_special_data_plane_request


def _no_other_form(original: Any) -> Any:
    def parse_execute_api_url(host: str, path: str) -> Any:
        # `/_aws/execute-api/...` is a path like any other on a custom domain, and no way to another API.
        return None if _came_by_tls() else original(host, path)

    return parse_execute_api_url


def _came_by_tls() -> bool:
    request = current_request()
    return request is not None and request.tls is not None
