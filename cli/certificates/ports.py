"""What the commands need of AWS, as ports. Adapters turn every failure into a `CliError` that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class SecretKeeper(Protocol):
    """Secrets Manager, as far as needed."""

    def create(self, name: str, value: str, *, description: str, tags: Mapping[str, str] | None = None) -> bool:
        """Keep a new secret; False where the name is taken, then nothing is changed."""
        ...

    def put(self, name: str, value: str, *, description: str, tags: Mapping[str, str] | None = None) -> None:
        """Keep a secret, or a new version of one that exists; it then has these tags, too."""
        ...

    def rotate(self, name: str, *, by: str, days: int) -> None:
        """Have a function (by its ARN) make the value, now and every so many days; return when it has.

        Raises:
            CliError: it has not, or not in time; the secret is as it was, and it can be asked for again.
        """
        ...

    def read(self, name: str) -> str | None:
        """Return the current value, None where there is no such secret."""
        ...

    def delete(self, name: str, *, recovery_days: int) -> None:
        """Delete a secret; it can be restored for some days."""
        ...


class ParameterKeeper(Protocol):
    """SSM parameters of the type SecureString."""

    def put(self, name: str, value: str) -> bool:
        """Keep a new parameter; False where the name is taken, then nothing is changed."""
        ...

    def under(self, path: str) -> dict[str, str]:
        """Return the parameters below a path, by name."""
        ...

    def delete(self, name: str) -> None:
        """Delete a parameter; one that does not exist is deleted already."""
        ...


@dataclass(frozen=True, kw_only=True)
class AppClient:
    """An app client of Cognito; its secret is nothing that a command handles."""

    app_client_id: str
    scopes: frozenset[str]


class AppClients(Protocol):
    """The app clients of the user pool."""

    def find(self, name: str) -> AppClient | None:
        """Return the app client with this name, None where there is none."""
        ...

    def describe(self, app_client_id: str) -> AppClient:
        """Return an app client; raises `CliError` where there is none, or it is not one for machines."""
        ...

    def create(self, name: str, scopes: frozenset[str]) -> AppClient:
        """Make an app client for client credentials; raises `CliError` where Cognito refuses, as for a scope."""
        ...


@dataclass(frozen=True, kw_only=True)
class SecretRotation:
    """Who makes the secrets of clients that no deployment knows (a function's ARN), and how often."""

    function_arn: str
    days: int
