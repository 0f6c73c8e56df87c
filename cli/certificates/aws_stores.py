"""Secrets Manager and SSM behind the ports, with the credentials of whoever runs the command."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cli.errors import CliError, aws_explained
from cli.target import Target

# A rotation is four short invocations; Secrets Manager starts one within seconds.
ROTATION_SECONDS = 60.0
BETWEEN_LOOKS_SECONDS = 0.2
_DELETED = "InvalidRequestException"  # of a name whose secret is scheduled for deletion


class AwsSecretKeeper:
    """A `SecretKeeper` on Secrets Manager."""

    def __init__(self, target: Target) -> None:
        """Take where it is."""
        self._client = target.client("secretsmanager")

    def create(self, name: str, value: str, *, description: str, tags: Mapping[str, str] | None = None) -> bool:
        """See `SecretKeeper.create`."""
        try:
            with aws_explained(f"create the secret {name}"):
                try:
                    self._client.create_secret(
                        Name=name, SecretString=value, Description=description, Tags=_as_list(tags)
                    )
                except self._client.exceptions.ResourceExistsException:
                    return False
        except CliError as error:
            if _DELETED in str(error):  # the name is taken until the secret is gone for good
                return False
            raise
        return True

    def put(self, name: str, value: str, *, description: str, tags: Mapping[str, str] | None = None) -> None:
        """See `SecretKeeper.put`."""
        if self.create(name, value, description=description, tags=tags):
            return
        if tags:
            with aws_explained(f"tag the secret {name}"):
                self._client.tag_resource(SecretId=name, Tags=_as_list(tags))
        with aws_explained(f"write the secret {name}"):
            self._client.put_secret_value(SecretId=name, SecretString=value)

    def rotate(self, name: str, *, by: str, days: int) -> None:
        """See `SecretKeeper.rotate`."""
        function = by.rpartition(":")[2]
        with aws_explained(f"rotate the secret {name}"):
            asked: dict[str, Any] = self._client.rotate_secret(
                SecretId=name, RotationLambdaARN=by, RotationRules={"AutomaticallyAfterDays": days}
            )
        give_up = time.monotonic() + ROTATION_SECONDS
        while time.monotonic() < give_up:
            with aws_explained(f"look at the secret {name}"):
                labels: dict[str, list[str]] = self._client.describe_secret(SecretId=name)["VersionIdsToStages"]
            if "AWSCURRENT" in labels.get(asked["VersionId"], ()):
                return
            time.sleep(BETWEEN_LOOKS_SECONDS)
        raise CliError(f"{name} has no value yet: the log of {function} says why; then repeat the command")

    def read(self, name: str) -> str | None:
        """See `SecretKeeper.read`."""
        with aws_explained(f"read the secret {name}"):
            try:
                answer: dict[str, Any] = self._client.get_secret_value(SecretId=name)
            except self._client.exceptions.ResourceNotFoundException:
                return None
        return str(answer["SecretString"])

    def delete(self, name: str, *, recovery_days: int) -> None:
        """See `SecretKeeper.delete`."""
        with aws_explained(f"delete the secret {name}"):
            try:
                self._client.delete_secret(SecretId=name, RecoveryWindowInDays=recovery_days)
            except self._client.exceptions.ResourceNotFoundException:
                return


def _as_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


class SsmParameters:
    """A `ParameterKeeper` on SSM, all of it SecureString under the account's own key."""

    def __init__(self, target: Target) -> None:
        """Take where it is."""
        self._client = target.client("ssm")

    def put(self, name: str, value: str) -> bool:
        """See `ParameterKeeper.put`."""
        with aws_explained(f"write the parameter {name}"):
            try:
                # A certificate with a large key and many names can be longer than a standard parameter's 4 KB.
                self._client.put_parameter(Name=name, Value=value, Type="SecureString", Tier="Intelligent-Tiering")
            except self._client.exceptions.ParameterAlreadyExists:
                return False
        return True

    def under(self, path: str) -> dict[str, str]:
        """See `ParameterKeeper.under`."""
        with aws_explained(f"read the parameters under {path}"):
            pages = self._client.get_paginator("get_parameters_by_path").paginate(
                Path=path, Recursive=True, WithDecryption=True
            )
            found = {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}
        return dict(sorted(found.items()))

    def delete(self, name: str) -> None:
        """See `ParameterKeeper.delete`."""
        with aws_explained(f"delete the parameter {name}"):
            try:
                self._client.delete_parameter(Name=name)
            except self._client.exceptions.ParameterNotFound:
                return
