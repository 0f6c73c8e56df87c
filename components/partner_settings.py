"""What the partner API is made of. Pure: creates no resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pulumi

from components.api_gateway_account import ApiGatewayAccount
from components.api_stage import StageSettings
from components.client_credentials_settings import AppClient, Scope, WebAclSettings
from components.domain_certificate import DomainCertificate
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.logs import check_retention
from components.wheel_cache import WheelCache, WheelInstaller
from functions.client_certificates.truststore import inspect_truststore


@dataclass(frozen=True, kw_only=True)
class PartnerApiArgs:
    """The partner API.

    - `domain_name` is where it answers, and the only place; `certificate` is what it shows there; `alias_zone_id` is
      the Route 53 zone that gets the domain's record.
    - `truststore` is the PEM text of the authorities whose certificates partners may present.
    - `scopes` are what tokens can permit, `required_scopes` those that `GET /protected` asks for, `clients` the
      partners that come with a deployment.
    - `domain_prefix` and `resource_server` are the Cognito pool's; `token_endpoint` and `jwks_url` say where the pool
      is reached, if not at AWS's addresses.
    - `installer` is where the wheels of the authorizer's layer come from.

    Raises `ArgumentError` for a truststore with an error, and for scopes that do not fit together.
    """

    domain_name: str
    certificate: DomainCertificate
    truststore: str
    domain_prefix: str
    resource_server: str
    scopes: Sequence[Scope]
    required_scopes: Sequence[str]
    clients: Sequence[AppClient] = ()
    alias_zone_id: pulumi.Input[str] | None = None
    api_name: str = "partner-api"
    token_minutes: int = 15
    token_endpoint: pulumi.Input[str] | None = None
    jwks_url: pulumi.Input[str] | None = None
    web_acl: WebAclSettings | None = None
    rotation_days: int = 30
    recovery_window_days: int = 30
    deletion_protection: bool = True
    audit_retention_days: int = 365
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    stage: StageSettings = field(default_factory=StageSettings)
    account: ApiGatewayAccount | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    installer: WheelInstaller = field(default_factory=WheelCache)

    def __post_init__(self) -> None:
        check_truststore(self.truststore)
        known = [scope.name for scope in self.scopes]
        if not self.required_scopes or isinstance(self.required_scopes, str):
            raise ArgumentError("required_scopes: name at least one; GET /protected would let every token in.")
        if unknown := sorted(set(self.required_scopes) - set(known)):
            raise ArgumentError(f"required_scopes: no such scope: {', '.join(unknown)}; add it to scopes.")
        check_retention(self.audit_retention_days)


def check_truststore(bundle: str) -> None:
    """Raises `ArgumentError` with every error of the bundle: API Gateway would take it, and refuse good clients."""
    errors = inspect_truststore(bundle, now=datetime.now(UTC)).errors
    if errors:
        raise ArgumentError(f"truststore: {'; '.join(map(str, errors))}.")
