"""What an OpenAPI body lets in, form by form: each case is an attack, or a document that has to pass."""

import json
from typing import Any

import pytest

from guardrails.authorization.openapi.http_bodies import HTTP_BODY_RULE
from guardrails.authorization.openapi.rest_bodies import REST_BODY_RULE
from guardrails.resources import Resource
from guardrails.rules import Rule, Violation
from guardrails.settings import Settings
from tests.policy.fixtures.authorization.bodies import URI, http_document, rest_document
from tests.policy.judging import Declared, assert_compliant, judge, secret

SECURE = {"security": [{"guard": []}]}


def api(document: object, rule: Rule = REST_BODY_RULE) -> Declared:
    kind = "aws:apigateway/restApi:RestApi" if rule is REST_BODY_RULE else "aws:apigatewayv2/api:Api"
    return Declared(type=kind, name="api", properties={"body": json.dumps(document)})


def problem(document: object, rule: Rule = REST_BODY_RULE) -> str:
    """The one problem of a document."""
    (message,) = [message for message, _ in judge(rule, api(document, rule)).violations]
    return message.partition("\n")[0].partition(": ")[2]


def with_path(item: object, **components: Any) -> dict[str, Any]:
    document = rest_document()
    document["paths"] = {"/orders": item}
    document["components"] |= components
    return document


def with_scheme(scheme: object) -> dict[str, Any]:
    document = rest_document()
    document["components"]["securitySchemes"]["guard"] = scheme
    return document


def with_security(security: object, **schemes: object) -> dict[str, Any]:
    document = rest_document()
    document["paths"]["/hello"]["get"]["security"] = security
    document["components"]["securitySchemes"] |= schemes
    return document


GUARD = rest_document()["components"]["securitySchemes"]["guard"]
API_KEY = {"type": "apiKey", "in": "header", "name": "x-api-key"}
POOL = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:aws:cognito-idp:x"]},
}
SIGV4 = {**API_KEY, "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"}


@pytest.mark.parametrize(
    "item",
    [
        {"get": {}},
        {"GET": {}},
        {"get": SECURE, "post": {}},
        {"trace": {}},
        {"head": {"security": []}},
        {"x-amazon-apigateway-any-method": {}},
        {"X-Amazon-Apigateway-Any-Method": {}},
        {"options": {}},
        {"options": {"x-amazon-apigateway-integration": {"type": "http_proxy"}}},
        {"options": {"x-amazon-apigateway-integration": "mock"}},
        {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"type": "mock"}}},
        {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}},
    ],
)
def test_every_way_to_write_an_open_operation_is_found(item: object) -> None:
    assert "so anyone may call it" in problem(with_path(item))


