"""A secret's value never passes through Pulumi: not through an input, and so not through the state.

A secret is created with the public placeholder `{}`, which every reader refuses, and filled inside AWS by its rotation
function. Write-only values are refused too: the provider drops them, but the engine has them as inputs.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

PLACEHOLDER: Final = "{}"
"""The only value that may be declared; it is public and opens nothing."""


def check(version: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand `secretString` to be the placeholder, and no other way of passing a value."""
    carried_elsewhere = False
    for name in ("secretBinary", "secretStringWo"):
        match version.read(name):
            case Missing():
                continue
            case Unknown():
                yield Undecided(resource=version, properties=(name,))
            case _:
                yield Violation(resource=version, problem=f"{name} carries the secret's value through Pulumi.")
        carried_elsewhere = True
    match version.read("secretString"):
        case Known(value="{}"):
            return
        case Unknown():
            yield Undecided(resource=version, properties=("secretString",))
        case Missing():
            if not carried_elsewhere:
                yield Violation(resource=version, problem="secretString is missing.")
        case _:
            yield Violation(resource=version, problem="secretString carries the secret's value through Pulumi.")


SECRET_VERSION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="secretsmanager-secret-version-no-value-in-state",
        severity=Severity.CRITICAL,
        description="The value of a secret never passes through Pulumi's inputs or state.",
        remediation=(
            f"Set secretString to the public placeholder {PLACEHOLDER} and let a rotation function make the value "
            "inside AWS (the component ManagedSecret does both)."
        ),
        judged=(
            "`aws:secretsmanager/secretVersion:SecretVersion`, by its inputs: `secretString` is exactly `{}`, and "
            "neither `secretBinary` nor `secretStringWo` is set."
        ),
        why=(
            "Whatever is an input of a resource has been in the program's memory, and is in the state file "
            "(encrypted at best). A secret that its rotation function makes inside AWS has been in neither. AWS "
            "does not promise that a secret without a version can be rotated, hence the placeholder, which is "
            "public and which every reader refuses."
        ),
    ),
    types=frozenset({"aws:secretsmanager/secretVersion:SecretVersion"}),
    check=check,
)
