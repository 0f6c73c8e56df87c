"""What a system tells of itself once it is declared."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.authorized_api import AuthorizedApi


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a stack tells people and tools: APIs and functions by their names, secrets by purpose (ARNs only).

    `others` are outputs of a single system, by the names that its users look for.
    """

    apis: Mapping[str, AuthorizedApi] = field(default_factory=dict[str, AuthorizedApi])
    functions: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    others: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])

    def with_system(self, system: "Deployed") -> "Deployed":
        """All of this, and all of one more system."""
        return Deployed(
            apis={**self.apis, **system.apis},
            functions={**self.functions, **system.functions},
            secrets={**self.secrets, **system.secrets},
            others={**self.others, **system.others},
        )
