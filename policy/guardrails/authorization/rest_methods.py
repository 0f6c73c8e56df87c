"""Every method of a REST API asks a custom authorizer.

Judged from the method's own inputs, so that a violating method is stopped before it exists. Whose authorizer it names
is judged by `rest_authorizers`, and a preflight (OPTIONS with NONE) by `preflight`: both need the whole stack.
"""

from collections.abc import Iterator
from typing import Final

from pulumi_policy import Severity

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Undecided, Violation

METHOD: Final = "aws:apigateway/method:Method"


def check(method: Resource) -> Iterator[Finding]:
    """Demand `authorization` CUSTOM with an `authorizerId`; let a preflight through to its own rule."""
    match method.read("authorization"):
        case Known(value="CUSTOM"):
            yield from _authorizer_is_named(method)
        case Known(value="NONE"):
            yield from _only_preflight_is_open(method)
        case Known(value="AWS_IAM" | "COGNITO_USER_POOLS" as other):
            yield Violation(resource=method, problem=f"authorization is {other}; only CUSTOM asks a Lambda authorizer.")
        case Unknown():
            yield Undecided(resource=method, properties=("authorization",))
        case Missing():
            yield Violation(resource=method, problem="authorization is missing, so anyone may call it.")
        case Known() | Malformed():
            yield Violation(resource=method, problem="authorization is not CUSTOM.")


def _authorizer_is_named(method: Resource) -> Iterator[Finding]:
    match method.read("authorizerId"):
        case Unknown():
            return  # it has one; whose it is, the stack tells
        case Known(value=str(identifier)) if identifier:
            return
        case Missing() | Known(value=""):
            yield Violation(resource=method, problem="authorization is CUSTOM, but authorizerId is missing.")
        case Known() | Malformed():
            yield Violation(resource=method, problem="authorizerId is not a text.")


def _only_preflight_is_open(method: Resource) -> Iterator[Finding]:
    match method.read("authorizerId"):
        case Missing() | Known(value=""):
            pass
        case Unknown():
            yield Undecided(resource=method, properties=("authorizerId",))
        case Known() | Malformed():
            yield Violation(
                resource=method,
                problem="authorizerId is set, but authorization is NONE: API Gateway never asks that authorizer.",
            )
            return
    match method.read("httpMethod"):
        case Known(value="OPTIONS"):
            return  # judged by the preflight rule, which sees the integration
        case Unknown():
            yield Undecided(resource=method, properties=("httpMethod",))
        case _:
            yield Violation(resource=method, problem=f"authorization is NONE, so anyone may call it{_api_key(method)}.")


def _api_key(method: Resource) -> str:
    if method.read("apiKeyRequired") == Known(value=True):
        return " (an API key alone meters callers, it does not authenticate them)"
    return ""


METHOD_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-method-custom-authorization",
        severity=Severity.CRITICAL,
        description="Every method of a REST API asks a custom authorizer.",
        remediation=(
            "Set authorization to CUSTOM and authorizerId to the id of an Authorizer of the same REST API. "
            "Only an OPTIONS method with a MOCK integration may have authorization NONE."
        ),
    ),
    types=frozenset({METHOD}),
    check=check,
)
