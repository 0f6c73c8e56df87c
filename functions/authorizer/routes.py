"""Which methods a principal may call, as patterns `METHOD /path` where `*` stands for any characters, slashes included.

These are the patterns of an `execute-api` resource in a policy, written as people write routes, such as `GET /orders/*`
or `* /health`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# "The Resource ARN [...] is currently limited to 512 characters long", of which the part up to the stage takes 100 to
# 200: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
MAXIMUM_ROUTE_LENGTH = 300
# `?` is a wildcard and `$` begins a variable in a policy; neither has a meaning in a route.
_REFUSED = frozenset("?$ ")
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")  # all that a REST API can have


def is_route(candidate: object) -> bool:
    """Tell whether `candidate` is a route pattern."""
    if type(candidate) is not str or len(candidate) > MAXIMUM_ROUTE_LENGTH or not candidate.isascii():
        return False
    method, separator, path = candidate.partition(" ")
    return (
        bool(separator)
        and (method == "*" or method in METHODS)
        and path.startswith("/")
        and path.isprintable()
        and _REFUSED.isdisjoint(path)
    )


def resources(stage_arn: str, route: str) -> list[str]:
    """Return the resources of a policy that stand for `route` on a stage.

    A method `*` becomes every method by name: in a policy, `*/health` would match `GET/orders/health` as well.
    """
    method, _, path = route.partition(" ")
    return [f"{stage_arn}/{name}{path}" for name in (METHODS if method == "*" else (method,))]


def covers(pattern: str, route: str) -> bool:
    """Tell whether `pattern` matches the whole of `route`, in time linear in their lengths.

    `route` may itself be a pattern: everything that it matches is then matched by `pattern`, too.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == route
    if not route.startswith(first):
        return False
    position = len(first)
    *middle, last = rest
    for part in middle:
        found = route.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(route) - len(last) >= position and route.endswith(last)


def narrowed(earlier: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
    """Return what both allow; of two patterns that only overlap, neither."""
    both = [route for route in later if covered_by_any(earlier, route)]
    both += [route for route in earlier if route not in both and covered_by_any(later, route)]
    return tuple(both)


def covered_by_any(patterns: Iterable[str], route: str) -> bool:
    """Tell whether one of `patterns` covers `route`."""
    return any(covers(pattern, route) for pattern in patterns)
