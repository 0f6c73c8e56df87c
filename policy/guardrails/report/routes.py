"""What the authorization map says about one route, whatever kind of API it belongs to.

A value that is not known before the update is the text `not known yet`, never an empty one: the map of a preview shows
what will be there and what cannot be said.
"""

from dataclasses import dataclass
from typing import Final

UNKNOWN_YET: Final = "not known yet"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Guard:
    """The custom authorizer in front of a route.

    `chain` are the files of its plugin chain in their order, or None where the function's code cannot be looked into
    (it is an image, or not part of this stack). `cache_key` are the identity sources, empty where nothing is cached;
    `ttl_seconds` is how long a decision is kept, 0 for not at all, None where that is not known yet.
    """

    authorizer: str
    type: str
    function: str
    chain: tuple[str, ...] | None
    cache_key: tuple[str, ...]
    ttl_seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One entrance: `method` and `path` of `api`.

    `kind` is `REST`, `HTTP`, `WEBSOCKET` or `FUNCTION URL`. `authorization` is what the API declares (`CUSTOM`, `NONE`,
    `AWS_IAM`, ...), with `guard` only for a custom authorizer. `mutual_tls` are the custom domains that demand a client
    certificate; `other_entrances` are the names under which the API answers without one. `urn` is the resource that
    declares the route.
    """

    kind: str
    api: str
    method: str
    path: str
    authorization: str
    guard: Guard | None
    mutual_tls: tuple[str, ...]
    other_entrances: tuple[str, ...]
    remark: str
    urn: str

    @property
    def name(self) -> str:
        """How people call it: `hello-api GET /hello`."""
        return f"{self.api} {self.method} {self.path}".replace("  ", " ").strip()

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Where it stands in a map."""
        return (self.kind, self.api, self.path, self.method)
