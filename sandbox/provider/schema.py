"""What is declared of a resource: names, types and required-ness of inputs, names of outputs.

Deliberately no value constraints (ranges, enumerations, patterns): those are AWS's, see `cloudformation.py` and
`api_model.py`. Where the declarations come from is `declarations.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

PROVIDER: Final = "pulumi:providers:aws"
"""The token of the provider itself, whose inputs are its settings."""


class Kind(Enum):
    """The shapes that a property can have."""

    STRING = "a string"
    INTEGER = "an integer"
    NUMBER = "a number"
    BOOLEAN = "a boolean"
    LIST = "a list"
    MAP = "a map"
    OBJECT = "an object"
    ARCHIVE = "an archive"
    ASSET = "an asset or archive"
    ANY = "any value"


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property's type. `element` is set for lists and maps, `fields` for objects; `alternative` for unions."""

    kind: Kind
    required: bool = False
    element: Property | None = None
    fields: Mapping[str, Property] = field(default_factory=dict[str, "Property"])
    alternative: Property | None = None


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Inputs by Pulumi name, and the names of all outputs (`id` and `urn` belong to the engine)."""

    inputs: Mapping[str, Property]
    outputs: frozenset[str]
