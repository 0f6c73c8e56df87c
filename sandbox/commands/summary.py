"""What `make up` and `make status` print: the deployed APIs, who guards each route, and calls to try.

A program that does not say `apis` among its outputs is one of the user's own: then the outputs are all there is to say.

It deliberately reads only the stack's outputs, which the program exports for people and tools alike, and is handed
where the API answers that has a domain instead of an endpoint of its own.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.commands import partner_calls
from sandbox.commands.partner_calls import PartnerCalls
from sandbox.server import SandboxEndpoints
from sandbox.server.settings import ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY

Row = tuple[str, ...]

# A route of each API that a call with a token answers, and the command that prints such a token.
TOKEN_COMMANDS: Mapping[str, tuple[str, str]] = {
    "hello-api": ("/hello", "make -s token"),
    "tenant-api": ("/data", "make -s token SYSTEM=tenant"),
    "workload-api": ("/whoami", "make -s token SYSTEM=workload"),
}


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Aligns rows of equal length, the first being the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def routes(outputs: Mapping[str, Any], partner: PartnerCalls | None) -> list[Row]:
    """A row per route of every API: API, URL, method and path, authorizer."""

    def url(name: str, api: Mapping[str, Any]) -> str:
        if name != partner_calls.API:
            return str(api["url"])
        # Its own endpoint is closed.
        return partner.url if partner is not None else str(outputs.get(partner_calls.URL_OUTPUT, api["url"]))

    return [("API", "URL", "ROUTE", "AUTHORIZER")] + [
        (name, f"{url(name, api)}{route['path']}", f"{route['method']} {route['path']}", route["authorizer"])
        for name, api in sorted(outputs.get("apis", {}).items())
        for route in api["routes"]
    ]


def examples(outputs: Mapping[str, Any], endpoints: SandboxEndpoints, partner: PartnerCalls | None) -> Iterator[str]:
    """Calls that work when they are copied to a shell in the project's folder."""
    for name, api in sorted(outputs.get("apis", {}).items()):
        if name in TOKEN_COMMANDS:
            path, command = TOKEN_COMMANDS[name]
            yield f"# {name}: refused, there is no token"
            yield f"curl -i -X GET {api['url']}{path}"
            yield f"# {name}: let in with a fresh token"
            yield f'curl -i -X GET -H "Authorization: Bearer $({command})" {api["url"]}{path}'
    if partner is not None:
        yield from partner.lines()
    for purpose, function_name in sorted(outputs.get("functions", {}).items()):
        yield f"# the {purpose} mints its own token and calls the API"
        yield (
            f"curl --aws-sigv4 aws:amz:{endpoints.region}:lambda --user {ROOT_ACCESS_KEY_ID}:{ROOT_SECRET_ACCESS_KEY} "
            f"-d '{{}}' {endpoints.emulator_url}/2015-03-31/functions/{function_name}/invocations"
        )


def as_text(value: object) -> str:
    """An output on one line: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def summary(outputs: Mapping[str, Any], endpoints: SandboxEndpoints, partner: PartnerCalls | None = None) -> str:
    """The table of routes and the calls to try; says so when nothing is deployed."""
    if outputs and "apis" not in outputs:
        return "\n".join(table([("OUTPUT", "VALUE"), *((name, as_text(value)) for name, value in outputs.items())]))
    if not outputs.get("apis"):
        return "No API is deployed. Deploy with: make up"
    lines = [*table(routes(outputs, partner)), "", "Try:"]
    lines += [f"  {line}" for line in examples(outputs, endpoints, partner)]
    return "\n".join([*lines, "", "The whole walk, attacks included: make tour"])