@pytest.mark.parametrize(
    "item",
    [
        {"options": {"x-amazon-apigateway-integration": {"type": "MOCK"}}},
        {"options": {"x-amazon-apigateway-integration": {"$ref": "#/components/x-integrations/preflight"}}},
        {"get": {**SECURE, "x-amazon-apigateway-request-validator": "all", "x-owner": "shop"}, "x-note": {}},
        {"get": SECURE, "summary": "Orders", "description": "", "servers": [], "parameters": [{"in": "query"}]},
        {"$ref": "#/components/pathItems/orders"},
        {"$ref": "#/components/pathItems/again"},
        {"get": {**SECURE, "parameters": [{"$ref": "#/components/parameters/id"}]}},
    ],
)
def test_what_api_gateway_guards_passes(item: object) -> None:
    components = {
        "pathItems": {"orders": {"get": SECURE}, "again": {"$ref": "#/components/pathItems/orders"}},
        "parameters": {"id": {"in": "path", "name": "id"}},
        "x-integrations": {"preflight": {"type": "mock"}},
    }
    assert_compliant(REST_BODY_RULE, api(with_path(item, **components)))


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (None, "is no object"),
        ([], "is no object"),
        ({"get": None}, "is no object"),
        ({"get": SECURE, "GET": {}}, "is declared twice, in different cases"),
        ({"query": SECURE}, "has the entry 'query', which these rules do not know"),
        ({"additionalOperations": {"COPY": {}}}, "has the entry 'additionalOperations'"),
        ({"x-amazon-apigateway-every-method": {}}, "has the entry 'x-amazon-apigateway-every-method'"),
        ({"get": {**SECURE, "$ref": "#/components/x"}}, "has a $ref, which an operation cannot have"),
        ({"get": {**SECURE, "x-amazon-apigateway-open": True}}, "has the extension 'x-amazon-apigateway-open'"),
        ({"get": {**SECURE, "X-Amazon-Apigateway-Auth": {}}}, "has the extension 'X-Amazon-Apigateway-Auth'"),
        ({"$ref": "https://evil.example/paths.json#/orders"}, "has a $ref that leaves the document"),
        ({"$ref": "paths.json"}, "has a $ref that leaves the document"),
        ({"$ref": 7}, "has a $ref that is not a text"),
        ({"$ref": "#/components/pathItems/none"}, "has a $ref that leads nowhere"),
        ({"$ref": "#/components/pathItems/none/0/1"}, "has a $ref that leads nowhere"),
        ({"$ref": "#/components/pathItems/loop"}, "has a $ref that leads back to itself"),
        ({"$ref": "#/paths/~1orders"}, "has a $ref that leads back to itself"),
        ({"$ref": "#/components/pathItems/good", "post": {}}, "has other entries beside its $ref"),
        ({"$ref": "#/components/pathItems/%62ad"}, "GET of path '/orders' has no security of its own"),
        ({"$ref": "#/components/pathItems/a~1b"}, "GET of path '/orders' has no security of its own"),
        ({"get": SECURE, "parameters": [{"$ref": "other.yaml#/id"}]}, "a parameter of path '/orders' has a $ref that"),
        ({"get": {**SECURE, "parameters": [{"$ref": "#/x"}]}}, "a parameter of GET of path '/orders' has a $ref that"),
    ],
)
def test_what_cannot_be_followed_to_the_end_is_a_violation(item: object, says: str) -> None:
    paths = {
        "good": {"get": SECURE},
        "bad": {"get": {}},
        "a/b": {"get": {}},
        "loop": {"$ref": "#/components/pathItems/loop"},
    }
    assert says in problem(with_path(item, pathItems=paths))


@pytest.mark.parametrize(
    ("security", "says"),
    [
        ({"guard": []}, "has a security that is no list"),
        ("guard", "has a security that is no list"),
        ([], "has an empty security"),
        ([{}], "has an empty alternative"),
        ([{"guard": []}, {}], "has an empty alternative"),
        (["guard"], "has an alternative in its security that is no object"),
        ([{"guard": "x"}], "without a list of scopes"),
        ([{"none": []}], "names the scheme 'none', which is not defined"),
        ([{"key": []}], "an API key alone meters callers"),
        ([{"guard": []}, {"key": []}], "an API key alone meters callers"),
        ([{"oauth": ["read"]}], "has no x-amazon-apigateway-authorizer, so API Gateway checks nothing for it"),
        ([{"basic": []}], "has no x-amazon-apigateway-authorizer, so API Gateway checks nothing for it"),
        ([{"pool": []}], "names the scheme 'pool', which stands for COGNITO_USER_POOLS"),
        ([{"sigv4": []}], "names the scheme 'sigv4', which stands for AWS_IAM"),
        ([{"guard": [], "pool": []}], "names the scheme 'pool', which stands for COGNITO_USER_POOLS"),
        ([{"guard": []}, {"sigv4": []}], "names the scheme 'sigv4', which stands for AWS_IAM"),
        ([{"guard": [], "second": []}], "asks for several authorizers in one alternative"),
    ],
)
def test_every_alternative_has_to_ask_one_custom_authorizer(security: object, says: str) -> None:
    schemes = {
        "key": API_KEY,
        "oauth": {"type": "oauth2", "flows": {}},
        "basic": {"type": "http", "scheme": "basic"},
        "pool": POOL,
        "sigv4": SIGV4,
        "second": GUARD,
    }
    assert says in problem(with_security(security, **schemes))


