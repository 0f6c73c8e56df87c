"""The guard that an authorizer puts in front of a route: which function decides, its chain, and what is cached.

The defaults of a REST authorizer are API Gateway's (API reference, `CreateAuthorizer`: 300 seconds, the Authorization
header of a TOKEN authorizer); an authorizer of an HTTP API caches nothing unless it says so.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from guardrails.called_functions import CalledFunctions
from guardrails.properties import Archive, Known, Missing, children
from guardrails.report.named import as_text, name_of
from guardrails.report.routes import UNKNOWN_YET, Guard
from guardrails.resources import Resource

NOT_OF_THIS_STACK: Final = "not of this stack"
REST_TTL_SECONDS: Final = 300
TOKEN_SOURCE: Final = "method.request.header.Authorization"  # noqa: S105  # API Gateway's name of a header
_PLUGIN: Final = re.compile(r"plugins/(?P<name>[^_/][^/]*)\.py")


def rest_guard(functions: CalledFunctions, authorizer: Resource) -> Guard:
    """The guard that a REST API's authorizer is."""
    kind = as_text(authorizer, "type", "TOKEN")
    source = as_text(authorizer, "identitySource", TOKEN_SOURCE if kind == "TOKEN" else "")
    return _guard(functions, authorizer, kind=kind, sources=source.split(","), default_ttl=REST_TTL_SECONDS)


def http_guard(functions: CalledFunctions, authorizer: Resource) -> Guard:
    """The guard that an HTTP or WebSocket API's authorizer is."""
    match authorizer.read("identitySources"):
        case Known(value=list()) as listed:
            sources = [
                node.value if isinstance(node, Known) and isinstance(node.value, str) else UNKNOWN_YET
                for _, node in children(listed)
            ]
        case Missing():
            sources = list[str]()
        case _:
            sources = [UNKNOWN_YET]
    return _guard(
        functions, authorizer, kind=as_text(authorizer, "authorizerType", "REQUEST"), sources=sources, default_ttl=0
    )


def body_guard(
    functions: CalledFunctions, name: str, authorizer: Mapping[str, object], *, header: str, default_ttl: int
) -> Guard:
    """The guard that an authorizer in an OpenAPI body is: `name` is its scheme's, `header` where a token is found."""
    kind, uri, source = (_text(authorizer, key) for key in ("type", "authorizerUri", "identitySource"))
    function = functions.named_in(uri)
    seconds = authorizer.get("authorizerResultTtlInSeconds", default_ttl)
    ttl = int(seconds) if isinstance(seconds, int | float) else None
    sources = source or (f"method.request.header.{header}" if kind.lower() == "token" else "")
    return Guard(
        authorizer=name,
        type=kind.upper(),
        function=name_of(function) if function else NOT_OF_THIS_STACK,
        chain=chain_of(function) if function else None,
        cache_key=() if ttl == 0 else tuple(sorted(part.strip() for part in sources.split(",") if part.strip())),
        ttl_seconds=ttl,
    )


def _text(entries: Mapping[str, object], key: str) -> str:
    value = entries.get(key)
    return value if isinstance(value, str) else ""


def _guard(
    functions: CalledFunctions, authorizer: Resource, *, kind: str, sources: Sequence[str], default_ttl: int
) -> Guard:
    behind = functions.behind(authorizer, "authorizerUri")
    function = behind if isinstance(behind, Resource) else None
    match authorizer.read("authorizerResultTtlInSeconds"):
        case Known(value=int() | float() as seconds):
            ttl = int(seconds)
        case Missing():
            ttl = default_ttl
        case _:
            ttl = None
    return Guard(
        authorizer=name_of(authorizer),
        type=kind,
        function=name_of(function) if function else NOT_OF_THIS_STACK,
        chain=chain_of(function) if function else None,
        cache_key=() if ttl == 0 else tuple(sorted(source.strip() for source in sources if source.strip())),
        ttl_seconds=ttl,
    )


def chain_of(function: Resource) -> tuple[str, ...] | None:
    """The plugins in a function's archive (seed 004: `plugins/*.py` in alphabetical order, `_*` only imported).

    None where the code is not an archive of named files, as of an image.
    """
    match function.read("code"):
        case Known(value=Archive(files=files)) if files is not None:
            matches = (_PLUGIN.fullmatch(path) for path in sorted(files))
            return tuple(match["name"] for match in matches if match)
        case _:
            return None
