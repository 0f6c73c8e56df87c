"""The ports of one command: found when they are first used, so that `ca create` works before anything is deployed.

target ─► Secrets Manager, SSM
       └► partner API by name ─► POST /token ─► function ─► CLIENT_REGISTRY_TABLE, USER_POOL_ID,
                                                           CLIENT_SECRETS_PREFIX, AUDIT_LOG_GROUP,
                                                           APP_CLIENTS_FUNCTION, APP_CLIENT_ROTATION_ARN and _DAYS
"""

from __future__ import annotations

import argparse
import functools
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.certificates.app_clients import CognitoAppClients
from cli.certificates.authorities import Authorities
from cli.certificates.aws_stores import AwsSecretKeeper, SsmParameters
from cli.certificates.operators import Operators
from cli.certificates.ports import AppClients, ParameterKeeper, SecretKeeper, SecretRotation
from cli.certificates.target_calls import LogTrail, target_calls
from cli.certificates.truststores import AwsTruststores, DeployedTruststores
from cli.deployed_api import DeployedApi
from cli.errors import aws_explained
from cli.output import tell
from cli.target import Target, find_target
from client_certificates.dynamodb_registry import DynamoDbRegistry

if TYPE_CHECKING:
    from audit_trail.trail import AuditTrail
    from client_certificates.registry import ClientRegistry

CHECKOUT = Path(__file__).resolve().parents[2]
TOKEN_RESOURCE = "/token"  # noqa: S105 -- a path


class Workplace:
    """What commands work with."""

    def __init__(self, target: Target, *, api_name: str) -> None:
        """Take where, and the partner API's name; nothing is asked yet."""
        self._target = target
        self._api_name = api_name

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    @functools.cached_property
    def secrets(self) -> SecretKeeper:
        """Secrets Manager."""
        return AwsSecretKeeper(self._target)

    @functools.cached_property
    def parameters(self) -> ParameterKeeper:
        """SSM."""
        return SsmParameters(self._target)

    @property
    def authorities(self) -> Authorities:
        """The authorities."""
        return Authorities(secrets=self.secrets, parameters=self.parameters)

    @functools.cached_property
    def registry(self) -> ClientRegistry:
        """The registry of the partner API."""
        return DynamoDbRegistry(
            call=target_calls(self._target), table=self._setting("CLIENT_REGISTRY_TABLE"), pause=time.sleep
        )

    @functools.cached_property
    def trail(self) -> AuditTrail:
        """The audit trail of the partner API."""
        return LogTrail(self._target, group=self._setting("AUDIT_LOG_GROUP"))

    @functools.cached_property
    def operators(self) -> Operators:
        """Changes of the registry, in the name of whoever runs the command."""
        return Operators(registry=self.registry, trail=self.trail, who=self._who(), clock=time.time)

    @functools.cached_property
    def app_clients(self) -> AppClients:
        """The app clients of the partner API's user pool."""
        return CognitoAppClients(
            self._target,
            user_pool_id=self._setting("USER_POOL_ID"),
            function=lambda: self._setting("APP_CLIENTS_FUNCTION"),
        )

    @functools.cached_property
    def client_secret_rotation(self) -> SecretRotation:
        """Who makes the secrets of app clients."""
        return SecretRotation(
            function_arn=self._setting("APP_CLIENT_ROTATION_ARN"), days=int(self._setting("APP_CLIENT_ROTATION_DAYS"))
        )

    @functools.cached_property
    def truststores(self) -> DeployedTruststores:
        """What the partner API's domains trust."""
        return AwsTruststores(self._target, api_id=lambda: self._api.api_id)

    @functools.cached_property
    def client_secrets_prefix(self) -> str:
        """What the names of app clients' secrets begin with."""
        return self._setting("CLIENT_SECRETS_PREFIX")

    @functools.cached_property
    def _api(self) -> DeployedApi:
        return DeployedApi(self._target, name=self._api_name, kind="a partner API")

    def _setting(self, name: str) -> str:
        return self._api.setting_of_method(TOKEN_RESOURCE, "POST", name)

    def _who(self) -> str:
        with aws_explained(f"ask who you are ({self._target.name})"):
            return str(self._target.client("sts").get_caller_identity()["Arn"])


def workplace(options: argparse.Namespace) -> Workplace:
    """Return the ports for a command line; raises `CliError`."""
    target = find_target(options, environment=os.environ, checkout=CHECKOUT)
    tell(f"on {target.name}")
    return Workplace(target, api_name=options.api)
