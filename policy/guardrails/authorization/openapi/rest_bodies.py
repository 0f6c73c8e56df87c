"""Every operation that the OpenAPI body of a REST API declares asks a custom authorizer."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.accepted import ACCEPTED_METHODS
from guardrails.authorization.openapi.judging import Dialect, judge
from guardrails.authorization.openapi.schemes import REST_AUTHORIZERS
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity
from guardrails.settings import Settings

REST_BODY_HOLDERS: Final = frozenset({"aws:apigateway/restApi:RestApi", "aws:apigateway/restApiPut:RestApiPut"})

REST_DIALECT: Final = Dialect(
    versions={"swagger": ("2.0",), "openapi": ("3.0", "3.1")}, authorizers=REST_AUTHORIZERS, mock=True
)


def check(api: Resource, settings: Settings) -> Iterator[Finding]:
    """Judge the body, if there is one."""
    yield from judge(api, REST_DIALECT, {"CUSTOM"} | settings.texts(ACCEPTED_METHODS.name))


REST_BODY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-rest-api-body-custom-authorization",
        severity=Severity.CRITICAL,
        description="Every operation in the OpenAPI body of a REST API asks a custom authorizer.",
        remediation=(
            "Give every operation a security of its own whose every alternative names one scheme of type apiKey with "
            "an x-amazon-apigateway-authorizer of type token or request. Only an OPTIONS operation with a mock "
            "integration may be open."
        ),
        judged=(
            "`aws:apigateway/restApi:RestApi` and `aws:apigateway/restApiPut:RestApiPut`, by their inputs. Without a "
            "`body` there is nothing to judge; the methods are resources then. A body (Swagger 2.0 or OpenAPI 3, JSON "
            "or YAML) is read as API Gateway reads it:\n\n"
            "- Every method of every path is an operation, `x-amazon-apigateway-any-method` too. A `$ref` of a path is "
            "followed within the document. An entry that is neither known to be an operation nor known to be none is "
            "a violation.\n"
            "- Each operation has a `security` of its own. The one of the whole document does not count: API Gateway "
            "imports it and applies it to no method.\n"
            "- Alternatives in `security` are joined by OR, so each of them has to name exactly one custom authorizer: "
            "a scheme of type `apiKey` with an `x-amazon-apigateway-authorizer` of type `token` or `request` and an "
            "`authorizerUri`. API keys may stand beside it in the same alternative.\n"
            "- `security: []`, an empty alternative, API keys alone, OAuth schemes without an authorizer, user pools, "
            "an authtype that begins with `aws`, and `x-amazon-apigateway-auth` are violations. `AWS_IAM` and "
            "`COGNITO_USER_POOLS` can be accepted by a setting.\n"
            "- An OPTIONS operation with a `mock` integration is a preflight that reaches nobody, and passes.\n\n"
            "A body that is not valid JSON or YAML, or that another reader might read differently (a key twice, YAML "
            "aliases, merge keys and tags), is a violation. One that is marked as a secret is judged like any other, "
            "and its paths are counted instead of named. A body that is not known in a preview is judged in the update."
        ),
        why=(
            "Operations in a body are no resources, so no rule on methods sees them. One `security: []` in a thousand "
            "lines, or a document that relies on its global `security`, is an open method behind an API that looks "
            "protected."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html",
            "https://github.com/amazon-archives/aws-apigateway-importer/issues/204",
        ),
    ),
    types=REST_BODY_HOLDERS,
    check=check,
    settings=(ACCEPTED_METHODS,),
)
