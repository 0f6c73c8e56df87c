"""A resource and a stack as the rules see them, whatever the policy SDK calls its own classes.

A resource rule gets a `Resource` with the inputs, before anything is created. A stack rule gets a `Stack` whose
resources carry outputs and, for every property, the resources that its value comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from guardrails.properties import Reading, known_text, read


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`type` is a Pulumi type token such as `aws:apigateway/method:Method`; `origins` maps a property to URNs.

    `dependencies` are the URNs of the resources that are made before this one, `dependsOn` of a component included as
    what the component holds; only resources of a stack have them.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any] = field(repr=False)
    origins: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    dependencies: frozenset[str] = frozenset()

    def read(self, *path: str) -> Reading:
        """Read a property, nested ones by their path. Never raises."""
        return read(self.properties, *path)

    def origins_of(self, name: str) -> frozenset[str]:
        """URNs of the resources in the stack whose outputs make up this property."""
        return self.origins.get(name, frozenset())

    @property
    def kind(self) -> str:
        """The last part of its type: `Method`."""
        return self.type.rpartition(":")[2]

    @property
    def label(self) -> str:
        """How messages name it: `Method 'hello-get'`."""
        return f"{self.kind} '{self.name}'"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All resources of one stack."""

    resources: tuple[Resource, ...]

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Every resource under its URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        grouped: dict[str, list[Resource]] = {}
        for resource in self.resources:
            grouped.setdefault(resource.type, []).append(resource)
        return {type_token: tuple(resources) for type_token, resources in grouped.items()}

    @cached_property
    def by_id(self) -> Mapping[str, tuple[Resource, ...]]:
        """The resources under their ids; an id may belong to several resources of different types."""
        grouped: dict[str, list[Resource]] = {}
        for resource in self.resources:
            identifier = known_text(resource.read("id"))
            if identifier:
                grouped.setdefault(identifier, []).append(resource)
        return {identifier: tuple(resources) for identifier, resources in grouped.items()}

    def of_type(self, type_token: str) -> tuple[Resource, ...]:
        """The resources of one type, in the order of the stack."""
        return self._by_type.get(type_token, ())
