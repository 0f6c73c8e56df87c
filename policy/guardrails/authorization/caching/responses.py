"""API Gateway keeps no responses: the cache stands behind the authorizer and does not know who asked.

Whether a response is the same for all callers cannot be seen from the declaration, so this is advice.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings


def check(settings_of_methods: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand that `settings.cachingEnabled` is missing or false."""
    match settings_of_methods.read("settings", "cachingEnabled"):
        case Missing() | Known(value=False):
            return
        case Unknown():
            yield Undecided(resource=settings_of_methods, properties=("settings.cachingEnabled",))
        case Known(value=True):
            yield Violation(
                resource=settings_of_methods,
                problem="settings.cachingEnabled keeps responses under path and parameters alone, whoever asked for "
                "them.",
            )
        case Known() | Malformed():
            yield Violation(resource=settings_of_methods, problem="settings.cachingEnabled is not true or false.")


RESPONSE_CACHE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-method-settings-no-kept-responses",
        level=Level.ADVISORY,
        severity=Severity.MEDIUM,
        description="API Gateway keeps no responses of methods that an authorizer guards.",
        remediation=(
            "Leave cachingEnabled out. Where responses are the same for every caller whom the authorizer lets in, "
            "exempt "
            "these method settings with that reason."
        ),
        judged=(
            "`aws:apigateway/methodSettings:MethodSettings`, by its inputs: `settings.cachingEnabled` is missing or "
            "false. Cache keys that integrations name are not looked at."
        ),
        why=(
            "The authorizer is asked first, but its answer is no part of the cache's key: the response for one caller "
            "is "
            "given to the next one who asks for the same path. Other packs demand this cache for its speed."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",),
    ),
    types=frozenset({"aws:apigateway/methodSettings:MethodSettings"}),
    check=check,
)
