"""`authorizer.auth_context`: what plugins get for a TOKEN and a REQUEST event, and that it is theirs alone."""

import copy
from typing import Any

import pytest

from authorizer.auth_context import read_event
from authorizer.denial import NotAuthenticated
from authorizer.method_arn import MethodArn
from tests.functions.support import METHOD_ARN, STAGE_ARN, Authorizer, chain_of, recorded_event, request_event


def auth_context(event: object) -> dict[str, Any]:
    return read_event(event).auth_context(None, {})


def test_a_token_event_becomes_type_token_and_method_arn() -> None:
    assert auth_context(recorded_event("token_get_hello")) == {
        "type": "TOKEN",
        "token": "Bearer replaced-by-the-test",
        "method_arn": METHOD_ARN,
        "principal_id": None,
        "context": {},
    }


def test_a_request_event_becomes_everything_but_the_body() -> None:
    event = recorded_event("request_get_orders")
    context = auth_context(event)
    assert context["type"] == "REQUEST"
    assert dict(context["headers"]) == {name.lower(): value for name, value in event["headers"].items()}
    assert dict(context["query_string_parameters"]) == {"tenant": "acme"}
    assert context["path_parameters"] == {"order_id": "42"}
    assert context["stage_variables"] == {"environment": "prod"}
    assert context["request_context"] == event["requestContext"]
    assert context["method_arn"] == f"{STAGE_ARN}/GET/orders/42"
    assert set(context) == {
        "type",
        "headers",
        "query_string_parameters",
        "path_parameters",
        "stage_variables",
        "request_context",
        "method_arn",
        "principal_id",
        "context",
    }


def test_what_api_gateway_sends_as_null_is_empty() -> None:
    context = auth_context(recorded_event("request_without_parameters"))
    for name in ("headers", "query_string_parameters", "path_parameters", "stage_variables"):
        assert dict(context[name]) == {}
    assert context["headers"].get("Authorization") is None
    assert auth_context({"type": "TOKEN", "authorizationToken": None, "methodArn": METHOD_ARN})["token"] == ""


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    headers = auth_context(recorded_event("request_get_orders"))["headers"]
    assert headers[name] == "Bearer replaced-by-the-test"
    assert name in headers
    assert headers.get("X-Other", "default") == "default"
    assert "X-Other" not in headers


def test_query_parameters_keep_their_case() -> None:
    parameters = auth_context(recorded_event("request_get_orders"))["query_string_parameters"]
    assert parameters["tenant"] == "acme"
    assert "Tenant" not in parameters


@pytest.mark.parametrize(
    ("headers", "multiple"),
    [
        pytest.param({"Authorization": "b"}, {"Authorization": ["a", "b"]}, id="sent twice"),
        pytest.param({"Authorization": "a", "authorization": "b"}, None, id="sent in two cases"),
        pytest.param({"Authorization": "a"}, {"AUTHORIZATION": ["b"]}, id="another value among all values"),
    ],
)
def test_a_header_with_two_values_denies_whoever_asks_for_it(
    headers: dict[str, str], multiple: dict[str, list[str]] | None
) -> None:
    event = {**recorded_event("request_get_orders"), "headers": {**headers, "X-Ok": "1"}, "multiValueHeaders": multiple}
    sent = auth_context(event)["headers"]
    for ask in (lambda: sent["Authorization"], lambda: sent.get("authorization"), lambda: dict(sent)):
        with pytest.raises(NotAuthenticated) as caught:
            ask()
        assert caught.value.reason == "ambiguous_header"
    assert sent["X-Ok"] == "1"


def test_a_header_that_is_sent_twice_with_one_value_has_that_value() -> None:
    event = {**recorded_event("request_get_orders"), "multiValueHeaders": {"Accept": ["*/*", "*/*"]}}
    assert auth_context(event)["headers"]["Accept"] == "*/*"


