"""What an API consists of, collected while it is built, so that its deployment is made anew when any of it changes.

API Gateway serves a snapshot: a changed method is live only after a new deployment, and Pulumi makes one only when its
trigger changes. The trigger is a digest over the inputs of everything that the snapshot holds.
"""

import hashlib
import json
from typing import Any, TypeVar

import pulumi

from components.added_resources import described

Part = TypeVar("Part", bound=pulumi.Resource)


class RestDefinition:
    """The inputs of an API's parts by logical name, and the resources that must exist before the snapshot is taken."""

    def __init__(self) -> None:
        self._inputs: dict[str, dict[str, Any]] = {}
        self.resources: list[pulumi.Resource] = []

    def add(self, resource: Part, args: object) -> Part:
        """Records a part, its resource and the typed `...Args` that it was made from, and gives the resource back."""
        name = resource.pulumi_resource_name
        self._inputs[name] = {"type": resource.pulumi_resource_type, **inputs_of(args)}
        self.resources.append(resource)
        return resource

    def add_existing(self, resource: pulumi.Resource) -> None:
        """Records a part that was made elsewhere, by what is known of it."""
        type_ = resource.pulumi_resource_type
        self._inputs[f"{type_} {resource.pulumi_resource_name}"] = {"type": type_, **described(resource)}
        self.resources.append(resource)

    def digest(self) -> pulumi.Output[str]:
        """SHA-256 in hexadecimal; unknown in a preview while an input is (an id that is not there yet)."""
        document = pulumi.Output.json_dumps(self._inputs, sort_keys=True, cls=_NestedInputs)
        return document.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())


class _NestedInputs(json.JSONEncoder):
    """Writes the `...Args` objects that stand inside others; anything else that is not JSON is an error."""

    def default(self, o: object) -> Any:
        return inputs_of(o) if type(o).__name__.endswith("Args") else super().default(o)


def inputs_of(args: object) -> dict[str, Any]:
    """The inputs that are set in a Pulumi `...Args` object, by their Python names; tags are no part of a snapshot."""
    properties = (name for name, member in vars(type(args)).items() if isinstance(member, property) and name != "tags")
    return {name: value for name in properties if (value := getattr(args, name)) is not None}
