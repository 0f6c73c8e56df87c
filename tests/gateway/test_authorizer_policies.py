"""`gateway.authorizer_policies`: which policies let a caller in, and which are none."""

from typing import Any

import pytest

from tests.gateway.rest_api import ALLOW, Api, ApiWorkshop
from tests.support.sandbox import ACCOUNT_ID, REGION

ANYONE_ELSE = {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
THIS_NETWORK = {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}}
METHOD_PREFIX = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}"


def statement(effect: str = "Allow", action: Any = ALLOW, resource: Any = "METHOD", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


@pytest.fixture(scope="module")
def api(sandbox: ApiWorkshop) -> Api:
    return deployed(sandbox)


def deployed(workshop: ApiWorkshop) -> Api:
    api = workshop.api()
    api.route("/hello/{name}", authorizer=api.authorizer())
    api.deploy()
    return api


def test_the_emulator_alone_lets_in_whoever_is_allowed_something_else(emulator: ApiWorkshop) -> None:
    api = deployed(emulator)
    assert api.call("/hello/me", token={"statement": [statement(action="s3:GetObject")]}).status == 200
    assert api.call("/hello/me", token={"statement": [statement(Condition=ANYONE_ELSE)]}).status == 200


@pytest.mark.parametrize(
    "statements",
    [
        [statement()],
        [statement(action="execute-api:*")],
        [statement(action=["s3:GetObject", "EXECUTE-API:invoke"])],
        [statement(action="*", resource="*")],
        [statement(resource=f"{METHOD_PREFIX}:*/prod/GET/hello/*")],
        [statement(resource=f"{METHOD_PREFIX}:*/*/???/hello/m?")],
        [statement(resource=["arn:aws:execute-api:*:*:*/*/POST/*", "arn:aws:execute-api:*:*:*/*/GET/*"])],
        [statement(Condition=THIS_NETWORK)],
        [statement(Condition={"Bool": {"aws:SecureTransport": "true"}})],
        [statement(Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})],
        [statement(), statement("Deny", action="s3:*", resource="*")],
        [statement(), statement("Deny", resource=f"{METHOD_PREFIX}:*/prod/GET/admin/*")],
        [statement(), statement("Deny", Condition=ANYONE_ELSE)],
        [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "METHOD"}],
        [{"Effect": "Allow", "Action": ALLOW, "NotResource": "arn:aws:execute-api:*:*:*/*/GET/admin/*"}],
        statement(),
    ],
    ids=repr,
)
def test_a_policy_that_allows_this_method_lets_the_caller_in(api: Api, statements: Any) -> None:
    assert api.call("/hello/me", token={"statement": statements}).status == 200


@pytest.mark.parametrize(
    "statements",
    [
        [statement(action="s3:GetObject")],
        [statement(action="execute-api:InvalidateCache")],
        [statement(resource=f"{METHOD_PREFIX}:*/prod/POST/hello/me")],
        [statement(resource=f"{METHOD_PREFIX}:*/test/GET/hello/me")],
        [statement(resource=f"{METHOD_PREFIX}:*/prod/GET/hello")],
        [statement(resource=f"{METHOD_PREFIX}:*/prod/GET/HELLO/me")],
        [statement(resource="METHOD/more")],
        [statement(resource="nonsense")],
        [statement(Condition=ANYONE_ELSE)],
        [statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        [statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})],
        [statement(Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})],
        [{"Effect": "Allow", "NotAction": "execute-api:*", "Resource": "METHOD"}],
        [{"Effect": "Allow", "Action": ALLOW, "NotResource": "METHOD"}],
        [statement("Deny")],
        [statement(), statement("Deny")],
        [statement("Deny", resource="*"), statement()],
        [statement(), statement("Deny", Condition=THIS_NETWORK)],
        [statement(), {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::x"}],
    ],
    ids=repr,
)
def test_a_policy_that_does_not_allow_this_method_is_a_403(api: Api, statements: Any) -> None:
    answer = api.call("/hello/me", token={"statement": statements})
    assert answer.status == 403
    explicit = "Deny" in repr(statements)
    assert ("with an explicit deny" in answer.json["Message"]) is explicit


def test_a_forged_forwarding_header_does_not_change_the_source_address(api: Api) -> None:
    order = {"statement": [statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})]}
    assert api.call("/hello/me", token=order, headers={"X-Forwarded-For": "10.1.2.3"}).status == 403


def test_a_deny_holds_for_a_path_with_a_line_break(api: Api) -> None:
    order = {"statement": [statement(resource="*"), statement("Deny", resource="arn:*/GET/hello/*")]}
    assert api.call("/hello/a%0Ab", token=order).status == 403


@pytest.mark.parametrize(
    "document",
    [
        None,
        "text",
        {},
        {"Statement": []},
        {"Statement": ["Allow"]},
        {"Version": "2026-01-01", "Statement": [statement()]},
        {"Statement": [statement("allow")]},
        {"Statement": [{"Action": ALLOW, "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": ALLOW}]},
        {"Statement": [statement(action=[])]},
        {"Statement": [statement(action=7)]},
        {"Statement": [statement(resource=[1])]},
        {"Statement": [statement(NotResource="*")]},
        {"Statement": [statement(Principal="*")]},
        {"Statement": [statement(Condition="yes")]},
        {"Statement": [statement(Condition={"StringEquals": "yes"})]},
        {"Statement": [statement(), statement("Deny", Condition={"NoSuchOperator": {"aws:SourceIp": "::1"}})]},
    ],
    ids=repr,
)
def test_a_malformed_policy_is_a_500_and_not_a_decision(api: Api, document: Any) -> None:
    answer = api.call("/hello/me", token={"answer": {"principalId": "caller", "policyDocument": document}})
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    assert answer.headers["x-amzn-errortype"] == "AuthorizerConfigurationException"
