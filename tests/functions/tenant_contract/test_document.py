"""`docs/openapi/tenant-api.yaml` is OpenAPI 3.1, has exactly the operations that there are, and leaves nothing open."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from api_keys.names import KEY_ID_LENGTH, MAXIMUM_CUSTOMER_ID_LENGTH
from api_keys.records import MAXIMUM_LIVE_KEYS, MAXIMUM_RETIRED_KEYS
from api_responses.answers import EXPOSED_HEADERS
from api_responses.refusals import MAXIMUM_FIELD_LENGTH
from authorizer.policy_document import message_for
from key_exchange.tokens import TOKEN_LIFETIME_SECONDS
from key_exchange.verdict import LONGEST_RETRY_SECONDS
from key_exchange.verdict import MAXIMUM_BODY_BYTES as EXCHANGE_BODY_BYTES
from tenant_data.data_api import MAXIMUM_LIMIT
from tenant_data.fields import MAXIMUM_BODY_BYTES, MAXIMUM_FIELDS, MAXIMUM_NAME_LENGTH, RESERVED_FIELDS
from tenant_data.operations import OPERATIONS as DATA_OPERATIONS
from tenant_data.page_tokens import MAXIMUM_LENGTH
from tenant_keys import requests as key_requests
from tenant_keys.operations import OPERATIONS as KEY_OPERATIONS
from tests.support.openapi import PATH, contract

DOCUMENT = yaml.load(PATH.read_text(), yaml.CSafeLoader)
SCHEMAS = DOCUMENT["components"]["schemas"]
RESPONSES = [
    (f"{method} {path} {status}", response)
    for (method, path), operation in contract().operations.items()
    for status, response in operation["responses"].items()
]


def errors_of(document: dict[str, Any]) -> list[str]:
    """What OpenAPI's own schema says against a document."""
    from openapi_spec_validator import OpenAPIV31SpecValidator  # 0.3 s, which every test process would spend otherwise

    return [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a document with its JSON pointer."""
    yield place, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from nodes(child, f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}")


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert errors_of(DOCUMENT) == []


def test_a_document_that_is_not_valid_is_told() -> None:
    response = {"description": "Done"}
    document = {
        "openapi": DOCUMENT["openapi"],
        "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": response}}}},
    }
    assert errors_of(document) == []
    del response["description"]
    assert errors_of(document) != []


def test_the_operations_are_those_that_the_functions_serve_and_the_exchange() -> None:
    served = {
        (operation.method, operation.resource): operation.name for operation in (*DATA_OPERATIONS, *KEY_OPERATIONS)
    }
    documented = {route: operation["operationId"] for route, operation in contract().operations.items()}
    assert documented == {**served, ("POST", "/auth"): "exchange_key"}


def test_every_operation_says_what_it_wants_to_be_called_with() -> None:
    wanted = {"/admin": [{"adminKey": []}], "/auth": [{}, {"apiKey": []}], "/data": [{"token": []}]}
    for (_, path), operation in contract().operations.items():
        assert operation["security"] == wanted[f"/{path.split('/')[1]}"], path
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert {name: scheme.get("name", scheme.get("scheme")) for name, scheme in schemes.items()} == {
        "adminKey": "X-Admin-API-Key",
        "apiKey": "X-API-Key",
        "token": "bearer",
    }


@pytest.mark.parametrize("operation", DATA_OPERATIONS, ids=lambda operation: operation.name)
def test_the_parameters_are_the_ones_that_the_function_reads(operation: Any) -> None:
    item = DOCUMENT["paths"][operation.resource]
    parameters = [*item.get("parameters", []), *item[operation.method.lower()].get("parameters", [])]
    named: set[str] = set()
    for parameter in parameters:
        found = (
            DOCUMENT["components"]["parameters"][parameter["$ref"].split("/")[-1]] if "$ref" in parameter else parameter
        )
        named.add(f"{found['in']}:{found['name']}")
    if "requestBody" in item[operation.method.lower()]:
        named.add("body")
    queries = {f"query:{name}" for name in operation.query_parameters}
    assert named == {*operation.rows_from, *queries}


def test_every_reference_leads_somewhere_and_nothing_is_left_unused() -> None:
    referred = {node["$ref"] for _, node in nodes(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
    there = {
        f"#/components/{kind}/{name}"
        for kind in ("headers", "parameters", "responses", "schemas")
        for name in DOCUMENT["components"][kind]
    }
    assert referred == there


def test_every_object_is_closed_or_says_what_its_further_members_are() -> None:
    # Parts of `allOf` are closed by the part beside them, which says what the members are.
    open_objects = [
        place
        for place, node in nodes(SCHEMAS)
        if isinstance(node, dict) and node.get("type") == "object" and "additionalProperties" not in node
    ]
    assert open_objects == []


def test_every_text_number_and_list_of_an_answer_has_its_bounds() -> None:
    unbounded: list[str] = []
    for place, node in nodes(SCHEMAS):
        if not isinstance(node, dict) or place.startswith("/TokenRequest/"):  # any text is a key, if a wrong one
            continue
        bounds = {"string": ("pattern", "maxLength"), "integer": ("maximum",), "array": ("maxItems",)}
        kind = node.get("type")
        if isinstance(kind, str) and kind in bounds and not any(bound in node for bound in bounds[kind]):
            unbounded.append(place)
    assert unbounded == []


@pytest.mark.parametrize(("name", "response"), RESPONSES, ids=[name for name, _ in RESPONSES])
def test_every_answer_is_json_of_a_schema_with_a_name(name: str, response: Any) -> None:
    found = DOCUMENT["components"]["responses"][response["$ref"].split("/")[-1]] if "$ref" in response else response
    [(media_type, content)] = found["content"].items()
    assert media_type == "application/json"
    assert [alternative.keys() for alternative in content["schema"].get("oneOf", [content["schema"]])] == [{"$ref"}] * (
        len(content["schema"].get("oneOf", [None]))
    )


def test_every_example_is_as_its_schema_says() -> None:
    problems: list[str] = []
    examples = 0
    for place, node in nodes(contract().document):
        if not isinstance(node, dict) or not isinstance(node.get("schema"), dict):
            if place.startswith("/components/schemas/") and isinstance(node, dict) and "example" in node:
                examples += 1
                problems += contract().schema_problems(place, node["example"])
            continue
        values = [example["value"] for example in node.get("examples", {}).values()]
        values += [node["example"]] if "example" in node else []
        examples += len(values)
        problems += [problem for value in values for problem in contract().schema_problems(f"{place}/schema", value)]
    assert problems == []
    assert examples > 20


def test_the_examples_of_the_seed_are_its_bodies() -> None:
    def seed(method: str, path: str, status: str) -> Any:
        response = contract().operations[method, path]["responses"][status]
        found = DOCUMENT["components"]["responses"][response["$ref"].split("/")[-1]] if "$ref" in response else response
        return found["content"]["application/json"]["examples"]["seed"]["value"]

    def sent(method: str, path: str) -> Any:
        content = DOCUMENT["paths"][path][method]["requestBody"]["content"]
        return content["application/json"]["examples"]["seed"]["value"]

    assert sent("post", "/admin/keys") == {"customer_id": "customer-123", "customer_name": "Customer Name"}
    assert sent("post", "/auth") == {"api_key": "your-api-key"}
    assert sent("post", "/data") == {"name": "My Data Item", "value": 100, "description": "Custom field"}
    assert set(seed("POST", "/admin/keys", "201")) == {"api_key", "customer_id", "message"}
    assert seed("POST", "/admin/keys", "201")["message"] == "API key created successfully"
    assert seed("DELETE", "/admin/keys/{customer_id}", "200") == {
        "message": "API key for customer customer-123 revoked"
    }
    assert seed("POST", "/auth", "200")["expires_in"] == TOKEN_LIFETIME_SECONDS
    assert seed("POST", "/auth", "401") == {"error": "Invalid API key"}
    assert seed("GET", "/data", "401") == {"message": "Unauthorized: Token expired"}
    assert seed("GET", "/data", "403") == {"message": "User is not authorized to perform this operation"}
    created = seed("POST", "/data", "201")
    assert (created["message"], created["item"]["value"]) == ("Data created successfully", 100)
    assert type(created["item"]["value"]) is int
    assert set(seed("GET", "/data", "200")) == {"customer_id", "data", "count", "nextToken"}


def test_the_bounds_are_those_of_the_functions() -> None:
    limit = contract().operations["GET", "/data"]["parameters"][0]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, MAXIMUM_LIMIT, MAXIMUM_LIMIT)
    assert SCHEMAS["Page"]["properties"]["data"]["maxItems"] == MAXIMUM_LIMIT
    assert SCHEMAS["NextToken"]["maxLength"] == MAXIMUM_LENGTH
    assert SCHEMAS["NewFields"]["maxProperties"] == MAXIMUM_FIELDS
    assert [name for name, schema in SCHEMAS["NewFields"]["properties"].items() if schema is False] == [
        *RESERVED_FIELDS
    ]
    assert SCHEMAS["ReplacingFields"]["then"]["maxProperties"] == MAXIMUM_FIELDS + 1
    assert SCHEMAS["Item"]["maxProperties"] == MAXIMUM_FIELDS + len(RESERVED_FIELDS)
    assert SCHEMAS["FieldName"]["maxLength"] == MAXIMUM_NAME_LENGTH
    assert SCHEMAS["FieldError"]["properties"]["field"]["maxLength"] == MAXIMUM_FIELD_LENGTH
    assert SCHEMAS["CustomerName"]["maxLength"] == key_requests.MAXIMUM_NAME_LENGTH
    assert SCHEMAS["Label"]["maxLength"] == key_requests.MAXIMUM_LABEL_LENGTH
    lifetime = SCHEMAS["KeyRequest"]["properties"]["expires_in_days"]
    assert lifetime["maximum"] == key_requests.MAXIMUM_LIFETIME_DAYS
    assert SCHEMAS["KeyListing"]["properties"]["keys"]["maxItems"] == MAXIMUM_LIVE_KEYS + MAXIMUM_RETIRED_KEYS
    assert SCHEMAS["KeyId"]["pattern"] == f"^[0-9a-f]{{{KEY_ID_LENGTH}}}$"
    assert f"{{0,{MAXIMUM_CUSTOMER_ID_LENGTH - 1}}}" in SCHEMAS["CustomerId"]["pattern"]
    assert SCHEMAS["Token"]["properties"]["expires_in"]["maximum"] == TOKEN_LIFETIME_SECONDS
    assert DOCUMENT["components"]["headers"]["Retry-After"]["schema"]["maximum"] == LONGEST_RETRY_SECONDS
    assert DOCUMENT["components"]["headers"]["Access-Control-Expose-Headers"]["schema"]["const"] == EXPOSED_HEADERS


@pytest.mark.parametrize(
    ("method", "path", "maximum"),
    [
        ("POST", "/data", MAXIMUM_BODY_BYTES),
        ("PUT", "/data/{data_id}", MAXIMUM_BODY_BYTES),
        ("POST", "/auth", EXCHANGE_BODY_BYTES),
        ("POST", "/admin/keys", key_requests.MAXIMUM_BODY_BYTES),
    ],
)
def test_the_size_of_a_body_is_said_with_it(method: str, path: str, maximum: int) -> None:
    assert contract().operations[method, path]["requestBody"]["description"] == f"At most {maximum:,} bytes"


@pytest.mark.parametrize("reason", ["token_expired", "admin_key_unknown", "plugin_error", "a" * 64])
def test_every_reason_of_a_denial_has_the_documented_form(reason: str) -> None:
    said = {"message": f"Unauthorized: {message_for(reason)}"}
    assert contract().schema_problems("/components/schemas/NotAuthenticated", said) == []
