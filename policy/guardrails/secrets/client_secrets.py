"""Client secrets of Cognito stay where they are made: they are in no identity provider and in no other resource.

Whether an app client makes a secret at all is judged by `app_clients`. Should one be exempted from that, its secret is
still not copied; which is found by the value, because a dependency on an app client is most often one on its id.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown, children, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, StackRule, Undecided, Violation
from guardrails.secrets.documents import plain_name
from guardrails.secrets.judged import MARKED, entry_name, problem_of
from guardrails.settings import Settings

IDENTITY_PROVIDER: Final = "aws:cognito/identityProvider:IdentityProvider"
APP_CLIENT: Final = "aws:cognito/userPoolClient:UserPoolClient"
MANAGED_APP_CLIENT: Final = "aws:cognito/managedUserPoolClient:ManagedUserPoolClient"

_SECRET_DETAILS: Final = frozenset(("client_secret", "private_key", "apple_private_key"))


def check_provider(provider: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand that the provider's details carry no secret."""
    match provider.read("providerDetails"):
        case Known(value=dict()) as details:
            waiting: list[str] = []
            for name, node in children(details):
                path = entry_name("providerDetails", name, node)
                if isinstance(node, Unknown):
                    waiting.append(path)
                elif node.value in (None, ""):
                    continue
                elif name in _SECRET_DETAILS:
                    yield Violation(resource=provider, problem=f"{path} passes the client secret through Pulumi.")
                elif node.secret:
                    yield Violation(resource=provider, problem=f"{path} {MARKED}.")
                elif name not in _PUBLIC_DETAILS and (problem := problem_of(name, node)):
                    yield Violation(resource=provider, problem=f"{path} {problem}.")
            if waiting:
                yield Undecided(resource=provider, properties=tuple(waiting))
        case Unknown():
            yield Undecided(resource=provider, properties=("providerDetails",))
        case Missing():
            yield Violation(resource=provider, problem="providerDetails are missing.")
        case Known() | Malformed():
            yield Violation(resource=provider, problem="providerDetails are not a map of names to texts.")


_PUBLIC_DETAILS: Final = frozenset(
    (
        *("MetadataFile", "MetadataURL", "authorize_scopes", "authorize_url", "attributes_request_method"),
        *("attributes_url", "client_id", "jwks_uri", "key_id", "oidc_issuer", "team_id", "token_request_method"),
        "token_url",
    )
)
"""What Cognito's API reference lists for its kinds of providers and that is no secret."""


def check_copies(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Look for the client secret of each app client that has one in all other resources."""
    secrets: list[tuple[Resource, str]] = []
    hidden: list[Resource] = []
    for kind in (APP_CLIENT, MANAGED_APP_CLIENT):
        for client in stack.of_type(kind):
            text = known_text(client.read("clientSecret"))
            if text:
                secrets.append((client, text))
            elif isinstance(client.read("clientSecret"), Unknown) or _makes_one(client):
                hidden.append(client)
    clients = [*hidden, *(client for client, _ in secrets)]
    if not clients:
        return
    for resource in stack.resources:
        for name in resource.properties:
            for client, text in secrets:
                if resource.urn != client.urn and _holds(resource.read(name), text):
                    where = plain_name(name, text) or "an input"
                    yield Violation(resource=resource, problem=f"{where} has the client secret of {client.label}.")
            sources = resource.origins_of(name)
            if any(client.urn in sources and client.urn != resource.urn for client in clients) and _is_open(
                resource.read(name)
            ):
                yield Undecided(resource=resource, properties=(name,))


def _makes_one(client: Resource) -> bool:
    return not isinstance(client.read("generateSecret"), Missing) and client.read("generateSecret") != Known(
        value=False
    )


def _holds(reading: object, text: str) -> bool:
    pending = [reading]
    while pending:
        node = pending.pop()
        if isinstance(node, Known):
            if isinstance(node.value, str) and text in node.value:
                return True
            pending.extend(member for _, member in children(node))
    return False


def _is_open(reading: object) -> bool:
    """Whether the value, or a part of it, is not known yet."""
    pending: list[object] = [reading]
    while pending:
        node = pending.pop()
        if isinstance(node, Unknown):
            return True
        if isinstance(node, Known):
            pending.extend(member for _, member in children(node))
    return False


IDENTITY_PROVIDER_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-identity-provider-no-secret-in-state",
        severity=Severity.CRITICAL,
        description="The client secret of an identity provider never passes through Pulumi.",
        remediation=(
            "Declare the provider without it, with ignoreChanges on providerDetails, and let a function inside AWS set "
            "client_secret from Secrets Manager (UpdateIdentityProvider)."
        ),
        judged=(
            f"`providerDetails` of `{IDENTITY_PROVIDER}`, by its inputs: no `client_secret` and no `private_key`, and "
            "nothing that is marked as a secret or that looks like one under another name than those of Cognito's API "
            "reference."
        ),
        why=(
            "With the client secret of the other side, whoever reads the state can take part in its protocol in the "
            "pool's name. It cannot be changed without a deployment."
        ),
        sources=(
            "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html",
        ),
    ),
    types=frozenset({IDENTITY_PROVIDER}),
    check=check_provider,
)

COPIES_RULE: Final = StackRule(
    metadata=Metadata(
        name="cognito-client-secret-not-copied",
        severity=Severity.CRITICAL,
        description="The secret of a Cognito app client is in no other resource.",
        remediation=(
            "Let whoever needs the client secret read it from Secrets Manager, where a rotation function of Cognito's "
            "app client keeps it (the component ClientCredentialsIssuer)."
        ),
        judged=(
            f"The stack: the known `clientSecret` of every `{APP_CLIENT}` is in no property of another resource, nor "
            "in an output of the stack. Before it is known, properties that are not known and come from an app client "
            "that makes a secret are undecided."
        ),
        why=(
            "Each copy is one more place where the secret can be read and has to be changed. An environment variable "
            "or an output with it is shown to people who may not ask the pool for tokens."
        ),
    ),
    check=check_copies,
)
