"""What API Gateway answers by itself: preflights, refusals and errors."""

import json
from typing import Any

import pytest

from components.cors import Cors
from components.errors import ArgumentError
from components.gateway_responses import DEFAULT_GATEWAY_RESPONSES, GatewayResponse, response_parameters

BY_TYPE = {response.type: response for response in DEFAULT_GATEWAY_RESPONSES}


def rendered(response: GatewayResponse, **values: str) -> Any:
    """The template with values in place of its variables, as API Gateway would answer it."""
    text = response.template.replace("$context.error.messageString", json.dumps(values["message"]))
    return json.loads(text.replace("$context.authorizer.reason", values.get("reason", "")))


def test_not_authenticated_is_401_and_says_with_what_to_come_back() -> None:
    response = BY_TYPE["UNAUTHORIZED"]
    assert response.status == 401
    assert response_parameters(response.headers) == {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"}
    assert rendered(response, message="Unauthorized") == {"message": "Unauthorized"}


def test_not_permitted_is_403_with_the_authorizers_reason() -> None:
    response = BY_TYPE["ACCESS_DENIED"]
    assert response.status == 403
    assert rendered(response, message='say "no"', reason="insufficient_scope") == {
        "message": 'say "no"',
        "reason": "insufficient_scope",
    }


def test_every_other_error_has_a_json_body_too() -> None:
    for type_ in ("DEFAULT_4XX", "DEFAULT_5XX"):
        assert BY_TYPE[type_].status is None
        assert rendered(BY_TYPE[type_], message="Not found") == {"message": "Not found"}


def test_a_header_value_that_would_break_out_of_its_quotes_is_refused() -> None:
    with pytest.raises(ArgumentError, match="header X-Note must not contain a quote"):
        GatewayResponse(type="DEFAULT_4XX", headers={"X-Note": "it's"})


def test_a_preflight_names_the_methods_of_the_path() -> None:
    headers = Cors(allow_origin="https://app.example.com").preflight_headers(["POST", "GET"])
    assert headers == {
        "Access-Control-Allow-Headers": "Authorization,Content-Type",
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Origin": "https://app.example.com",
        "Access-Control-Max-Age": "600",
    }


def test_a_preflight_spells_out_what_any_method_means() -> None:
    headers = Cors(allow_origin="*").preflight_headers(["ANY", "GET"])
    assert headers["Access-Control-Allow-Methods"] == "DELETE,GET,HEAD,PATCH,POST,PUT"


@pytest.mark.parametrize("origin", ["*", "https://app.example.com", "http://localhost:3000"])
def test_origins_pass(origin: str) -> None:
    assert Cors(allow_origin=origin).error_headers() == {"Access-Control-Allow-Origin": origin}


@pytest.mark.parametrize(
    "origin", ["app.example.com", "https://app.example.com/", "https://a.example, https://b.example", "", "null", "'*'"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ArgumentError, match="is no origin; write scheme, host and port only"):
        Cors(allow_origin=origin)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"allow_headers": ["X Y"]}, "'X Y' is not the name of a header"),
        ({"maximum_age_seconds": 7201}, "7200 seconds"),
    ],
)
def test_other_bad_arguments_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        Cors(allow_origin="*", **changes)
    assert says in str(refused.value)
