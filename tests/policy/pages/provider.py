"""Which properties a type of the AWS provider has, read from the sources of `pulumi_aws` without importing it.

Importing the classes of some twenty services takes seconds; finding a class in a file takes none.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

TOKEN: Final = re.compile(r"aws:(?P<module>\w+)/(?P<file>\w+):(?P<class>\w+)")

_GETTER: Final = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<name>\w+)"\))?\n'
    r"(?:(?!    def ).*\n)*?"  # what says that it is deprecated
    r"    def (?P<python>\w+)\(self\) -> (?P<type>.+):\n"
)
_NESTED: Final = re.compile(r"'(\w+?)Args(?:Dict)?'")


class UnknownTypeError(Exception):
    """The installed provider has no such type."""


@dataclass(frozen=True, slots=True)
class Property:
    """`shape` is the name of the object type that it holds, alone, in a list or in a map."""

    shape: str | None


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of a type by their names: what a program sets, and what can be read."""

    inputs: dict[str, Property]
    outputs: frozenset[str]


@cache
def shape_of(token: str) -> Shape:
    """The shape of a resource type such as `aws:apigateway/method:Method`. Raises `UnknownTypeError`."""
    found = TOKEN.fullmatch(token)
    if found is None:
        raise UnknownTypeError(token)
    folder = _folder(found["module"])
    for file in sorted(folder.glob("*.py")):
        if file.stem.replace("_", "") == found["file"].lower():
            source = file.read_text(encoding="utf-8")
            outputs = frozenset(_properties(_class(source, found["class"], "(pulumi.CustomResource)")))
            # `InitArgs` where an object type has taken the name, as the versioning of a bucket.
            arguments = "InitArgs" if f"\nclass {found['class']}InitArgs:" in source else "Args"
            inputs = _properties(_class(source, f"{found['class']}{arguments}", ""))
            return Shape(inputs, outputs | {"id", "urn"})
    raise UnknownTypeError(token)


@cache
def nested_shape(token: str, name: str) -> dict[str, Property]:
    """The properties of an object type that a resource of that type uses."""
    found = TOKEN.fullmatch(token)
    assert found is not None
    return _properties(_class(_inputs(found["module"]), f"{name}Args", ""))


@cache
def _folder(module: str) -> Path:
    specification = find_spec("pulumi_aws")
    assert specification is not None
    assert specification.origin is not None
    package = Path(specification.origin).parent
    for name in (module.lower(), f"{module.lower()}_"):
        if (package / name).is_dir():
            return package / name
    raise UnknownTypeError(module)


@cache
def _inputs(module: str) -> str:
    return (_folder(module) / "_inputs.py").read_text(encoding="utf-8")


def _class(source: str, name: str, bases: str) -> str:
    """The body of a class."""
    head = f"\nclass {name}{bases}:\n"
    start = source.find(head)
    if start < 0:
        raise UnknownTypeError(name)
    end = source.find("\nclass ", start + len(head))
    return source[start : end if end > 0 else len(source)]


def _properties(body: str) -> dict[str, Property]:
    properties: dict[str, Property] = {}
    for getter in _GETTER.finditer(body):
        nested = _NESTED.search(getter["type"])
        properties[getter["name"] or getter["python"]] = Property(nested[1] if nested else None)
    return properties
