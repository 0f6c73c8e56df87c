"""No function URL answers a caller that has not signed the request."""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings


def check(url: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand `authorizationType` AWS_IAM, the only one that asks who calls."""
    match url.read("authorizationType"):
        case Known(value="AWS_IAM"):
            return
        case Unknown():
            yield Undecided(resource=url, properties=("authorizationType",))
        case Missing():
            yield Violation(resource=url, problem="authorizationType is missing.")
        case Known(value="NONE"):
            yield Violation(resource=url, problem="authorizationType is NONE, so anyone may call the function.")
        case Known() | Malformed():
            yield Violation(resource=url, problem="authorizationType is not AWS_IAM.")


FUNCTION_URL_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-function-url-authorization",
        severity=Severity.CRITICAL,
        description="No function URL answers a caller that has not signed the request.",
        remediation=(
            "Set authorizationType to AWS_IAM, or remove the function URL and put the function behind an API with a "
            "custom authorizer."
        ),
        judged=("`aws:lambda/functionUrl:FunctionUrl`, by its inputs: `authorizationType` is `AWS_IAM`."),
        why=(
            "A function URL goes past the API and its authorizer. With `NONE` the function answers anyone who "
            "knows the URL."
        ),
        sources=("https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",),
    ),
    types=frozenset({"aws:lambda/functionUrl:FunctionUrl"}),
    check=check,
)
