"""Every stage limits the rate of requests over all its methods or routes.

Usage plans are no answer: they limit callers with an API key, and whoever has none is not in them.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand, demand_of, is_positive
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings
from guardrails.stages import HTTP_STAGE, METHOD_SETTINGS, REST_STAGE, StageSettings

_LIMITS: Final = ("throttlingRateLimit", "throttlingBurstLimit")
_WHY: Final = (
    "Without a limit of its own, a stage has the account's: ten thousand requests a second, shared by all APIs of the "
    "region. One caller then takes the others' share, guesses credentials at that rate, and runs up the bill. "
    "Advisory, because how much a service bears is its operator's knowledge."
)


def _check_rest(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    stage_settings = StageSettings(stack)
    for stage in stack.of_type(REST_STAGE):
        certain, possible = stage_settings.of(stage)
        if certain:
            for settings in certain:
                yield from _limited(settings, "settings")
        elif possible:
            yield Undecided(resource=stage, properties=("its MethodSettings (restApi, stageName, methodPath)",))
        else:
            yield Violation(resource=stage, problem="no MethodSettings limit the rate of all its methods (*/*).")


def _limited(settings: Resource, path: str) -> Iterator[Finding]:
    for name in _LIMITS:
        yield from demand(
            settings,
            f"{path}.{name}",
            is_positive,
            otherwise=f"{path}.{name} is not a number above zero, so that nothing is limited.",
            missing=f"{path}.{name} is missing, so that nothing but the account's limit holds.",
        )


def _check_http(stage: Resource, _settings: Settings) -> Iterator[Finding]:
    yield from demand_of(
        stage,
        "defaultRouteSettings",
        stage.read("defaultRouteSettings"),
        lambda value: isinstance(value, dict),
        otherwise="defaultRouteSettings is not an object, so that nothing is limited.",
        missing="defaultRouteSettings is missing, so that nothing but the account's limit holds.",
    )
    if isinstance(getattr(stage.read("defaultRouteSettings"), "value", None), dict):
        yield from _limited(stage, "defaultRouteSettings")


REST_THROTTLING_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigateway-stage-throttling",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Every stage of a REST API limits the rate of requests.",
        remediation=(
            "Add MethodSettings for the stage with methodPath */*, and in its settings throttlingRateLimit and "
            "throttlingBurstLimit above zero."
        ),
        judged=(
            f"The whole stack: every `{REST_STAGE}` has `{METHOD_SETTINGS}` with `methodPath` `*/*` of the same API "
            "and stage name, in which both limits are numbers above zero. Usage plans do not count: they limit only "
            "callers that send an API key."
        ),
        why=_WHY,
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",),
    ),
    check=_check_rest,
)

HTTP_THROTTLING_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-stage-throttling",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Every stage of an HTTP or WebSocket API limits the rate of requests.",
        remediation="Set throttlingRateLimit and throttlingBurstLimit above zero in the stage's defaultRouteSettings.",
        judged=(
            f"`{HTTP_STAGE}`, by its inputs: `defaultRouteSettings` is there, and both limits in it are numbers above "
            "zero."
        ),
        why=_WHY,
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html",),
    ),
    types=frozenset({HTTP_STAGE}),
    check=_check_http,
)
