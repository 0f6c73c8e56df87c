"""Resources that make a secret make it in Pulumi's state: keys and passwords are made inside AWS instead.

Each of these has the secret as an output, which is kept in the state and read again at each refresh. Some can encrypt
it with a PGP key that only its owner has; then they may.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

WITH_PGP_KEY: Final = {
    "aws:iam/accessKey:AccessKey": "an access key",
    "aws:iam/userLoginProfile:UserLoginProfile": "a password",
    "aws:lightsail/keyPair:KeyPair": "a private key",
}
"""Types that encrypt what they make when `pgpKey` is given."""

ALWAYS: Final = {
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": "a password",
    "random:index/randomBytes:RandomBytes": "a random key",
    "random:index/randomPassword:RandomPassword": "a password",
    "tls:index/privateKey:PrivateKey": "a private key",
}
"""Types whose secret is an output in any case. The random provider's other types make names, not secrets."""


def check(maker: Resource, _settings: Settings) -> Iterator[Finding]:
    """Refuse the resource, unless it encrypts what it makes."""
    if maker.type in ALWAYS:
        yield Violation(resource=maker, problem=f"it makes {ALWAYS[maker.type]} that is kept in Pulumi's state.")
        return
    match maker.read("pgpKey"):
        case Known(value=str(key)) if key:
            return
        case Unknown():
            yield Undecided(resource=maker, properties=("pgpKey",))
        case Missing() | Known(value=""):
            made = WITH_PGP_KEY[maker.type]
            yield Violation(resource=maker, problem=f"it makes {made} that is kept in Pulumi's state without pgpKey.")
        case _:
            yield Violation(resource=maker, problem="pgpKey is not a text.")


GENERATED_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="pulumi-resource-makes-no-secret",
        severity=Severity.CRITICAL,
        description="No resource makes a key or a password that is kept in Pulumi's state.",
        remediation=(
            "Let a rotation function make the value inside AWS (the component ManagedSecret), use roles instead of "
            "access keys and ACM instead of private keys; where a person needs the value once, give the pgpKey."
        ),
        judged=(
            "Never: "
            + ", ".join(f"`{token}`" for token in ALWAYS)
            + ". Only with a `pgpKey`: "
            + ", ".join(f"`{token}`" for token in WITH_PGP_KEY)
            + "."
        ),
        why=(
            "The secret is an output: it is in the state file from the first update on, for everyone who can read the "
            "stack, and changing it takes a deployment. A private key that has been elsewhere than where it is used "
            "proves nothing."
        ),
    ),
    types=frozenset({*ALWAYS, *WITH_PGP_KEY}),
    check=check,
)
