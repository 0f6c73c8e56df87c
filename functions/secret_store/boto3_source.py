"""Secrets through boto3, for functions that do not carry the extension. boto3 is imported at the first read.

Not with `aws_calls`, because an authorizer may use SnapStart: its credentials are then not in the environment, and
boto3 knows where to ask for them.
"""

from __future__ import annotations

from secret_store.errors import SecretUnavailable, SecretVersionMissing
from secret_store.secret_source import SecretVersion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 3
ATTEMPTS = 2


class Boto3Secrets:
    """A `SecretSource` that calls `GetSecretValue` with the function's own role."""

    def __init__(self, client_factory: Callable[[], Any] | None = None) -> None:
        """Take how to make the Secrets Manager client; made once, at the first read."""
        self._client_factory = client_factory or _secrets_manager_client
        self._client: Any = None

    def read(self, secret_id: str, version_stage: str) -> SecretVersion:
        """See `SecretSource.read`."""
        if self._client is None:
            self._client = self._client_factory()
        from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types
            BotoCoreError,
            ClientError,
        )

        try:
            answer = self._client.get_secret_value(SecretId=secret_id, VersionStage=version_stage)
        except ClientError as error:
            response: Any = error.response  # pyright: ignore[reportUnknownMemberType] -- see above
            code = response.get("Error", {}).get("Code", "")
            if code == "ResourceNotFoundException":
                raise SecretVersionMissing(f"{secret_id} has no version {version_stage}") from None
            raise SecretUnavailable(f"Secrets Manager refused {secret_id}: {code}") from None
        except BotoCoreError as error:
            raise SecretUnavailable(f"Secrets Manager did not answer for {secret_id}: {type(error).__name__}") from None
        if not isinstance(answer.get("SecretString"), str):
            raise SecretUnavailable(f"{secret_id} is a binary secret; ours are strings")
        return SecretVersion(version_id=answer["VersionId"], value=answer["SecretString"])


def _secrets_manager_client() -> Any:
    import boto3  # pyright: ignore[reportMissingTypeStubs] -- boto3 ships no types
    from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- nor does botocore

    limits = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    return boto3.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- see above
        "secretsmanager", config=limits
    )
