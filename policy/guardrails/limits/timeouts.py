"""A function behind API Gateway ends before API Gateway stops waiting for it.

Only functions of the same stack are found. How long a function may take at all is no question of this rule.
"""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.called_functions import CalledFunctions
from guardrails.demands import demand_of, is_number, is_positive
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Setting, Settings

_CALLERS: Final = {
    "aws:apigateway/integration:Integration": "uri",
    "aws:apigatewayv2/integration:Integration": "integrationUri",
    "aws:apigateway/authorizer:Authorizer": "authorizerUri",
    "aws:apigatewayv2/authorizer:Authorizer": "authorizerUri",
}
_AUTHORIZERS: Final = frozenset({"aws:apigateway/authorizer:Authorizer", "aws:apigatewayv2/authorizer:Authorizer"})
_DEFAULT_MILLISECONDS: Final = {"aws:apigatewayv2/integration:Integration": 30_000}

AUTHORIZER_SECONDS: Final = Setting(
    name="authorizer_seconds",
    schema={"type": "number", "minimum": 1, "maximum": 30},
    default=29,
    meaning="How long the function of an authorizer may take, in seconds.",
)
INTEGRATION_SECONDS: Final = Setting(
    name="integration_seconds",
    schema={"type": "number", "minimum": 1},
    default=29,
    meaning="How long an integration of a REST API waits where it does not say, in seconds.",
)


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Compare the timeout of every called function with the shortest wait for it."""
    functions = CalledFunctions(stack)
    shortest: dict[str, tuple[Resource, float, str]] = {}
    for type_token, name in _CALLERS.items():
        for caller in stack.of_type(type_token):
            wait = _wait(caller, settings)
            if isinstance(wait, Violation | Undecided):
                yield wait
                continue
            function = functions.behind(caller, name)
            if isinstance(function, Unknown):
                yield Undecided(resource=caller, properties=(name,))
            elif function is not None and wait < shortest.get(function.urn, (function, wait + 1, ""))[1]:
                shortest[function.urn] = (function, wait, caller.label)
    for function, wait, caller_label in shortest.values():
        yield from demand_of(
            function,
            "timeout",
            function.read("timeout"),
            lambda value, wait=wait: is_number(value) and cast("float", value) <= wait,
            otherwise=f"timeout is not a number of at most {wait:g} seconds, which is how long {caller_label} waits.",
        )  # without one, Lambda's default is 3 seconds


def _wait(caller: Resource, settings: Settings) -> float | Violation | Undecided:
    """How long API Gateway waits for the caller's function, in seconds."""
    if caller.type in _AUTHORIZERS:
        return settings.number("authorizer_seconds")
    match caller.read("timeoutMilliseconds"):
        case Missing():
            default = _DEFAULT_MILLISECONDS.get(caller.type)
            return settings.number("integration_seconds") if default is None else default / 1000
        case Known(value=int() | float() as milliseconds) if is_positive(milliseconds):
            return milliseconds / 1000
        case Unknown():
            return Undecided(resource=caller, properties=("timeoutMilliseconds",))
        case _:
            return Violation(resource=caller, problem="timeoutMilliseconds is not a number above zero.")


TIMEOUT_RULE: Final = StackRule(
    metadata=Metadata(
        name="lambda-function-timeout-within-caller",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="A Lambda function behind API Gateway ends before API Gateway gives up.",
        remediation="Lower the function's timeout below what the integration or the authorizer waits.",
        judged=(
            "The whole stack: the `timeout` of every function that an authorizer or an integration names is at most "
            "`authorizer_seconds`, or the integration's `timeoutMilliseconds` (`integration_seconds` where it has "
            "none; 30 seconds for HTTP APIs). A function without a `timeout` has Lambda's 3 seconds. Functions of "
            "other stacks cannot be found and are not judged."
        ),
        why=(
            "The caller has been told 504, or 500 where the authorizer was late, while the function goes on: it "
            "writes, and the caller, who tries again, does so twice. Advisory: this opens nothing."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
        ),
    ),
    check=check,
    settings=(AUTHORIZER_SECONDS, INTEGRATION_SECONDS),
)
