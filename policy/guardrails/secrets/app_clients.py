"""The secret of a Cognito app client never passes through Pulumi: not through an output, and so not through the state.

The resource tells the client secret as an output, at creation and at each refresh; nothing but an app client without a
secret keeps it out of the state.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings


def check(client: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand that no secret is made with the app client."""
    match client.read("generateSecret"):
        case Missing() | Known(value=False):
            return
        case Unknown():
            yield Undecided(resource=client, properties=("generateSecret",))
        case _:
            yield Violation(resource=client, problem="generateSecret puts the client secret into Pulumi's state.")


APP_CLIENT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-no-secret-in-state",
        severity=Severity.CRITICAL,
        description="The secret of a Cognito app client never passes through Pulumi's outputs or state.",
        remediation=(
            "Make app clients that have a secret inside AWS, and keep the secret in Secrets Manager "
            "(the component ClientCredentialsIssuer does both)."
        ),
        judged=("`aws:cognito/userPoolClient:UserPoolClient`, by its inputs: `generateSecret` is absent or false."),
        why=(
            "The resource has the client secret as an output: it is read when the app client is made and at every "
            "refresh, and is in the state file (encrypted at best). Whoever can read the stack can then ask the "
            "pool for tokens in that client's name."
        ),
    ),
    types=frozenset({"aws:cognito/userPoolClient:UserPoolClient"}),
    check=check,
)
