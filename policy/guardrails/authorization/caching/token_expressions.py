"""What identityValidationExpression promises holds: it is asked, it is a regular expression, and it refuses something.

API Gateway matches the token of a TOKEN authorizer against it before it asks the function, and answers 401 itself when
it does not match. It shows nothing about who calls; it only keeps rubbish away from the function. One that is never
asked or refuses nothing looks like a check that it is not.
"""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.authorization.caching.authorizers import DeclaredAuthorizer, each, in_body, in_resource
from guardrails.authorization.openapi.rest_bodies import REST_BODY_HOLDERS
from guardrails.authorization.rest.authorizers import AUTHORIZER
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity
from guardrails.settings import Settings

_NAME: Final = "identityValidationExpression"
_LONGEST: Final = 2048

RUBBISH: Final = ("", " ", "-", "a", "\u00e9")
"""None of these is the value of an Authorization header; an expression that takes one refuses nothing worth it."""


def check(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    """Judge the authorizer, or every authorizer that a body declares."""
    declared = [in_resource(resource)] if resource.type == AUTHORIZER else in_body(resource)
    yield from each(declared, _judge)


def _judge(authorizer: DeclaredAuthorizer) -> Iterator[Finding]:
    match authorizer.read(_NAME):
        case Missing():
            return  # it is not demanded: the function refuses rubbish just as well
        case Unknown():
            yield authorizer.undecided(_NAME)
            return
        case Known(value=str(expression)):
            yield from _judge_expression(authorizer, expression)
        case Known() | Malformed():
            yield authorizer.violation(f"{_NAME} is not a text.")
            return
    match authorizer.read("type"):
        case Missing():
            return  # TOKEN is the provider's default
        case Known(value=str(kind)) if kind.upper() == "TOKEN":
            return
        case Unknown():
            yield authorizer.undecided("type")
        case Known() | Malformed():
            yield authorizer.violation(f"{_NAME} is set, but only a TOKEN authorizer's is ever asked.")


def _judge_expression(authorizer: DeclaredAuthorizer, expression: str) -> Iterator[Finding]:
    if not expression:
        yield authorizer.violation(f"{_NAME} is empty, so it refuses nothing.")
        return
    if len(expression) > _LONGEST:
        yield authorizer.violation(f"{_NAME} is longer than {_LONGEST} characters.")
        return
    try:
        compiled = re.compile(expression)
    except (re.error, RecursionError, OverflowError):
        yield authorizer.violation(f"{_NAME} is not a regular expression that can be read here.")
        return
    if any(compiled.search(text) for text in RUBBISH):
        yield authorizer.violation(f"{_NAME} matches a text of at most one character, so it refuses next to nothing.")


TOKEN_EXPRESSION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-authorizer-token-expression-refuses",
        severity=Severity.MEDIUM,
        description="An identityValidationExpression belongs to a TOKEN authorizer and refuses what is no token.",
        remediation=(
            "Write the form that a token has, for example ^Bearer [-0-9A-Za-z._~+/]+=*$, or leave the expression out."
        ),
        judged=(
            "`aws:apigateway/authorizer:Authorizer`, and the authorizers that the `body` of a RestApi or RestApiPut "
            "declares, by their inputs. It may be missing. Where it is set, the authorizer is of type `TOKEN`, and the "
            "expression is a regular expression that matches neither the empty text nor a single character anywhere, "
            "as `.*`, `.+` and a forgotten `|` do. Whether it fits the tokens that are used cannot be seen here."
        ),
        why=(
            "API Gateway asks the expression of TOKEN authorizers only, and only to save an invocation. One that a "
            "REQUEST authorizer carries is never asked, and one that takes everything refuses nobody; both read like a "
            "check that is made."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html",),
    ),
    types=REST_BODY_HOLDERS | {AUTHORIZER},
    check=check,
)
