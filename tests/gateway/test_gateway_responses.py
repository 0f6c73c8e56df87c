"""`gateway.gateway_responses`: what callers get where API Gateway answers itself."""

import json

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop, allow, deny

TEMPLATE = (
    '{"message":"Unauthorized: $context.authorizer.reason","who":"$context.authorizer.principalId",'
    '"id":"$context.requestId","type":"$context.error.responseType","text":$context.error.messageString,'
    '"plain":"$context.error.message","ip":"$context.identity.sourceIp","stage":"${context.stage}",'
    '"path":"$context.path","resource":"$context.resourcePath","method":"$context.httpMethod",'
    '"variable":"$stageVariables.colour","unknown":"[$context.no.such.thing]"}'
)


def guarded(workshop: ApiWorkshop) -> Api:
    """An API with `GET /hello/{name}` behind the authorizer; not deployed."""
    api = workshop.api()
    api.route("/hello/{name}", authorizer=api.authorizer())
    return api


def test_the_emulator_alone_leaves_authorizer_variables_standing_in_the_body(emulator: ApiWorkshop) -> None:
    api = guarded(emulator)
    api.gateway_response("ACCESS_DENIED", TEMPLATE, statusCode="401")
    api.deploy()
    answer = api.call("/hello/me", token=deny(context={"reason": "Token expired"}))
    assert b"$context.authorizer.reason" in answer.body


def test_a_denial_carries_the_status_and_the_reason_of_the_authorizer(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.gateway_response("ACCESS_DENIED", TEMPLATE, statusCode="401")
    api.deploy(variables={"colour": "green"})
    answer = api.call("/hello/me", token=deny(context={"reason": "Token expired"}))
    assert answer.status == 401
    text = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
    assert answer.json == {
        "message": "Unauthorized: Token expired",
        "who": "caller",
        "id": answer.headers["x-amzn-requestid"],
        "type": "ACCESS_DENIED",
        "text": text,
        "plain": text,
        "ip": "127.0.0.1",
        "stage": "prod",
        "path": "/prod/hello/me",
        "resource": "/hello/{name}",
        "method": "GET",
        "variable": "green",
        "unknown": "[]",
    }


def test_a_cached_denial_carries_the_reason_too(sandbox: ApiWorkshop) -> None:
    api = sandbox.api()
    api.route("/hello", authorizer=api.authorizer(ttl=300))
    api.gateway_response("ACCESS_DENIED", '{"message":"$context.authorizer.reason"}')
    api.deploy()
    token = deny(context={"reason": "said once"})
    assert [api.call("/hello", token=token).json for _ in range(2)] == [{"message": "said once"}] * 2


@pytest.mark.parametrize(
    "reason",
    [
        '","admin":"true',
        "back\\slash",
        "line\nbreak\ttab",
        "$context.requestId and ${context.stage}",
        "héllo \u2028 ✓",
    ],
)
def test_a_value_of_the_authorizer_stays_one_json_string(sandbox: ApiWorkshop, reason: str) -> None:
    api = guarded(sandbox)
    api.gateway_response("ACCESS_DENIED", '{"message":"$context.authorizer.reason"}')
    api.deploy()
    assert api.call("/hello/me", token=deny(context={"reason": reason})).json == {"message": reason}


def test_headers_are_mapped_from_literals_the_context_and_the_request(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.gateway_response(
        "DEFAULT_4XX",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Reason": "context.authorizer.reason",
            "gatewayresponse.header.X-Request": "context.requestId",
            "gatewayresponse.header.X-Sent": "method.request.header.X-Colour",
            "gatewayresponse.header.X-Name": "method.request.path.name",
            "gatewayresponse.header.X-Query": "method.request.querystring.q",
            "gatewayresponse.header.X-Absent": "method.request.header.X-Nothing",
        },
    )
    api.deploy()
    answer = api.call(
        "/hello/me?q=1", token=deny(context={"reason": "a\r\nSet-Cookie: b"}), headers={"X-Colour": "red"}
    )
    assert answer.status == 403
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-reason"] == "a  Set-Cookie: b"
    assert answer.headers["x-request"] == answer.headers["x-amzn-requestid"]
    assert [answer.headers[name] for name in ("x-sent", "x-name", "x-query")] == ["red", "me", "1"]
    assert "x-absent" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_built_in_answers_are_those_of_aws(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.deploy()
    explicit = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
    cases = {
        "missing token": (api.call("/hello/me"), 401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
        "raised Unauthorized": (
            *(api.call("/hello/me", token={"raise": "Unauthorized"}), 401, b'{"message":"Unauthorized"}'),
            "UnauthorizedException",
        ),
        "denied": (
            *(
                api.call("/hello/me", token=deny()),
                403,
                json.dumps({"Message": explicit}).encode().replace(b": ", b":", 1),
            ),
            "AccessDeniedException",
        ),
        "nothing allowed": (
            api.call("/hello/me", token={"statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}),
            *(403, b'{"Message":"User is not authorized to access this resource"}', "AccessDeniedException"),
        ),
        "authorizer failed": (
            *(api.call("/hello/me", token={"raise": "no"}), 500, b'{"message":null}'),
            "AuthorizerConfigurationException",
        ),
        "authorizer answered nothing": (
            *(api.call("/hello/me", token={"answer": "yes"}), 500, b'{"message": "Internal server error"}'),
            "AuthorizerConfigurationException",
        ),
        "unknown path": (
            *(api.call("/nothing/here"), 403, b'{"message":"Missing Authentication Token"}'),
            "MissingAuthenticationTokenException",
        ),
    }
    for name, (answer, status, body, error_type) in cases.items():
        assert (answer.status, answer.body) == (status, body), name
        assert answer.headers["x-amzn-errortype"] == error_type, name


def test_the_status_of_default_4xx_is_that_of_every_type_without_its_own(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.gateway_response("DEFAULT_4XX", statusCode="418")
    api.gateway_response("UNAUTHORIZED", statusCode="401")
    api.deploy()
    assert api.call("/hello/me").status == 401
    assert api.call("/hello/me", token=deny()).status == 418
    assert api.call("/elsewhere").status == 418


def test_errors_of_the_authorizer_are_told_apart(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.gateway_response("AUTHORIZER_FAILURE", '{"failed":"$context.error.responseType"}', statusCode="503")
    api.gateway_response("AUTHORIZER_CONFIGURATION_ERROR", '{"misconfigured":true}', statusCode="501")
    api.deploy()
    failed = api.call("/hello/me", token={"raise": "unexpected"})
    assert (failed.status, failed.json) == (503, {"failed": "AUTHORIZER_FAILURE"})
    misconfigured = api.call("/hello/me", token={"answer": {"principalId": "x"}})
    assert (misconfigured.status, misconfigured.json) == (501, {"misconfigured": True})


def test_an_allowed_request_is_answered_by_the_function(sandbox: ApiWorkshop) -> None:
    api = guarded(sandbox)
    api.deploy()
    answer = api.call("/hello/me", token=allow())
    assert answer.status == 200
    assert answer.json["pathParameters"] == {"name": "me"}
