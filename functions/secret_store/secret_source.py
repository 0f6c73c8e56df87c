"""Where secrets come from: the port, the version that it returns, and the choice of an adapter.

Where AWS's Parameters and Secrets Lambda Extension is attached (its port is in the environment), secrets are read
from it over localhost: no SDK is imported, which at a cold start costs more than everything else together. Elsewhere
they are read with boto3.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class SecretSource(Protocol):
        """Reads one version of one secret, without any caching of its own."""

        def read(self, secret_id: str, version_stage: str) -> SecretVersion:
            """Return the version of `secret_id` (ARN or name) that carries `version_stage`, for example `AWSCURRENT`.

            Raises:
                SecretVersionMissing: there is no such version.
                SecretUnavailable: the source did not answer.
            """
            ...


EXTENSION_PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"


class SecretVersion:
    """A version's id and its value; `repr` shows the id only."""

    __slots__ = ("value", "version_id")

    def __init__(self, *, version_id: str, value: str) -> None:
        """Hold both."""
        self.version_id = version_id
        self.value = value

    def __repr__(self) -> str:
        """Name the version, never the value."""
        return f"<SecretVersion {self.version_id}>"


def secret_source(environment: Mapping[str, str]) -> SecretSource:
    """Return the adapter for a function with this environment (usually `os.environ`); nothing is read yet.

    Raises:
        ValueError: the extension's port is set and is not a port number.
    """
    port = environment.get(EXTENSION_PORT_VARIABLE)
    if port:
        from secret_store.extension_source import ExtensionSecrets

        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ValueError(f"{EXTENSION_PORT_VARIABLE} is not a port number")
        return ExtensionSecrets(port=int(port), environment=environment)
    from secret_store.boto3_source import Boto3Secrets

    return Boto3Secrets()
