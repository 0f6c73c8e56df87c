"""Routes of an API, and the tree of API Gateway resources that their paths need. Pure: creates no resource.

A route cannot be declared without an authorizer: leaving it out is a `TypeError`. The one method without an authorizer,
the CORS preflight, is not a route and is made by `AuthorizedApi` alone.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from components.argument_types import check_types
from components.custom_authorizer import CustomAuthorizer
from components.errors import ArgumentError
from components.python_function import PythonFunction

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY")
PREFLIGHT_METHOD = "OPTIONS"

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and the CreateResource API's own check
_SEGMENT = re.compile(r"[A-Za-z0-9._:-]+")
_PARAMETER = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_SLUG_WORDS_LENGTH = 40  # a statement id has at most 100 characters, with the API's name before and a random end after
_REQUEST_PARAMETER = re.compile(r"method\.request\.(?:header|querystring)\.[^\s]+")


@dataclass(frozen=True)
class Route:
    """A method and path, the function that answers, and the authorizer that must let the caller in first.

    `path` is `/` or segments such as `/data/{data_id}` or `/files/{path+}`. `required_parameters` are further request
    parameters that must be there (`method.request.querystring.limit`); those of the path are by themselves.
    `body_schema` is a JSON schema (draft 4, API Gateway's) that a JSON body must fit.
    Raises `TypeError` without a handler or an authorizer, `ArgumentError` for a method or path unknown to API Gateway.
    """

    method: str
    path: str
    _: KW_ONLY
    handler: PythonFunction
    authorizer: CustomAuthorizer
    required_parameters: Sequence[str] = ()
    body_schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        # isinstance although the types say so: the promise must hold for programs that no type checker has seen.
        if not isinstance(self.authorizer, CustomAuthorizer):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"{self}: authorizer must be a CustomAuthorizer; no route answers callers that none let in."
            )
        if not isinstance(self.handler, PythonFunction):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{self}: handler must be a PythonFunction.")
        check_types(self, str(self))
        if self.method not in METHODS:
            raise ArgumentError(f"{self}: {self.method!r} is not one of {', '.join(METHODS)}.")
        check_path(self.path)
        for parameter in self.required_parameters:
            if not _REQUEST_PARAMETER.fullmatch(parameter):
                raise ArgumentError(
                    f"{self}: required parameter {parameter!r} must start with method.request.header. or "
                    "method.request.querystring. (those of the path are required by themselves)."
                )

    def __str__(self) -> str:
        return f"route {self.method} {self.path}"

    @property
    def request_parameters(self) -> dict[str, bool]:
        """What API Gateway's request validator demands, by its names."""
        of_path = [f"method.request.path.{name}" for name, _ in _PARAMETER.findall(self.path)]
        return dict.fromkeys(sorted([*of_path, *self.required_parameters]), True)

    @property
    def permission_path(self) -> str:
        """`<METHOD>/<path>` as it ends the source ARN of a permission: `*` for any method and for a path parameter."""
        method = "*" if self.method == "ANY" else self.method
        return method + _PARAMETER.sub("*", self.path)

    @property
    def slug(self) -> str:
        """The route as letters, digits and hyphens, unique by method and path: `GET-hello-1f2e3d4c`.

        For names that AWS keeps to these characters, such as the statement id of a permission.
        """
        digest = hashlib.sha256(f"{self.method} {self.path}".encode()).hexdigest()[:8]
        words = "-".join([self.method, *re.findall(r"[A-Za-z0-9]+", self.path)])[:_SLUG_WORDS_LENGTH]
        return f"{words}-{digest}"

    @property
    def model_name(self) -> str:
        """A name for the body's model: letters and digits only, unique by method and path."""
        return self.slug.replace("-", "")

    @property
    def body_schema_json(self) -> str:
        """The schema as text, always the same for the same schema."""
        return json.dumps(self.body_schema, sort_keys=True)


def check_path(path: str) -> None:
    """Raises `ArgumentError` for a path that API Gateway cannot have, saying which part is wrong."""
    if path == "/":
        return
    if not path.startswith("/") or path.endswith("/"):
        raise ArgumentError(f"path {path!r}: must start with / and not end with it.")
    segments = path[1:].split("/")
    for index, segment in enumerate(segments):
        parameter = _PARAMETER.fullmatch(segment)
        if not parameter and not _SEGMENT.fullmatch(segment):
            raise ArgumentError(
                f"path {path!r}: {segment!r} is no segment; use letters, digits and . _ : - or a whole {{parameter}}."
            )
        if parameter and parameter[2] and index != len(segments) - 1:
            raise ArgumentError(f"path {path!r}: {segment} takes the rest of the path, so it must be the last segment.")


def check_routes(routes: Sequence[Route], *, preflight: bool) -> None:
    """Raises `ArgumentError` for what only shows between routes.

    The same twice, `OPTIONS` beside a preflight, two parameters' names at the same place.
    """
    seen: set[tuple[str, str]] = set()
    for route in routes:
        key = (route.method, route.path)
        if key in seen:
            raise ArgumentError(f"{route}: declared twice; remove one.")
        seen.add(key)
        if preflight and route.method == PREFLIGHT_METHOD:
            raise ArgumentError(f"{route}: cors answers OPTIONS already; remove the route or cors.")
    parameters: dict[str, str] = {}
    for path in resource_paths(route.path for route in routes):
        parent, _, segment = path.rpartition("/")
        if _PARAMETER.fullmatch(segment):
            first = parameters.setdefault(parent, segment)
            if first != segment:
                raise ArgumentError(
                    f"path {path!r}: API Gateway allows one parameter at a place, and there is {first} already; "
                    "use the same name."
                )


def resource_paths(paths: Iterable[str]) -> list[str]:
    """Every path that needs an API Gateway resource, parents before children; `/` exists in every API and is left out.

    >>> resource_paths(["/admin/keys", "/admin/keys/{customer_id}", "/"])
    ['/admin', '/admin/keys', '/admin/keys/{customer_id}']
    """
    needed: set[str] = set()
    for path in paths:
        segments = path.strip("/").split("/") if path != "/" else []
        needed.update("/" + "/".join(segments[: length + 1]) for length in range(len(segments)))
    return sorted(needed, key=lambda path: path.split("/"))


def parent_path(path: str) -> str:
    """The path of the parent resource; `/` for a first segment."""
    return path.rpartition("/")[0] or "/"
