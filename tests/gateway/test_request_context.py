"""`gateway.request_context` and `gateway.header_names`: what functions are told of a request."""

import json
import re
import time
from typing import Any

from tests.gateway.rest_api import Api, ApiWorkshop, allow, token_of
from tests.support.sandbox import ACCOUNT_ID, REGION

IDENTITY_NAMES = {
    *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
    *("cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn"),
}


def with_request_authorizer(workshop: ApiWorkshop) -> tuple[Api, str, str]:
    """An API with `GET /hello/{name}` behind a REQUEST authorizer, its resource's id and its deployment's."""
    api = workshop.api()
    authorizer = api.authorizer(kind="REQUEST", identitySource="method.request.header.Token")
    resource = api.route("/hello/{name}", authorizer=authorizer)
    return api, resource, api.deploy()


def events(answer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The events that the function and the authorizer got."""
    proxy = answer.json
    return proxy, json.loads(proxy["requestContext"]["authorizer"]["event"])


def test_the_emulator_alone_believes_the_forwarding_header_and_loses_header_names(emulator: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(emulator)
    headers = {"Token": token_of(allow()), "X-Forwarded-For": "10.1.2.3"}
    proxy, authorizer = events(api.call("/hello/me", headers=headers))
    assert proxy["version"] == "1.0"
    assert proxy["requestContext"]["identity"]["sourceIp"] == "10.1.2.3"
    assert "Token" not in proxy["headers"]
    assert "domainName" not in proxy["requestContext"]
    assert "requestId" not in authorizer["requestContext"]


def test_both_events_tell_of_the_same_request(sandbox: ApiWorkshop) -> None:
    api, resource, deployment = with_request_authorizer(sandbox)
    before = int(time.time() * 1000)
    answer = api.call("/hello/me?q=1&q=2", headers={"Token": token_of(allow()), "User-Agent": "test/1"})
    proxy, authorizer = events(answer)
    context = proxy["requestContext"]
    context.pop("authorizer")
    assert context == authorizer["requestContext"]
    assert before <= context["requestTimeEpoch"] <= int(time.time() * 1000)
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])
    assert context.pop("requestId") == answer.headers["x-amzn-requestid"]
    assert context.pop("extendedRequestId") == answer.headers["x-amz-apigw-id"]
    assert set(context["identity"]) == IDENTITY_NAMES
    identity = {name: value for name, value in context.pop("identity").items() if value is not None}
    assert identity == {"sourceIp": "127.0.0.1", "userAgent": "test/1"}
    assert {name: value for name, value in context.items() if not name.startswith("requestTime")} == {
        "accountId": ACCOUNT_ID,
        "apiId": api.api_id,
        "deploymentId": deployment,
        "domainName": f"{api.api_id}.execute-api.{REGION}.amazonaws.com",
        "domainPrefix": api.api_id,
        "httpMethod": "GET",
        "path": "/prod/hello/me",
        "protocol": "HTTP/1.1",
        "resourceId": resource,
        "resourcePath": "/hello/{name}",
        "stage": "prod",
    }


def test_the_events_have_the_members_that_aws_gives_them(sandbox: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(sandbox)
    proxy, authorizer = events(api.call("/hello/me?q=1&q=2", headers={"Token": token_of(allow())}))
    assert set(proxy) == {
        *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters"),
        *("multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body"),
        "isBase64Encoded",
    }
    assert (proxy["path"], proxy["body"], proxy["stageVariables"]) == ("/hello/me", None, None)
    assert authorizer["methodArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{api.api_id}/prod/GET/hello/me"
    assert (authorizer["type"], authorizer["path"], authorizer["stageVariables"]) == ("REQUEST", "/hello/me", {})
    assert authorizer["multiValueQueryStringParameters"] == {"q": ["1", "2"]}


def test_headers_arrive_as_sent_with_what_api_gateway_adds(sandbox: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(sandbox)
    headers = {"Token": token_of(allow()), "x-LOWER-Upper": "é", "X-Forwarded-For": "10.1.2.3", "Connection": "close"}
    sent = {name: value.encode() for name, value in headers.items()}
    proxy, authorizer = events(api.call("/hello/me", headers=sent))  # type: ignore[arg-type] - http.client takes bytes
    assert proxy["headers"] == authorizer["headers"]
    assert proxy["multiValueHeaders"] == {name: [value] for name, value in proxy["headers"].items()}
    trace = proxy["headers"].pop("X-Amzn-Trace-Id")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace)
    assert proxy["headers"] == {
        "Host": f"{api.api_id}.execute-api.{REGION}.amazonaws.com",
        "Accept-Encoding": "identity",
        "Token": headers["Token"],
        "x-LOWER-Upper": "é",
        "X-Forwarded-For": "10.1.2.3, 127.0.0.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    assert proxy["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


def test_a_client_cannot_choose_the_request_id_or_its_certificate(sandbox: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(sandbox)
    headers = {"Token": token_of(allow()), "x-amzn-RequestId": "mine", "X-Amzn-Mtls-Clientcert": "mine"}
    answer = api.call("/hello/me", headers=headers)
    proxy, _ = events(answer)
    assert proxy["requestContext"]["requestId"] == answer.headers["x-amzn-requestid"] != "mine"
    assert "clientCert" not in proxy["requestContext"]["identity"]


def test_request_ids_are_in_every_answer_and_differ(sandbox: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(sandbox)
    answers = [api.call("/hello/me"), api.call("/nowhere"), api.call("/hello/me", headers={"Token": token_of(allow())})]
    assert [answer.status for answer in answers] == [401, 403, 200]
    assert len({answer.headers["x-amzn-requestid"] for answer in answers}) == 3
    assert all("x-amz-apigw-id" in answer.headers for answer in answers)
    assert not any("x-amz-request-id" in answer.headers for answer in answers)


def test_a_custom_domain_is_named_by_its_own_name_and_path(sandbox: ApiWorkshop) -> None:
    api, _, _ = with_request_authorizer(sandbox)
    sandbox.gateway.create_domain_name(
        domainName="api.example.test",
        regionalCertificateArn=sandbox.certificate("api.example.test"),
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    sandbox.gateway.create_base_path_mapping(
        domainName="api.example.test", basePath="v1", restApiId=api.api_id, stage="prod"
    )
    answer = sandbox.request("/v1/hello/me", headers={"Host": "api.example.test", "Token": token_of(allow())})
    proxy, authorizer = events(answer)
    context = proxy["requestContext"]
    assert (context["domainName"], context["domainPrefix"]) == ("api.example.test", "api")
    assert (context["path"], proxy["path"], authorizer["path"]) == ("/v1/hello/me", "/v1/hello/me", "/v1/hello/me")
    assert proxy["headers"]["Host"] == "api.example.test"
