"""Every resource type of the sandbox, by token. A new file under `resources/` is listed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sandbox.provider.resource_type import ResourceType
from sandbox.provider.resources import (
    iam_policies,
    iam_role,
    lambda_function,
    lambda_permissions,
    lambda_versions,
    logs,
    secret_rotation,
    secrets_manager,
)


def by_token(resource_types: Iterable[ResourceType]) -> Mapping[str, ResourceType]:
    """The types by token; raises ValueError when two have the same."""
    found: dict[str, ResourceType] = {}
    for resource_type in resource_types:
        if resource_type.token in found:
            raise ValueError(f"{resource_type.token} is described twice")
        found[resource_type.token] = resource_type
    return found


RESOURCE_TYPES: Final = by_token(
    (
        *iam_policies.RESOURCE_TYPES,
        *iam_role.RESOURCE_TYPES,
        *lambda_function.RESOURCE_TYPES,
        *lambda_permissions.RESOURCE_TYPES,
        *lambda_versions.RESOURCE_TYPES,
        *logs.RESOURCE_TYPES,
        *secret_rotation.RESOURCE_TYPES,
        *secrets_manager.RESOURCE_TYPES,
    )
)
