"""What API Gateway imports of a body is all of it, and nothing else: no warning is passed over, nothing old remains."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.authorization.openapi.rest_bodies import REST_BODY_HOLDERS
from guardrails.demands import demand, is_one_of, is_true
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided
from guardrails.settings import Settings


def check(api: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand `failOnWarnings` and, of a REST API, the mode that overwrites, where there is a body."""
    match api.read("body"):
        case Missing():
            return
        case Unknown():
            if any(_judge(api)):
                yield Undecided(resource=api, properties=("body",))
        case Known() | Malformed():
            yield from _judge(api)


def _judge(api: Resource) -> Iterator[Finding]:
    ignored = (
        "failOnWarnings is not true: what API Gateway does not understand in the body, an authorizer for example, is "
        "left out with a warning that nobody sees."
    )
    yield from demand(api, "failOnWarnings", is_true, otherwise=ignored, missing=ignored)
    yield from demand(
        api,
        "putRestApiMode",
        is_one_of({"overwrite"}),
        otherwise="putRestApiMode is not overwrite: methods that the body no longer has remain and answer.",
    )


IMPORT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-rest-api-body-imported-whole",
        severity=Severity.HIGH,
        description="An OpenAPI body is imported as a whole: a warning ends it, and nothing of an older one remains.",
        remediation="Set failOnWarnings to true, and leave putRestApiMode out or set it to overwrite.",
        judged=(
            "`aws:apigateway/restApi:RestApi`, `aws:apigateway/restApiPut:RestApiPut` and `aws:apigatewayv2/api:Api` "
            "that have a `body`, by their inputs: `failOnWarnings` is true, and `putRestApiMode` is missing or "
            "`overwrite`. Whether an unknown body is one is known in the update."
        ),
        why=(
            "A warning is what API Gateway says when it leaves a part out and goes on; the provider's default passes "
            "it over. In the mode `merge`, operations that were removed from the body stay in the API with the "
            "authorization that they had, and no rule ever sees them again."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-errors-warnings.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html",
        ),
    ),
    types=REST_BODY_HOLDERS | HTTP_BODY_HOLDERS,
    check=check,
)
