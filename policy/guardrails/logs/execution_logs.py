"""What API Gateway writes into its execution logs: never whole requests and responses, and no more than errors."""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand_of, is_not_true, is_one_of
from guardrails.properties import Reading
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity
from guardrails.settings import Setting, Settings
from guardrails.stages import HTTP_STAGE, METHOD_SETTINGS, route_settings

TYPES: Final = frozenset({METHOD_SETTINGS, HTTP_STAGE})
_PAGE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-execution-logging.html"
_API: Final = "https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html"

LEVELS: Final = Setting(
    name="levels",
    schema={"type": "array", "items": {"enum": ["OFF", "ERROR", "INFO"]}, "minItems": 1},
    default=["OFF", "ERROR"],
    meaning="The execution log's levels that a stage may have.",
)


def _of_all(resource: Resource, name: str) -> Iterator[tuple[str, Reading]]:
    if resource.type == METHOD_SETTINGS:
        yield f"settings.{name}", resource.read("settings", name)
    else:
        yield from route_settings(resource, name)


def _check_requests(resource: Resource, _settings: Settings) -> Iterator[Finding]:
    for path, traced in _of_all(resource, "dataTraceEnabled"):
        problem = f"{path} is not false: whole requests and responses are logged."
        yield from demand_of(resource, path, traced, is_not_true, otherwise=problem)


def _check_level(resource: Resource, settings: Settings) -> Iterator[Finding]:
    allowed = settings.texts("levels")
    for path, level in _of_all(resource, "loggingLevel"):
        problem = f"{path} is none of {', '.join(sorted(allowed))}."
        yield from demand_of(resource, path, level, is_one_of(allowed), otherwise=problem)


REQUEST_LOG_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-no-request-logging",
        severity=Severity.HIGH,
        description="No stage logs whole requests and responses.",
        remediation="Set dataTraceEnabled to false, and log what an investigation needs in the access log.",
        judged=(
            f"`{METHOD_SETTINGS}` (`settings`) and `{HTTP_STAGE}` (`defaultRouteSettings`, and each of "
            "`routeSettings`), by their inputs: `dataTraceEnabled` is absent or false."
        ),
        why=(
            "Data tracing writes bodies and headers of requests and responses into CloudWatch. API Gateway leaves "
            "authorization headers out, but not a token in a body or in another header, not the token that an endpoint "
            "issues, and not the tenants' data: whoever may read logs then has them. AWS advises against it for "
            "production."
        ),
        sources=(_API, _PAGE),
    ),
    types=TYPES,
    check=_check_requests,
)

LEVEL_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-execution-log-level",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="Execution logs hold errors at most.",
        remediation="Set loggingLevel to ERROR or OFF; the access log tells who called what.",
        judged=(
            f"`{METHOD_SETTINGS}` (`settings`) and `{HTTP_STAGE}` (`defaultRouteSettings`, and each of "
            "`routeSettings`), by their inputs: `loggingLevel` is absent or one of the setting's `levels`."
        ),
        why=(
            "At INFO, API Gateway writes a trace of every step of every request, parameter values among them, into a "
            "log group of its own that has no retention. Advisory, because it is a useful level while something is "
            "being looked for."
        ),
        sources=(_API, _PAGE),
    ),
    types=TYPES,
    check=_check_level,
    settings=(LEVELS,),
)
