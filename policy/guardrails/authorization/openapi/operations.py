"""Every operation of a document, and everything that might be one and cannot be told.

An operation is an HTTP method of a path, in whatever case, or `x-amazon-apigateway-any-method`, which takes all methods
that the path does not name (developer guide). An entry of a path that is neither known to be an operation nor known to
be none is reported, and so is a path that cannot be followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body
from guardrails.authorization.openapi.pointers import PointerError, follow

ANY: Final = "x-amazon-apigateway-any-method"

_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_NO_OPERATIONS: Final = frozenset({"$ref", "summary", "description", "servers", "parameters"})
_AWS: Final = "x-amazon-apigateway-"
_KNOWN_OF_OPERATIONS: Final = frozenset(
    {f"{_AWS}auth", f"{_AWS}integration", f"{_AWS}request-validator", f"{_AWS}documentation"}
)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`method` is upper case, `ANY` for all; `place` is how messages name it, `path` as far as they may name it."""

    method: str
    path: str
    place: str
    value: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`place` cannot be judged; `problem` continues it."""

    place: str
    problem: str


def operations(body: Body) -> Iterator[Operation | Fault]:
    """All operations, in the order of the document."""
    for number, key in enumerate(body.document, start=1):
        if str(key).lower().startswith(f"{_AWS}auth"):
            yield Fault(place="the document", problem=f"has the {body.name('extension', number, key)} at its root")
    paths = body.document.get("paths")
    if not isinstance(paths, dict):
        yield Fault(place="paths", problem="is missing or no object")
        return
    for number, (path, item) in enumerate(cast("dict[object, object]", paths).items(), start=1):
        if isinstance(path, str) and path.lower().startswith("x-"):
            continue  # an extension of the Paths Object
        place = body.name("path", number, path)
        try:
            resolved = follow(body.document, item)
        except PointerError as error:
            yield Fault(place=place, problem=str(error))
            continue
        if not isinstance(resolved, dict):
            yield Fault(place=place, problem="is no object")
            continue
        shown = path if isinstance(path, str) and not body.secret else place
        yield from _of_path(body, place, shown, cast("dict[object, object]", resolved))


def _of_path(body: Body, place: str, path: str, item: Mapping[object, object]) -> Iterator[Operation | Fault]:
    yield from _parameters(body, place, item)
    seen: set[str] = set()
    for number, (key, value) in enumerate(item.items(), start=1):
        name = key.lower() if isinstance(key, str) else ""
        if name in _NO_OPERATIONS or (name.startswith("x-") and not name.startswith(_AWS)):
            continue
        if name not in _METHODS and name != ANY:
            yield Fault(
                place=place, problem=f"has the {body.name('entry', number, key)}, which these rules do not know"
            )
            continue
        method = "ANY" if name == ANY else name.upper()
        here = f"{method} of {place}"
        if method in seen:
            yield Fault(place=here, problem="is declared twice, in different cases")
        elif not isinstance(value, dict):
            yield Fault(place=here, problem="is no object")
        else:
            operation = cast("dict[str, object]", value)
            yield from _oddities(body, here, operation)
            yield Operation(method=method, path=path, place=here, value=operation)
        seen.add(method)


def _oddities(body: Body, place: str, operation: Mapping[str, object]) -> Iterator[Fault]:
    if "$ref" in operation:
        yield Fault(place=place, problem="has a $ref, which an operation cannot have")
    for number, key in enumerate(operation, start=1):
        name = str(key).lower()
        if name.startswith(_AWS) and (name not in _KNOWN_OF_OPERATIONS or name != key):
            yield Fault(place=place, problem=f"has the {body.name('extension', number, key)}, which is not known here")
    yield from _parameters(body, place, cast("Mapping[object, object]", operation))


def _parameters(body: Body, place: str, holder: Mapping[object, object]) -> Iterator[Fault]:
    parameters = holder.get("parameters")
    if not isinstance(parameters, list):
        return
    for parameter in cast("Sequence[object]", parameters):
        try:
            follow(body.document, parameter)
        except PointerError as error:
            yield Fault(place=f"a parameter of {place}", problem=str(error))
