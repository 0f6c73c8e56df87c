"""Identity sources: the parts of a request under which API Gateway keeps a decision.

Two requests that agree in all of them share one decision, so at least one source must tell callers apart: a header or
query parameter that can carry a credential, or the API key. The stage, the path, the address and headers that every
client sends alike do not.
"""

import re
from collections.abc import Iterable
from typing import Final

_REST: Final = re.compile(
    r"method\.request\.(?:header|querystring|multivalueheader|multivaluequerystring)\.[^\s,]+"
    r"|context\.[A-Za-z0-9_.]+|stageVariables\.[A-Za-z0-9_]+"
)
_HTTP: Final = re.compile(
    r"\$request\.(?:header|querystring)\.[^\s,]+|\$context\.[A-Za-z0-9_.]+|\$stageVariables\.[A-Za-z0-9_]+"
)
_WEBSOCKET: Final = re.compile(
    r"route\.request\.(?:header|querystring)\.[^\s,]+|context\.[A-Za-z0-9_.]+|stageVariables\.[A-Za-z0-9_]+"
)

_SENT_BY_EVERYONE: Final = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "host",
        "origin",
        "referer",
        "te",
        "user-agent",
        "via",
        "x-amz-date",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
_CALLERS_KEY: Final = frozenset({"context.identity.apiKey", "context.identity.apiKeyId"})

ROUTE_KEY: Final = "$context.routeKey"
"""With it in the key, an HTTP API keeps decisions per route."""


def rest_sources(text: str) -> tuple[str, ...] | None:
    """The sources of a REST API's authorizer, separated by commas; `None` when one is not a source."""
    return _all_of(_REST, [part.strip() for part in text.split(",")])


def http_sources(sources: Iterable[str]) -> tuple[str, ...] | None:
    """The sources of an authorizer of an HTTP or a WebSocket API; `None` when one is not a source."""
    listed = list(sources)
    return _all_of(_HTTP, listed) or _all_of(_WEBSOCKET, listed)


def is_header(source: str) -> bool:
    """Whether a REST API's source is one header, which is all that a TOKEN authorizer takes."""
    return source.startswith("method.request.header.")


def tell_callers_apart(sources: Iterable[str]) -> bool:
    """Whether any of the sources can differ between two callers because of who they are."""
    return any(_may_carry_credentials(source) for source in sources)


def _may_carry_credentials(source: str) -> bool:
    if source in _CALLERS_KEY:
        return True
    kind, _, rest = source.removeprefix("$").partition("request.")
    if kind not in {"method.", "route.", ""} or not rest:
        return False
    place, _, name = rest.partition(".")
    return not place.endswith("header") or name.lower() not in _SENT_BY_EVERYONE


def _all_of(form: re.Pattern[str], sources: list[str]) -> tuple[str, ...] | None:
    return tuple(sources) if all(form.fullmatch(source) for source in sources) else None
