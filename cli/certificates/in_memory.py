"""The fakes of `ports`. No command imports them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cli.certificates.ports import AppClient
from cli.errors import CliError


class InMemorySecretKeeper:
    """Secrets by name; `deleted` has the names of those that could still be restored."""

    def __init__(self) -> None:
        """Begin empty."""
        self.values: dict[str, str] = {}
        self.deleted: dict[str, int] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.rotations: dict[str, list[tuple[str, int]]] = {}
        self.rotation_fails = False

    def create(
        self,
        name: str,
        value: str,
        *,
        description: str,  # noqa: ARG002 -- nobody reads it back
        tags: Mapping[str, str] | None = None,
    ) -> bool:
        """See `SecretKeeper.create`; a deleted secret keeps its name, as at AWS."""
        if name in self.values or name in self.deleted:
            return False
        self.values[name] = value
        self.tags[name] = dict(tags or {})
        return True

    def put(
        self,
        name: str,
        value: str,
        *,
        description: str,  # noqa: ARG002 -- nobody reads it back
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """See `SecretKeeper.put`."""
        self.values[name] = value
        self.tags[name] = {**self.tags.get(name, {}), **(tags or {})}

    def rotate(self, name: str, *, by: str, days: int) -> None:
        """See `SecretKeeper.rotate`; does what the function of the deployment does."""
        if self.rotation_fails:
            raise CliError(f"{name} is not rotated yet")
        document = json.loads(self.values[name])
        number = len(self.rotations.setdefault(name, [])) + 1
        self.rotations[name].append((by, days))
        document |= {"client_secret": f"secret {number} of {name}", "client_secret_id": str(number)}
        self.values[name] = json.dumps(document)

    def read(self, name: str) -> str | None:
        """See `SecretKeeper.read`."""
        return self.values.get(name)

    def delete(self, name: str, *, recovery_days: int) -> None:
        """See `SecretKeeper.delete`."""
        if self.values.pop(name, None) is not None:
            self.deleted[name] = recovery_days


class InMemoryParameters:
    """Parameters by name."""

    def __init__(self) -> None:
        """Begin empty."""
        self.values: dict[str, str] = {}

    def put(self, name: str, value: str) -> bool:
        """See `ParameterKeeper.put`."""
        if name in self.values:
            return False
        self.values[name] = value
        return True

    def under(self, path: str) -> dict[str, str]:
        """See `ParameterKeeper.under`."""
        return {name: value for name, value in sorted(self.values.items()) if name.startswith(path)}

    def delete(self, name: str) -> None:
        """See `ParameterKeeper.delete`."""
        self.values.pop(name, None)


class InMemoryAppClients:
    """App clients by name; only `scopes` exist."""

    def __init__(self, scopes: frozenset[str]) -> None:
        """Take the scopes of the resource servers."""
        self.scopes = scopes
        self.by_name: dict[str, AppClient] = {}

    def find(self, name: str) -> AppClient | None:
        """See `AppClients.find`."""
        return self.by_name.get(name)

    def describe(self, app_client_id: str) -> AppClient:
        """See `AppClients.describe`."""
        found = next((each for each in self.by_name.values() if each.app_client_id == app_client_id), None)
        if found is None:
            raise CliError(f"the user pool has no app client {app_client_id}")
        return found

    def create(self, name: str, scopes: frozenset[str]) -> AppClient:
        """See `AppClients.create`."""
        if not scopes <= self.scopes:
            raise CliError("cannot create the app client: a scope does not exist")
        made = AppClient(app_client_id=f"app-{name}", scopes=scopes)
        self.by_name[name] = made
        return made
