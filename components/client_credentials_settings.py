"""What a client credentials issuer is made of. Pure: creates no resource.

Names and limits are Cognito's and are checked here, where the message can say what to change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.errors import ArgumentError
from components.function_platform import FunctionPlatform

# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
_DOMAIN_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
_RESERVED_IN_DOMAINS = ("aws", "amazon", "cognito")
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResourceServerScopeType.html
_SCOPE_NAME = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")
_IDENTIFIER = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")
# Part of the names of a function and of a secret.
_CLIENT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?")
_ISSUER_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,22}[a-zA-Z0-9])?")
_SECRETS_PREFIX = re.compile(r"[A-Za-z0-9/_+=.@-]{1,256}/")

POOL_ID_IN_URL = "{user_pool_id}"
MOST_SCOPES = 100
"""Of a resource server; an app client takes 50
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html)."""
MOST_SCOPES_OF_A_CLIENT = 50
TOKEN_MINUTES = range(5, 24 * 60 + 1)
"""https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html"""
REQUESTS_PER_FIVE_MINUTES = range(10, 2_000_000_000 + 1)
"""https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html"""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a token can permit: `name` without the resource server in front, and what it means to a reader."""

    name: str
    description: str

    def __post_init__(self) -> None:
        if not _SCOPE_NAME.fullmatch(self.name):
            raise ArgumentError(f"scope {self.name!r}: use 1 to 256 printable characters without space, / and quotes.")
        if not 1 <= len(self.description) <= 256:
            raise ArgumentError(f"scope {self.name}: the description must have 1 to 256 characters.")


@dataclass(frozen=True, kw_only=True)
class AppClient:
    """One partner: `name` is its id in the client registry; `scopes` are names of the issuer's scopes."""

    name: str
    scopes: Sequence[str]

    def __post_init__(self) -> None:
        if not _CLIENT_NAME.fullmatch(self.name):
            raise ArgumentError(
                f"client {self.name!r}: use 1 to 24 lower-case letters, digits and -, with no - at either end."
            )
        if isinstance(self.scopes, str) or not self.scopes or len(self.scopes) > MOST_SCOPES_OF_A_CLIENT:
            raise ArgumentError(f"client {self.name}: scopes must be a list of 1 to {MOST_SCOPES_OF_A_CLIENT} names.")
        if len(set(self.scopes)) != len(self.scopes):
            raise ArgumentError(f"client {self.name}: a scope is listed twice; name each once.")


@dataclass(frozen=True, kw_only=True)
class WebAclSettings:
    """A web ACL in front of the pool: addresses of bad reputation are refused, and others above a rate.

    `requests_per_five_minutes` is per caller's address. With `POST /token` in front, the callers that Cognito sees are
    Lambda's addresses: leave room for all clients together.
    """

    requests_per_five_minutes: int = 3_000

    def __post_init__(self) -> None:
        if self.requests_per_five_minutes not in REQUESTS_PER_FIVE_MINUTES:
            raise ArgumentError(
                f"web_acl: requests_per_five_minutes={self.requests_per_five_minutes}; WAF takes >= 10."
            )


@dataclass(frozen=True, kw_only=True)
class ClientCredentialsIssuerArgs:
    """The issuer.

    - `issuer_name` names the pool and begins the names of the functions.
    - `domain_prefix` must be free in the whole region, for all of AWS.
    - `resource_server` goes before the scopes: `<resource server>/<scope>`.
    - `clients` are the partners that come with a deployment; others can be added while it runs.
    - `client_secrets_prefix` begins the names of the secrets: `<prefix><client>`; `<issuer_name>/clients/` where None.
    - `token_minutes` is how long a token lives.
    - `deletion_protection` keeps the pool, and with it every token's issuer, from being deleted.
    - `token_endpoint`, `jwks_url`: where they are reached, if not at AWS's addresses. `{user_pool_id}` in `jwks_url`
      stands for the pool's id, which nobody knows before the pool is made.

    Raises `ArgumentError` for what Cognito would refuse later.
    """

    issuer_name: str
    domain_prefix: str
    resource_server: str
    scopes: Sequence[Scope]
    clients: Sequence[AppClient] = ()
    client_secrets_prefix: str | None = None
    token_minutes: int = 15
    deletion_protection: bool = True
    web_acl: WebAclSettings | None = None
    token_endpoint: pulumi.Input[str] | None = None
    jwks_url: pulumi.Input[str] | None = None
    rotation_days: int = 30
    recovery_window_days: int = 30
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if not _ISSUER_NAME.fullmatch(self.issuer_name):
            raise ArgumentError(f"issuer_name: {self.issuer_name!r} is not 1 to 24 letters, digits and - inside.")
        self._check_domain()
        if not _IDENTIFIER.fullmatch(self.resource_server):
            raise ArgumentError(f"resource_server: {self.resource_server!r} must be 1 to 256 characters without space.")
        if self.token_minutes not in TOKEN_MINUTES:
            raise ArgumentError(f"token_minutes: {self.token_minutes}; Cognito's tokens live 5 minutes to 24 hours.")
        if not _SECRETS_PREFIX.fullmatch(self.secrets_prefix):
            raise ArgumentError(
                f"client_secrets_prefix: {self.secrets_prefix!r} must be letters, digits and /_+=.@- and end with /, "
                "so that no other secret's name can begin with it."
            )
        self._check_clients()

    @property
    def secrets_prefix(self) -> str:
        """What the names of the clients' secrets begin with."""
        return self.client_secrets_prefix or f"{self.issuer_name}/clients/"

    def scope_of(self, name: str) -> str:
        """The whole scope, as tokens and requests have it."""
        return f"{self.resource_server}/{name}"

    def _check_domain(self) -> None:
        if not _DOMAIN_PREFIX.fullmatch(self.domain_prefix):
            raise ArgumentError(f"domain_prefix: {self.domain_prefix!r} is not 1 to 63 of a-z, 0-9 and - inside.")
        for word in _RESERVED_IN_DOMAINS:
            if word in self.domain_prefix:
                raise ArgumentError(f"domain_prefix: {self.domain_prefix!r} holds {word!r}, which AWS reserves.")

    def _check_clients(self) -> None:
        names = [scope.name for scope in self.scopes]
        if not names or len(names) > MOST_SCOPES or len(set(names)) != len(names):
            raise ArgumentError(f"scopes: give 1 to {MOST_SCOPES} of different names.")
        clients = [client.name for client in self.clients]
        if len(set(clients)) != len(clients):
            raise ArgumentError("clients: a name occurs twice; each client has one app client.")
        for client in self.clients:
            unknown = sorted(set(client.scopes) - set(names))
            if unknown:
                raise ArgumentError(f"client {client.name}: no such scope: {', '.join(unknown)}; add it to scopes.")