@pytest.mark.parametrize("security", [[{"guard": [], "key": []}], [{"guard": []}, {"second": []}]])
def test_an_api_key_beside_an_authorizer_and_authorizers_in_turn_pass(security: object) -> None:
    assert_compliant(REST_BODY_RULE, api(with_security(security, key=API_KEY, second=GUARD)))


def authorizer(**changes: object) -> dict[str, Any]:
    return {**GUARD, "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI, **changes}}


@pytest.mark.parametrize(
    ("scheme", "says"),
    [
        (None, "is no object"),
        ({"$ref": "other.json#/guard"}, "has a $ref that leaves the document"),
        ({"$ref": "#/components/securitySchemes/guard"}, "has a $ref that leads back to itself"),
        ({**GUARD, "type": "oauth2"}, "is no apiKey with a name in header or query"),
        ({**GUARD, "in": "cookie"}, "is no apiKey with a name in header or query"),
        ({**GUARD, "x-amazon-apigateway-authorizer": True}, "has an x-amazon-apigateway-authorizer that is no object"),
        ({**GUARD, "x-amazon-apigateway-authtype": "AWSsigv4"}, "stands for AWS_IAM"),
        ({**GUARD, "x-amazon-apigateway-authtype": ["custom"]}, "that is not a text"),
        ({**GUARD, "x-amazon-apigateway-authtype": "cognito_user_pools"}, "has the authtype of a user pool"),
        ({**GUARD, "X-Amazon-Apigateway-Authorizer": {}}, "has an extension of API Gateway that these rules do not"),
        (authorizer(type="jwt"), "has an authorizer of another type"),
        (authorizer(type=None), "has an authorizer of another type"),
        (authorizer(authorizerUri=None), "names no function to ask"),
        (authorizer(authorizerUri="https://example.com/authorize"), "names no function to ask"),
    ],
)
def test_a_scheme_is_a_custom_authorizer_or_none(scheme: object, says: str) -> None:
    assert says in problem(with_scheme(scheme))


@pytest.mark.parametrize("scheme", [authorizer(type="REQUEST"), {**GUARD, "x-amazon-apigateway-authtype": "oauth2"}])
def test_the_forms_of_aws_own_examples_pass(scheme: object) -> None:
    assert_compliant(REST_BODY_RULE, api(with_scheme(scheme)))


@pytest.mark.parametrize(
    "changes",
    [
        {"openapi": None},
        {"openapi": "4.0.0"},
        {"openapi": "2.0"},
        {"openapi": True},
        {"swagger": "2.0"},
        {"openapi": "3.0.1\n"},
    ],
)
def test_a_document_of_another_version_or_of_two_is_not_taken_for_one(changes: dict[str, object]) -> None:
    assert "does not say that it is one of" in problem({**rest_document(), **changes})


def test_swagger_keeps_its_schemes_elsewhere() -> None:
    document = rest_document()
    del document["openapi"]
    schemes = document.pop("components")["securitySchemes"]
    assert "is not defined" in problem({**document, "swagger": "2.0", "components": {"securitySchemes": schemes}})
    assert_compliant(REST_BODY_RULE, api({**document, "swagger": "2.0", "securityDefinitions": schemes}))


@pytest.mark.parametrize("key", ["x-amazon-apigateway-auth", "X-Amazon-Apigateway-Authtype"])
def test_authorization_at_the_root_of_a_document_is_a_violation(key: str) -> None:
    assert "the document has the extension" in problem({**rest_document(), key: {"type": "NONE"}})


@pytest.mark.parametrize("paths", [None, [], "x"])
def test_a_document_without_paths_is_a_violation(paths: object) -> None:
    assert problem({**rest_document(), "paths": paths}) == "in its body, paths is missing or no object."


def test_many_operations_with_one_problem_are_one_violation() -> None:
    document = rest_document()
    document["paths"] |= {f"/path{number}": {"get": {}} for number in range(100)}
    found = problem(document)
    assert found.startswith("in its body, GET of path '/path0', GET of path '/path1'")
    assert "and 95 more each has no security of its own" in found


def test_a_name_cannot_break_the_line_or_fill_the_terminal() -> None:
    document = rest_document()
    document["paths"] = {"/\x1b[2J\n" + "a" * 1_000: {"get": {}}}
    found = problem(document)
    assert "\x1b" not in found
    assert len(found) < 300


def test_of_a_secret_body_nothing_is_named() -> None:
    document = with_security([{"hunter2": []}, {"guard": []}])
    document["paths"]["/hunter2"] = {"get": {}, "hunter2": {}}
    body = api(document)
    marked = Declared(type=body.type, name="api", properties={"body": secret(body.properties["body"])})
    verdict = judge(REST_BODY_RULE, marked)
    assert "hunter2" not in verdict.text
    assert "GET of path number 2 has no security of its own" in verdict.text
    assert "path number 2 has the entry number 2, which these rules do not know" in verdict.text
    assert "names the scheme number 1, which is not defined" in verdict.text


def problems_where(accepted: list[str], document: object, rule: Rule = REST_BODY_RULE) -> list[str]:
    declared = api(document, rule)
    resource = Resource(type=declared.type, name="api", urn="urn", properties=declared.properties)
    found = rule.check(resource, Settings({"accepted": accepted}))  # pyright: ignore[reportArgumentType]  # a rule on resources
    return [finding.problem for finding in found if isinstance(finding, Violation)]


@pytest.mark.parametrize(
    ("accepted", "scheme", "passes"),
    [
        ("COGNITO_USER_POOLS", POOL, True),
        ("AWS_IAM", POOL, False),
        ("AWS_IAM", SIGV4, True),
        ("COGNITO_USER_POOLS", SIGV4, False),
        ("COGNITO_USER_POOLS", {**POOL, "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"}}, False),
        ("COGNITO_USER_POOLS", API_KEY, False),
    ],
)
def test_what_is_accepted_is_judged_as_strictly(accepted: str, scheme: object, passes: bool) -> None:  # a parameter
    assert (problems_where([accepted], with_scheme(scheme)) == []) is passes


