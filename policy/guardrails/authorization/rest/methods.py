"""Every method of a REST API asks a custom authorizer.

Judged from the method's own inputs, so that a violating method is stopped before it exists. Whose authorizer it names
is judged by `authorizers`, and a preflight (OPTIONS with NONE) by `preflight`: both need the whole stack.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.accepted import ACCEPTED_METHODS
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

METHOD: Final = "aws:apigateway/method:Method"


def check(method: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand CUSTOM, or what is configured, with an `authorizerId`; let a preflight through to its own rule."""
    accepted = settings.texts(ACCEPTED_METHODS.name)
    match method.read("authorization"):
        case Known(value="CUSTOM"):
            yield from _authorizer_is_named(method, "CUSTOM")
        case Known(value="COGNITO_USER_POOLS") if "COGNITO_USER_POOLS" in accepted:
            yield from _authorizer_is_named(method, "COGNITO_USER_POOLS")
        case Known(value="AWS_IAM") if "AWS_IAM" in accepted:
            yield from _no_authorizer_is_named(method, "AWS_IAM")
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


def _authorizer_is_named(method: Resource, kind: str) -> Iterator[Finding]:
    match method.read("authorizerId"):
        case Unknown():
            return  # it has one; whose it is, the stack tells
        case Known(value=str(identifier)) if identifier:
            return
        case Missing() | Known(value=""):
            yield Violation(resource=method, problem=f"authorization is {kind}, but authorizerId is missing.")
        case Known() | Malformed():
            yield Violation(resource=method, problem="authorizerId is not a text.")


def _no_authorizer_is_named(method: Resource, kind: str) -> Iterator[Finding]:
    match method.read("authorizerId"):
        case Missing() | Known(value=""):
            return
        case Unknown():
            yield Undecided(resource=method, properties=("authorizerId",))
        case Known() | Malformed():
            yield Violation(
                resource=method,
                problem=f"authorizerId is set, but authorization is {kind}: API Gateway never asks that authorizer.",
            )


def _only_preflight_is_open(method: Resource) -> Iterator[Finding]:
    for finding in _no_authorizer_is_named(method, "NONE"):
        yield finding
        if isinstance(finding, Violation):
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
        judged=(
            "`aws:apigateway/method:Method`, by its inputs, before it is created: `authorization` is `CUSTOM` and "
            "`authorizerId` is set. `NONE`, `AWS_IAM`, `COGNITO_USER_POOLS` and an API key alone are violations, and "
            "so is `NONE` with an `authorizerId`, which API Gateway never asks. `AWS_IAM` and `COGNITO_USER_POOLS` "
            "(with an `authorizerId`) can be accepted by a setting. A preflight (`OPTIONS` with `NONE`) is judged by "
            "[apigateway-method-preflight-answered-by-mock](apigateway-method-preflight-answered-by-mock.md), and "
            "whose authorizer it is by "
            "[apigateway-method-authorizer-of-same-api](apigateway-method-authorizer-of-same-api.md).\n\n"
            "An `authorizerId` that is not known in a preview is there, which is all that this rule asks; any other "
            "unknown property is reported as undecided and judged in the update."
        ),
        why=(
            "A method without an authorizer answers everyone who finds its URL. Provider and AWS accept it "
            "without a word, and in many helper libraries it is what you get when you forget an argument."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
        ),
    ),
    types=frozenset({METHOD}),
    check=check,
    settings=(ACCEPTED_METHODS,),
)
