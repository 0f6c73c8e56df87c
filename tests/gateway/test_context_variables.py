"""`gateway.context_variables`: the pure substitution, without a sandbox."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.fidelity.current_request import CurrentRequest
from sandbox.fidelity.gateway.context_variables import (
    access_log_lookup,
    gateway_response_lookup,
    json_escape,
    mapped_value,
    one_line,
    render,
)
from sandbox.fidelity.gateway.invocation import AuthorizerOutcome, GatewayErrorOutcome, Invocation

DENIED = GatewayErrorOutcome(response_type="ACCESS_DENIED", message='no "entry"')


def invocation(**changes: Any) -> Invocation:
    request = CurrentRequest(
        request_id="request-1",
        method="GET",
        host="127.0.0.1:4566",
        path="/_aws/execute-api/abc/prod/hello",
        raw_path="/_aws/execute-api/abc/prod/hello",
        query_string="",
        protocol="HTTP/1.1",
        peer="127.0.0.1",
        started_at=1_700_000_000.0,
        started=0.0,
        headers={"user-agent": "test/1", "x-a": "b"},
    )
    settings: dict[str, Any] = {
        "request": request,
        "api_id": "abc",
        "account_id": "111122223333",
        "region": "ap-southeast-3",
        "stage_name": "prod",
        "method": "GET",
        "path": "/hello",
        "custom_domain": None,
    }
    return Invocation(**{**settings, **changes})


def denied_body(template: str, **changes: Any) -> str:
    lookup = gateway_response_lookup(invocation(**changes), DENIED)
    return render(template, lookup, escape=json_escape, unset="")


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("$context.requestId", "request-1"),
        ("${context.requestId}x", "request-1x"),
        ("$context.stage/$context.path", "prod//prod/hello"),
        ("$context.domainName.", "abc.execute-api.ap-southeast-3.amazonaws.com."),
        ("$context.requestTime", "14/Nov/2023:22:13:20 +0000"),
        ("$context.requestTimeEpoch", "1700000000000"),
        ('{"m":$context.error.messageString}', '{"m":"no \\"entry\\""}'),
        ('{"m":"$context.error.message"}', '{"m":"no \\"entry\\""}'),
        ("[$context.error.validationErrorString]", "[]"),
        ("[$context.authorizer.claims.sub]", "[]"),
        ("[$context.status]", "[]"),
        ("$method.request.header.X-A", "b"),
        ("[$stageVariables.none]", "[]"),
        ("$ $x $contextual ${unclosed $context", "$ $x $contextual ${unclosed $context"),
        ("costs $$context.stage", "costs $prod"),
    ],
)
def test_a_template_is_rendered_in_one_pass(template: str, body: str) -> None:
    assert denied_body(template) == body


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_any_authorizer_value_stays_one_json_string(value: str) -> None:
    outcome = AuthorizerOutcome(context={"reason": value})
    body = denied_body('{"a":"$context.authorizer.reason","b":"${context.authorizer.reason}"}', authorizer=outcome)
    assert json.loads(body) == {"a": value, "b": value}


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_any_value_stays_on_one_line(value: str) -> None:
    assert not set(one_line(value)) & set("\r\n\x00")


@pytest.mark.parametrize(
    ("response_type", "message", "rendered"),
    [
        ("UNAUTHORIZED", "Unauthorized", '{"message":"Unauthorized"}'),
        ("DEFAULT_5XX", "Internal server error", '{"message": "Internal server error"}'),
        ("AUTHORIZER_FAILURE", None, '{"message":null}'),
    ],
)
def test_messages_are_rendered_as_aws_renders_them(response_type: str, message: str | None, rendered: str) -> None:
    error = GatewayErrorOutcome(response_type=response_type, message=message)
    lookup = gateway_response_lookup(invocation(), error)
    assert render('{"message":$context.error.messageString}', lookup, escape=json_escape, unset="") == rendered


def test_what_is_known_only_afterwards_is_for_access_logs() -> None:
    done = invocation(status=403, response_length=17, error=DENIED)
    log_format = "$context.status $context.responseLength $context.error.responseType $context.integrationStatus"
    assert render(log_format, access_log_lookup(done), escape=one_line, unset="-") == "403 17 ACCESS_DENIED -"


def test_a_parameter_is_mapped_from_a_literal_or_a_variable() -> None:
    lookup = gateway_response_lookup(invocation(), DENIED)
    assert mapped_value("'*'", lookup) == "*"
    assert mapped_value("context.requestId", lookup) == "request-1"
    assert mapped_value("method.request.header.x-a", lookup) == "b"
    assert mapped_value("context.authorizer.none", lookup) is None
