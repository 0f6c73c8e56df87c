"""Every stage writes an access log, as JSON, with the fields that an investigation starts from.

The fields are those of `$context`; where API Gateway offers several for the same question, one of them is enough.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand_of
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings
from guardrails.stages import HTTP_STAGE, REST_STAGE

_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])")

FIELDS: Final = Setting(
    name="fields",
    schema={"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9_.]+([|][A-Za-z0-9_.]+)*$"}},
    default=[
        "requestId|extendedRequestId",
        "requestTime|requestTimeEpoch",
        "identity.sourceIp",
        "httpMethod|routeKey|eventType",
        "resourcePath|routeKey",
        "status",
        "authorizer.principalId|authorizer.claims.sub|identity.userArn|identity.user|identity.caller",
        "authorizer.error|authorizer.status|error.responseType|error.message",
    ],
    meaning="Variables of `$context` that an access log has; of those between `|` one is enough.",
)


def check(stage: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand a destination and a format with the fields."""
    match stage.read("accessLogSettings"):
        case Unknown():
            yield Undecided(resource=stage, properties=("accessLogSettings",))
            return
        case Missing():
            yield Violation(resource=stage, problem="accessLogSettings is missing, so that calls leave no trace.")
            return
        case Known(value=dict()):
            pass
        case _:
            yield Violation(resource=stage, problem="accessLogSettings is not an object.")
            return
    destination = stage.read("accessLogSettings", "destinationArn")
    if not isinstance(destination, Unknown):  # a destination that is not known yet is there, which is enough
        yield from demand_of(
            stage,
            "accessLogSettings.destinationArn",
            destination,
            lambda value: isinstance(value, str) and value.startswith("arn:"),
            otherwise="accessLogSettings.destinationArn is not an ARN.",
            missing="accessLogSettings.destinationArn is missing, so that calls leave no trace.",
        )
    match stage.read("accessLogSettings", "format"):
        case Unknown():
            yield Undecided(resource=stage, properties=("accessLogSettings.format",))
        case Known(value=str(text)) if text:
            yield from _format(stage, text, settings)
        case Missing() | Known(value=""):
            yield Violation(resource=stage, problem="accessLogSettings.format is missing.")
        case Known() | Malformed():
            yield Violation(resource=stage, problem="accessLogSettings.format is not a text.")


def _format(stage: Resource, text: str, settings: Settings) -> Iterator[Finding]:
    try:
        is_object = isinstance(json.loads(_VARIABLE.sub("0", text)), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        yield Violation(
            resource=stage, problem="accessLogSettings.format is not a JSON object, so that nothing parses it."
        )
    present = set(_VARIABLE.findall(text))
    absent = sorted(group for group in settings.texts("fields") if not present & set(group.split("|")))
    if absent:
        names = ", ".join(f"$context.{group.replace('|', ' or ')}" for group in absent)
        yield Violation(resource=stage, problem=f"accessLogSettings.format has no {names}.")


ACCESS_LOG_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-access-logs",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Every stage writes an access log with the fields that an investigation needs.",
        remediation=(
            "Set accessLogSettings with a log group's ARN and a JSON format that has the fields "
            "(components.api_stage.ACCESS_LOG_FIELDS is such a format)."
        ),
        judged=(
            f"`{REST_STAGE}` and `{HTTP_STAGE}`, by their inputs: `accessLogSettings.destinationArn` is there (known "
            "or not), and `accessLogSettings.format` is a JSON object, once its `$context` variables are taken for "
            "values, with one variable of each of the setting's `fields`."
        ),
        why=(
            "After an incident the questions are who called what, when, from where, and what the authorizer said. "
            "Without these fields nobody can answer, and they cannot be added afterwards. Advisory: a log keeps "
            "nobody out."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html",
        ),
    ),
    types=frozenset({REST_STAGE, HTTP_STAGE}),
    check=check,
    settings=(FIELDS,),
)