def test_a_query_parameter_with_two_values_denies_whoever_asks_for_it() -> None:
    event = recorded_event("request_get_orders")
    event["multiValueQueryStringParameters"] = {"tenant": ["beta", "acme"]}
    authorizer = Authorizer(chain_of(lambda context: {"principal_id": context["query_string_parameters"]["tenant"]}))
    assert authorizer.refuses(event) == "ambiguous_query_parameter"


def test_the_repr_of_headers_does_not_show_credentials() -> None:
    assert "replaced-by-the-test" not in repr(auth_context(recorded_event("request_get_orders")))


def test_a_plugin_cannot_change_what_the_next_one_sees() -> None:
    event = request_event()
    expected = auth_context(copy.deepcopy(event))
    seen: list[dict[str, Any]] = []

    def vandal(context: dict[str, Any]) -> dict[str, Any]:
        context["request_context"]["identity"]["sourceIp"] = "10.0.0.1"
        context["request_context"]["identity"]["added"] = []
        context["path_parameters"]["order_id"] = "1"
        context["stage_variables"].clear()
        context["context"]["scope"] = "admin"
        context["principal_id"] = "root"
        context["method_arn"] = "arn:other"
        for name in ("headers", "query_string_parameters"):
            with pytest.raises(TypeError):
                context[name]["Authorization"] = "other"
        context.clear()
        return {"principal_id": "caller", "context": {"scope": "read"}}

    def witness(context: dict[str, Any]) -> bool:
        seen.append({**context, "headers": dict(context["headers"])})
        return True

    Authorizer(chain_of(vandal, witness)).allows(event)
    assert seen == [
        {**expected, "headers": dict(expected["headers"]), "principal_id": "caller", "context": {"scope": "read"}}
    ]


def test_results_so_far_reach_the_next_plugin_and_cannot_be_changed_by_it() -> None:
    def second(context: dict[str, Any]) -> bool:
        assert context["principal_id"] == "caller"
        assert context["context"] == {"tenant": "acme"}
        context["context"]["tenant"] = "beta"
        return True

    answer = Authorizer(chain_of({"principal_id": "caller", "context": {"tenant": "acme"}}, second)).allows(
        request_event()
    )
    assert answer["context"] == {"tenant": "acme"}


@pytest.mark.parametrize(
    ("arn", "stage_arn", "route"),
    [
        (METHOD_ARN, STAGE_ARN, "GET /hello"),
        (f"{STAGE_ARN}/GET/", STAGE_ARN, "GET /"),
        (f"{STAGE_ARN}/GET", STAGE_ARN, "GET /"),
        (f"{STAGE_ARN}/POST/a/b/c", STAGE_ARN, "POST /a/b/c"),
        (f"{STAGE_ARN}/GET/*/?/${{x}}", STAGE_ARN, "GET /*/?/${x}"),
        ("arn:aws-cn:execute-api:cn-north-1:1:api/s/PUT/x", "arn:aws-cn:execute-api:cn-north-1:1:api/s", "PUT /x"),
    ],
)
def test_a_method_arn_has_a_stage_and_a_route(arn: str, stage_arn: str, route: str) -> None:
    method = MethodArn(arn)
    assert (method.stage_arn, method.route) == (stage_arn, route)


@pytest.mark.parametrize(
    "arn",
    [
        None,
        5,
        "",
        "arn",
        STAGE_ARN,
        f"{STAGE_ARN}/",
        f"x{METHOD_ARN}",
        METHOD_ARN.replace("execute-api", "lambda"),
        METHOD_ARN.replace("111122223333", ""),
        METHOD_ARN.replace("111122223333", "*"),
        METHOD_ARN.replace("a1b2c3d4e5", "*"),
        METHOD_ARN.replace("prod", "*"),
        METHOD_ARN.replace("prod", "pro?"),
        METHOD_ARN.replace("prod", "${aws:x}"),
        METHOD_ARN.replace("prod", ""),
        "arn:aws:execute-api:r:1:api:more/prod/GET/x",
    ],
)
def test_what_is_not_the_arn_of_a_method_is_refused(arn: object) -> None:
    with pytest.raises(ValueError, match="methodArn"):
        MethodArn(arn)
