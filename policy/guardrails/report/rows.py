"""The cells of the authorization map, the same words in every format."""

from collections.abc import Sequence
from typing import Final

from guardrails.report.routes import UNKNOWN_YET, Route

HEADINGS: Final = ("API", "ROUTE", "AUTHORIZATION", "AUTHORIZER", "CHAIN", "CACHE KEY", "TTL", "MTLS", "REMARK")


def cells(route: Route) -> tuple[str, ...]:
    """One text per heading; `-` where there is nothing to say."""
    guard = route.guard
    return (
        route.api,
        f"{route.method} {route.path}".strip(),
        route.authorization,
        f"{guard.authorizer} ({guard.type})" if guard else "-",
        _chain(guard.chain) if guard else "-",
        (", ".join(guard.cache_key) or ("nothing is cached" if guard.ttl_seconds == 0 else "none")) if guard else "-",
        _ttl(guard.ttl_seconds) if guard else "-",
        _mutual_tls(route),
        route.remark or "-",
    )


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns as wide as their widest cell."""
    everything = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in everything) for column in range(len(headings))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in everything
    ]


def _chain(chain: tuple[str, ...] | None) -> str:
    if chain is None:
        return "cannot be seen"
    return " > ".join(chain) or "no plugins"


def _ttl(seconds: int | None) -> str:
    return UNKNOWN_YET if seconds is None else f"{seconds} s"


def _mutual_tls(route: Route) -> str:
    if not route.mutual_tls:
        return "no"
    return f"{', '.join(route.mutual_tls)}" + (
        f"; not on {', '.join(route.other_entrances)}" if route.other_entrances else ""
    )
