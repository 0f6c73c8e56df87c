"""What the `pulumi_aws` package itself declares, read from its classes.

They are generated from the official provider's schema, so whatever they accept is what the official provider accepts.
Deliberately imported only where `declarations.py` has nothing kept yet: the package takes seconds to import.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import types
import typing
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pulumi

# The package has no public way to look into its generated classes.
from pulumi import _types as pulumi_types  # pyright: ignore[reportPrivateUsage]

from sandbox.provider.schema import PROVIDER, Kind, Property

_PYTHON_NAMES: Final = {"lambda": "lambda_"}

_SCALARS: Final[Mapping[Any, Kind]] = {
    str: Kind.STRING,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    Any: Kind.ANY,
    object: Kind.ANY,
    pulumi.Archive: Kind.ARCHIVE,
    pulumi.Asset: Kind.ASSET,
}


class FieldsOf(Mapping[str, Property]):
    """The fields of a nested class, looked up when somebody asks: some classes contain themselves (WAF's statements
    are made of statements).
    """

    def __init__(self, arguments_class: type) -> None:
        self.arguments_class = arguments_class

    def __getitem__(self, name: str) -> Property:
        return input_properties(self.arguments_class)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(input_properties(self.arguments_class))

    def __len__(self) -> int:
        return len(input_properties(self.arguments_class))


def classes(token: str) -> tuple[type, type]:
    """The resource's class and that of its arguments. Raises `LookupError` for a token that the package does not have.

    By its rules: `aws:lambda/function:Function` is `pulumi_aws.lambda_.Function` with `FunctionArgs`, or with
    `FunctionInitArgs` where a nested object has that name.
    """
    module, name = "pulumi_aws", "Provider"
    if token != PROVIDER:
        service, name = token.removeprefix("aws:").partition("/")[0], token.rpartition(":")[2]
        module = f"pulumi_aws.{_PYTHON_NAMES.get(service, service)}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some modules warn of classes that nobody asked for
            resource_class: type = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise LookupError(f"pulumi_aws has no {token}") from None
    defined_in = sys.modules[resource_class.__module__]
    arguments_class: Any = getattr(defined_in, f"{name}InitArgs", None) or getattr(defined_in, f"{name}Args")
    return resource_class, arguments_class


@cache
def input_properties(arguments_class: type) -> Mapping[str, Property]:
    """Inputs by Pulumi name, for a resource's `...Args` class or a nested one."""
    types_by_name = pulumi_types.input_type_types(arguments_class)
    required = _required(arguments_class)
    return {
        name: _property(types_by_name[name], required=python_name in required)
        for python_name, name in pulumi_types.input_type_py_to_pulumi_names(arguments_class).items()
    }


def output_types(resource_class: type) -> Mapping[str, Any]:
    """The declared Python type of each output that the resource class has a getter for."""
    declared = pulumi_types.resource_types(resource_class)
    return {name: declared[name] for name in declared.keys() - {"id", "urn"}}


def _required(arguments_class: type) -> frozenset[str]:
    parameters = list(inspect.signature(arguments_class).parameters.values())
    return frozenset(each.name for each in parameters if each.default is inspect.Parameter.empty)


def _property(declared: Any, *, required: bool) -> Property:
    alternatives = [_single(each) for each in _union_members(declared)]
    first, *others = _with_objects_merged(alternatives) or [Property(kind=Kind.ANY)]
    # An enumeration beside a plain string says nothing more than the string; an object beside a string (a policy
    # document) does.
    different = next((each for each in others if each.kind is not first.kind), None)
    return Property(
        kind=first.kind, required=required, element=first.element, fields=first.fields, alternative=different
    )


def _with_objects_merged(alternatives: list[Property]) -> list[Property]:
    """Several objects to choose from (the kinds of principals in a policy) as one that has all their members."""
    objects = [each for each in alternatives if each.kind is Kind.OBJECT]
    if len(objects) < 2:
        return alternatives
    fields = {name: replace(field, required=False) for each in objects for name, field in each.fields.items()}
    return [each for each in alternatives if each.kind is not Kind.OBJECT] + [Property(kind=Kind.OBJECT, fields=fields)]


def _union_members(declared: Any) -> list[Any]:
    """The distinct value types inside `Input[Optional[Union[...]]]`; awaitables and outputs are how they travel, not
    types.
    """
    if isinstance(declared, typing.ForwardRef):
        return []
    origin = typing.get_origin(declared)
    if origin in (typing.Union, types.UnionType):
        members: list[Any] = []
        for each in typing.get_args(declared):
            members.extend(member for member in _union_members(each) if member not in members)
        return members
    if declared is type(None) or origin is pulumi.Output or _is_awaitable(origin):
        return []
    return [declared]


def _is_awaitable(origin: Any) -> bool:
    return isinstance(origin, type) and origin.__name__ == "Awaitable"


def _single(declared: Any) -> Property:
    if declared in _SCALARS:
        return Property(kind=_SCALARS[declared])
    origin = typing.get_origin(declared)
    arguments = typing.get_args(declared)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return Property(kind=Kind.MAP, element=_property(arguments[1], required=False))
    if origin is not None and arguments:
        return Property(kind=Kind.LIST, element=_property(arguments[0], required=False))
    if isinstance(declared, type) and issubclass(declared, str):
        return Property(kind=Kind.STRING)
    if isinstance(declared, type) and pulumi_types.is_input_type(declared):
        return Property(kind=Kind.OBJECT, fields=FieldsOf(declared))
    raise TypeError(f"pulumi_aws declares a property of an unexpected type: {declared!r}")