def test_iam_by_the_extension_of_an_operation_passes_where_it_is_accepted() -> None:
    document = with_path({"get": {"x-amazon-apigateway-auth": {"type": "aws_iam"}}})
    assert problems_where(["AWS_IAM"], document) == []
    assert len(problems_where(["COGNITO_USER_POOLS"], document)) == 1
    assert len(problems_where(["AWS_IAM"], with_path({"get": {"x-amazon-apigateway-auth": {"type": "NONE"}}}))) == 1


def jwt(**changes: object) -> dict[str, Any]:
    document = http_document()
    configuration = {"issuer": "https://issuer.example.com", "audience": ["shop"], **changes}
    document["components"]["securitySchemes"]["guard"] = {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": configuration},
    }
    return document


def test_a_jwt_authorizer_passes_where_it_is_accepted_and_says_whose_tokens_it_takes() -> None:
    assert problems_where(["JWT"], jwt(), HTTP_BODY_RULE) == []
    assert len(problems_where(["AWS_IAM"], jwt(), HTTP_BODY_RULE)) == 1
    assert len(problems_where(["JWT"], jwt(audience=[]), HTTP_BODY_RULE)) == 1
    assert len(problems_where(["JWT"], jwt(issuer=""), HTTP_BODY_RULE)) == 1


@pytest.mark.parametrize("changes", [{"openapi": "2.0"}, {"openapi": None}])
def test_an_http_api_imports_openapi_3_alone(changes: dict[str, object]) -> None:
    assert "does not say that it is one of openapi 3.0" in problem({**http_document(), **changes}, HTTP_BODY_RULE)


def test_a_token_authorizer_is_none_of_an_http_api() -> None:
    document = http_document()
    document["components"]["securitySchemes"]["guard"]["x-amazon-apigateway-authorizer"]["type"] = "token"
    assert "has an authorizer of another type than request or jwt" in problem(document, HTTP_BODY_RULE)
