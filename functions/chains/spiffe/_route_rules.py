"""Which SPIFFE IDs may call which routes: the setting `SPIFFE_ROUTE_RULES`, a JSON array of rules.

    [{"route": "GET /whoami",
      "spiffe_ids": ["spiffe://company.internal/ns/prod/sa/api"],
      "prefixes": ["spiffe://company.internal/ns/dev"]}]

`route` is a pattern as in `authorizer.routes`, where `*` stands for anything. A rule opens it to the SPIFFE IDs that it
names, byte for byte, and to those that are a prefix or lie below one. A prefix ends where a segment of the path ends:
`.../ns/dev` covers `.../ns/dev/sa/api` and never `.../ns/development`; a trust domain alone covers all its workloads.
Rules add up; what none opens is closed. No rule is skipped because it cannot be read: then nobody is let in at all.
"""

from __future__ import annotations

from authorizer.json_values import is_array, is_object
from authorizer.routes import is_route
from jwt_verification.strict_json import parse_object
from spiffe_verifier.errors import SettingsError
from spiffe_verifier.spiffe_id import SpiffeId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "SPIFFE_ROUTE_RULES"
MAXIMUM_CONTAINERS = 1_000  # Lambda takes 4 KB for all variables of a function, which hold fewer
_MEMBERS = frozenset({"route", "spiffe_ids", "prefixes"})


class RouteRules:
    """The rules, looked up by SPIFFE ID and by each of its prefixes, so that their number does not count."""

    def __init__(self, text: str) -> None:
        """Read the setting.

        Raises:
            SettingsError: it is not as the module says; the message tells which rule is wrong, and does not repeat it.
        """
        try:
            document = parse_object(b'{"rules":%s}' % text.encode(), maximum_containers=MAXIMUM_CONTAINERS)
        except ValueError as error:
            raise SettingsError(f"{VARIABLE}: {error}") from None
        self._by_id: dict[str, list[str]] = {}
        self._by_prefix: dict[str, list[str]] = {}
        rules = document["rules"]
        if not is_array(rules) or not rules or len(document) != 1:
            raise SettingsError(f"{VARIABLE}: a list of one or more rules is needed")
        for number, rule in enumerate(rules, start=1):
            self._add(rule, f"{VARIABLE}: rule {number}")

    def _add(self, rule: Any, where: str) -> None:
        if not is_object(rule) or not _MEMBERS.issuperset(rule):
            raise SettingsError(f"{where}: has the members route, spiffe_ids and prefixes and no others")
        route: Any = rule.get("route")
        if not is_route(route):
            raise SettingsError(f"{where}: route is a pattern such as `GET /whoami` or `* /orders/*`")
        ids = _spiffe_ids(rule.get("spiffe_ids", []), f"{where}: spiffe_ids")
        prefixes = _spiffe_ids(rule.get("prefixes", []), f"{where}: prefixes")
        if not ids and not prefixes:
            raise SettingsError(f"{where}: names nobody; give it spiffe_ids or prefixes, or leave it out")
        for spiffe_id in ids:
            self._by_id.setdefault(spiffe_id, []).append(route)
        for prefix in prefixes:
            self._by_prefix.setdefault(prefix, []).append(route)

    def routes_of(self, spiffe_id: str) -> list[str]:
        """Return the patterns of the routes that `spiffe_id`, which has been verified, may call: none where no rule
        names it."""
        found = list(self._by_id.get(spiffe_id, ()))
        scheme_end = spiffe_id.find("://") + len("://")
        end = len(spiffe_id)
        while end > scheme_end:
            found += self._by_prefix.get(spiffe_id[:end], ())
            end = spiffe_id.rfind("/", scheme_end, end)
        return list(dict.fromkeys(found))


def _spiffe_ids(values: Any, where: str) -> list[str]:
    if not is_array(values):
        raise SettingsError(f"{where}: is a list of SPIFFE IDs")
    for number, value in enumerate(values, start=1):
        try:
            SpiffeId.parse(value)
        except ValueError as error:
            raise SettingsError(f"{where}: entry {number} is no SPIFFE ID ({error})") from None
    return values
