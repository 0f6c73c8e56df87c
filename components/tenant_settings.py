"""What can be said of the tenant data API, checked. Pure: creates no resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.api_gateway_account import ApiGatewayAccount
from components.api_stage import StageSettings
from components.cors import Cors
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.logs import check_retention

CORS_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-API-Key", "X-Admin-API-Key")
# Where decisions and records are kept this long, a revocation takes effect as late at most.
REVOCATION_SECONDS = range(600 + 1)
# One item counts a tenant's requests, and one partition takes 1,000 writes a second.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
REQUESTS_PER_MINUTE = range(1, 60_000 + 1)


@dataclass(frozen=True, kw_only=True)
class TenantDataApiArgs:
    """What the API is made of. Units are in the names.

    - `admin_key_secret_name` is the name under which operators look for the admin key.
    - `requests_per_minute` are those of one tenant. After `revocation_seconds` at the latest, a revoked tenant's tokens
      are refused; the longer, the fewer decisions are made and the fewer records are read.
    - `lockout_seconds` is how long a source or a key is locked out of `POST /auth` after so many failures.
    - `alarm_actions` are ARNs, of SNS topics for example.

    Raises `ArgumentError` for numbers that would switch a protection off.
    """

    admin_key_secret_name: str
    api_name: str = "tenant-api"
    requests_per_minute: int = 600
    revocation_seconds: int = 60
    lockout_source_failures: int = 20
    lockout_key_failures: int = 10
    lockout_seconds: int = 300
    rotation_days: int = 30
    recovery_window_days: int = 30
    deletion_protection: bool = True
    audit_retention_days: int = 365
    alarm_actions: Sequence[pulumi.Input[str]] = ()
    cors: Cors | None = None
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    stage: StageSettings = field(default_factory=StageSettings)
    account: ApiGatewayAccount | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if self.requests_per_minute not in REQUESTS_PER_MINUTE:
            raise ArgumentError(
                f"requests_per_minute: {self.requests_per_minute}; use 1 to 60000: one item in DynamoDB counts "
                "them, and takes 1,000 writes a second."
            )
        if self.revocation_seconds not in REVOCATION_SECONDS:
            raise ArgumentError(
                f"revocation_seconds: {self.revocation_seconds}; use 0 to 600: so long do a revoked tenant's "
                "tokens work."
            )
        for name in ("lockout_source_failures", "lockout_key_failures", "lockout_seconds"):
            if getattr(self, name) < 1:
                raise ArgumentError(
                    f"{name}: {getattr(self, name)}; it must be 1 or more, or nobody could get a token."
                )
        check_retention(self.audit_retention_days)

    @property
    def token_cache_seconds(self) -> int:
        """How long API Gateway keeps a decision: the first half of `revocation_seconds`."""
        return self.revocation_seconds // 2

    @property
    def record_cache_seconds(self) -> int:
        """How long the authorizer keeps what it knows of a tenant: the rest of `revocation_seconds`."""
        return self.revocation_seconds - self.token_cache_seconds

    @property
    def answer_settings(self) -> dict[str, pulumi.Input[str]]:
        """What functions need to know for their answers."""
        return {"CORS_ALLOW_ORIGIN": self.cors.allow_origin} if self.cors is not None else {}

    @property
    def lockout_settings(self) -> dict[str, pulumi.Input[str]]:
        """When a source or a key is locked out, and for how long."""
        return {
            "LOCKOUT_SOURCE_FAILURES": str(self.lockout_source_failures),
            "LOCKOUT_KEY_FAILURES": str(self.lockout_key_failures),
            "LOCKOUT_SECONDS": str(self.lockout_seconds),
        }
