"""Operations of OpenAPI bodies in the authorization map: no resource shows them, the map does."""

import json
from typing import Any

from guardrails.report.authorization_map import authorization_map
from guardrails.report.documents import snapshot
from guardrails.report.routes import UNKNOWN_YET, Route
from tests.policy.declarations import REST_API
from tests.policy.judging import UNKNOWN, Declared, secret
from tests.policy.report.stack_documents import exported
from tests.policy.report.test_authorization_map import DECIDER, INVOCATION

BODY: dict[str, Any] = {
    "openapi": "3.0.1",
    "paths": {
        "/orders": {
            "get": {"security": [{"callers": []}]},
            "post": {"security": []},
            "x-amazon-apigateway-any-method": {"security": [{"signed": []}]},
            "options": {"x-amazon-apigateway-integration": {"type": "mock"}},
        }
    },
    "components": {
        "securitySchemes": {
            "callers": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": f"{INVOCATION}/arn:aws:lambda:x:1:function:decider/invocations",
                    "authorizerResultTtlInSeconds": 30,
                },
            },
            "signed": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4",
            },
        }
    },
}


def routes(body: object, *others: Declared, api: Declared = REST_API) -> dict[str, Route]:
    stack = snapshot(exported(api.with_property("body", body), *others)["deployment"]["resources"]).outputs
    return {route.method: route for route in authorization_map(stack)}


def test_an_operation_is_shown_with_the_authorizer_that_its_security_names() -> None:
    found = routes(json.dumps(BODY), DECIDER)["GET"]
    assert (found.api, found.path, found.authorization, found.remark) == ("hello-api", "/orders", "CUSTOM", "")
    assert found.guard is not None
    assert (found.guard.authorizer, found.guard.type, found.guard.function) == ("callers", "TOKEN", "decider")
    assert found.guard.chain == ("10_token", "20_scope")
    assert found.guard.cache_key == ("method.request.header.Authorization",)
    assert found.guard.ttl_seconds == 30


def test_what_is_open_or_guarded_by_something_else_says_so() -> None:
    found = routes(json.dumps(BODY))
    assert (found["POST"].authorization, found["POST"].guard) == ("NONE", None)
    assert "empty security" in found["POST"].remark
    assert (found["ANY"].authorization, found["ANY"].guard) == ("AWS_IAM", None)
    assert (found["OPTIONS"].authorization, found["OPTIONS"].remark) == (
        "NONE",
        "answered by API Gateway itself (mock)",
    )


def test_a_body_that_cannot_be_read_is_a_line_of_the_map_and_no_gap() -> None:
    (unreadable,) = routes("{").values()
    assert (unreadable.authorization, unreadable.remark) == (UNKNOWN_YET, "its body cannot be read")
    (unknown,) = routes(UNKNOWN).values()
    assert unknown.remark == "its body is not known yet"
    (broken,) = routes(json.dumps({"openapi": "3.0.1"})).values()
    assert broken.remark == "paths is missing or no object"


def test_paths_of_a_secret_body_are_counted_and_not_named() -> None:
    marked = {**secret(None), "plaintext": json.dumps(json.dumps(BODY))}
    assert {route.path for route in routes(marked).values()} == {"path number 1"}


def test_the_body_of_an_http_api_is_read_by_its_own_rules() -> None:
    api = Declared(type="aws:apigatewayv2/api:Api", name="http", properties={"id": "api3", "name": "http-api"})
    found = routes(json.dumps(BODY), api=api)
    assert found["GET"].authorization == "NONE"  # an HTTP API has no token authorizers
    assert found["OPTIONS"].authorization == "NONE"
    assert "mock" not in found["OPTIONS"].remark
