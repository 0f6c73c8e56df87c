"""`gateway.validation_errors`: the description of a refused request."""

import json
from typing import Any

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["name", "kind"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]*$"},
        "kind": {"enum": ["a", "b"]},
        "count": {"type": "integer", "minimum": 1, "maximum": 3},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
TEMPLATE = '{"message":$context.error.messageString,"why":"$context.error.validationErrorString"}'


def validating(workshop: ApiWorkshop) -> Api:
    api = workshop.api()
    api.gateway.create_model(
        restApiId=api.api_id, name="Thing", contentType="application/json", schema=json.dumps(SCHEMA)
    )
    validator = api.gateway.create_request_validator(
        restApiId=api.api_id, name="both", validateRequestBody=True, validateRequestParameters=True
    )
    api.route(
        "/things",
        method="POST",
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Thing"},
        requestParameters={"method.request.querystring.q": True},
    )
    for kind in ("BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS"):
        api.gateway_response(kind, TEMPLATE)
    api.deploy()
    return api


@pytest.fixture(scope="module")
def api(sandbox: ApiWorkshop) -> Api:
    return validating(sandbox)


def test_the_emulator_alone_leaves_the_variable_standing(emulator: ApiWorkshop) -> None:
    answer = validating(emulator).call("/things?q=1", method="POST", body=b"{}")
    assert b"$context.error.validationErrorString" in answer.body


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, '[object has missing required properties (["kind","name"])]'),
        ([], '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]'),
        (
            {"name": 7, "kind": "c"},
            '[instance type (integer) does not match any allowed primitive type (allowed: ["string"]), '
            'instance value ("c") not found in enum (possible values: ["a","b"])]',
        ),
        ({"name": "a", "kind": "a"}, '[string "a" is too short (length: 1, required minimum: 2)]'),
        ({"name": "abcde", "kind": "a"}, '[string "abcde" is too long (length: 5, maximum allowed: 4)]'),
        ({"name": "AB", "kind": "a"}, '[ECMA 262 regex "^[a-z]*$" does not match input string "AB"]'),
        (
            {"name": "ab", "kind": "a", "count": 0},
            "[numeric instance is lower than the required minimum (minimum: 1, found: 0)]",
        ),
        (
            {"name": "ab", "kind": "a", "more": 1},
            '[object instance has properties which are not allowed by the schema: ["more"]]',
        ),
        (
            {"name": "ab", "kind": "a", "tags": [True]},
            '[instance type (boolean) does not match any allowed primitive type (allowed: ["string"])]',
        ),
    ],
    ids=repr,
)
def test_a_refused_body_is_described(api: Api, body: Any, why: str) -> None:
    answer = api.call("/things?q=1", method="POST", body=json.dumps(body).encode())
    assert (answer.status, answer.json) == (400, {"message": "Invalid request body", "why": why})


def test_a_body_that_is_no_json_has_no_description(api: Api) -> None:
    assert api.call("/things?q=1", method="POST", body=b"{").json == {"message": "Invalid request body", "why": ""}


def test_a_missing_parameter_is_described_by_the_message(api: Api) -> None:
    message = "Missing required request parameters: [q]"
    assert api.call("/things", method="POST", body=b"{}").json == {"message": message, "why": message}


def test_a_valid_body_reaches_the_function(api: Api) -> None:
    body = json.dumps({"name": "ab", "kind": "a", "count": 2, "tags": ["x"]}).encode()
    assert api.call("/things?q=1", method="POST", body=body).status == 200
