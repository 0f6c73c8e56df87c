"""The program with the sandbox's settings: the hello system to the letter, and no secret anywhere."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest

from tests.components.rest_api import METHOD, PERMISSION, STAGE, is_guarded
from tests.components.stack_settings import declared, sandbox_settings
from tests.components.whole_program import MAIN, program_with, run_program
from tests.support.mocks import Registration, Stack, deploy

FUNCTION = "aws:lambda/function:Function"


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    """What the program exported, resolved."""
    return {}


@pytest.fixture(scope="module")
def whole() -> Stack:
    """All systems, as in the sandbox."""
    return program_with()


@pytest.fixture(scope="module")
def stack(exports: dict[str, Any]) -> Stack:
    """The hello system alone."""

    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pulumi, "export", lambda name, value: pulumi.Output.from_input(value).apply(keep(name)))
            run_program()

    def keep(name: str) -> Any:
        return lambda value: exports.update({name: value})

    return deploy(program, settings=sandbox_settings(tenantEnabled=False, workloadEnabled=False))


def functions(stack: Stack) -> dict[str, Registration]:
    return {each.inputs["name"]: each for each in stack.of_type(FUNCTION)}


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            yield name
            yield from texts(member)
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from texts(member)
    elif isinstance(value, pulumi.AssetArchive):
        yield from value.assets


def test_the_functions_api_and_stage_have_the_names_and_runtime_of_the_description(stack: Stack) -> None:
    found = functions(stack)
    assert set(found) == {"hello-world", "lambda-authorizer", "apigw-invoker", "hello-signing-key-rotation"}
    assert {each.inputs["runtime"] for each in found.values()} == {"python3.12"}
    assert stack.one("aws:apigateway/restApi:RestApi").inputs["name"] == "hello-api"
    assert stack.one(STAGE).inputs["stageName"] == "prod"


def test_get_hello_is_custom_and_reaches_hello_world(stack: Stack) -> None:
    method = stack.one(METHOD)
    assert (method.inputs["httpMethod"], method.inputs["authorization"]) == ("GET", "CUSTOM")
    assert stack.one("aws:apigateway/resource:Resource").inputs["pathPart"] == "hello"
    integration = stack.one("aws:apigateway/integration:Integration").inputs
    assert (integration["type"], integration["uri"].endswith(":function:hello-world/invocations")) == (
        "AWS_PROXY",
        True,
    )


@pytest.mark.parametrize("origin", ["", "https://app.example.com"])
def test_every_method_is_custom_or_a_preflight(origin: str) -> None:
    stack = program_with(helloCorsAllowOrigin=origin, tenantCorsAllowOrigin=origin, workloadCorsAllowOrigin=origin)
    methods = stack.of_type(METHOD)
    routes, paths = 12, 8
    assert len(methods) == (routes + paths if origin else routes)
    assert all(is_guarded(method, stack) for method in methods)


def test_the_authorizers_policy_is_not_kept_longer_than_a_token_lives(stack: Stack) -> None:
    assert stack.one("aws:apigateway/authorizer:Authorizer").inputs["authorizerResultTtlInSeconds"] == 0


def test_each_function_has_a_role_of_its_own(stack: Stack) -> None:
    roles = [each.inputs["role"] for each in functions(stack).values()]
    assert len(set(roles)) == len(roles) == 4


def test_hello_world_has_no_secret_no_environment_and_no_right_to_read_one(stack: Stack) -> None:
    assert "environment" not in functions(stack)["hello-world"].inputs
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "hello-world-policy").inputs["policy"]
    assert "secretsmanager" not in policy


def test_signer_and_verifier_may_read_the_signing_key_and_nothing_else(stack: Stack, exports: dict[str, Any]) -> None:
    arn = exports["secrets"]["hello-signing-key"]
    for name in ("lambda-authorizer", "apigw-invoker"):
        policy = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", f"{name}-policy").inputs["policy"])
        secret = [each for each in policy["Statement"] if "secretsmanager" in str(each)]
        assert [(each["Action"], each["Resource"]) for each in secret] == [(["secretsmanager:GetSecretValue"], [arn])]


def test_the_invoker_knows_the_url_of_the_stage_and_signs_what_the_authorizer_accepts(
    stack: Stack, exports: dict[str, Any]
) -> None:
    variables = {
        name: each.inputs["environment"]["variables"]
        for name, each in functions(stack).items()
        if name != "hello-world"
    }
    invoker, authorizer = variables["apigw-invoker"], variables["lambda-authorizer"]
    assert invoker["API_URL"] == exports["apis"]["hello-api"]["url"]
    for name in ("TOKEN_ISSUER", "TOKEN_AUDIENCE", "SIGNING_KEY_SECRET_ARN", "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"):
        assert invoker[name] == authorizer[name]


def test_the_exports_are_what_tools_read(exports: dict[str, Any], stack: Stack) -> None:
    assert exports == {
        "apis": {
            "hello-api": {
                "url": stack.one("gatehouse:index:ApiStage").outputs["invoke_url"],
                "stage": "prod",
                "routes": [{"method": "GET", "path": "/hello", "authorizer": "lambda-authorizer"}],
            }
        },
        "functions": {"invoker": "apigw-invoker"},
        "secrets": {"hello-signing-key": stack.one("gatehouse:index:ManagedSecret").outputs["arn"]},
    }


SECRET_SHAPES = {
    "private key": r"-----BEGIN",
    "AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "token": r"\beyJ[\w-]+\.",
    "the description's own example": r"mysecret",
    "a name for a value": r"JWT_SECRET|PASSWORD|PRIVATE_KEY",
    "256 random bits in base64": r"(?<![\w/+=-])(?=[A-Za-z_+/-]{0,42}\d)[A-Za-z0-9_+/-]{43}=?(?![\w/+=-])",
    "256 random bits in hexadecimal": r"\b[0-9a-f]{64}\b",
}


def test_no_input_of_any_resource_holds_anything_that_looks_like_a_secret(whole: Stack) -> None:
    looked_at = 0
    for resource in whole.registrations:
        inputs = {name: value for name, value in resource.inputs.items() if name != "triggers"}
        for text in texts(inputs):
            looked_at += 1
            for what, shape in SECRET_SHAPES.items():
                assert not re.search(shape, text), f"{resource.name}: {what}"
    assert looked_at > 1_000


def test_the_search_for_secrets_finds_one_where_there_is_one() -> None:
    key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
    assert re.search(SECRET_SHAPES["256 random bits in base64"], f'{{"key": "{key}"}}')
    assert list(texts({"a": [{"b": key}]})) == ["a", "b", key]


def test_the_only_secret_versions_are_public_placeholders(whole: Stack) -> None:
    versions = whole.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    assert [version.inputs["secretString"] for version in versions] == ["{}"] * 4


def test_environments_hold_arns_and_plain_settings_only(stack: Stack) -> None:
    plain = {
        "TOKEN_ISSUER": "apigw-invoker",
        "TOKEN_AUDIENCE": "hello-api",
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773",
        "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false",
        "SECRET_KIND": "hs256-signing-key",
    }
    for function in functions(stack).values():
        for name, value in function.inputs.get("environment", {}).get("variables", {}).items():
            assert value == plain.get(name) or value.startswith(("arn:aws:", "https://")), f"{function.name}: {name}"


def test_every_permission_names_its_source(whole: Stack) -> None:
    assert all(each.inputs["sourceArn"].startswith("arn:aws:") for each in whole.of_type(PERMISSION))


def test_functions_of_different_systems_do_not_share_a_name(whole: Stack) -> None:
    names = [each.inputs["name"] for each in whole.of_type(FUNCTION)]
    assert sorted(names) == sorted(set(names))


def test_a_stack_with_everything_off_deploys_nothing() -> None:
    switches = [key.removeprefix("gatehouse:") for key in declared() if key.endswith("Enabled")]
    assert len(switches) >= 3
    off = sandbox_settings(**dict.fromkeys(switches, False), manageApiGatewayAccount=False)
    assert [each.type for each in deploy(run_program, settings=off).registrations] == ["pulumi:pulumi:Stack"]


def test_the_entry_point_is_wiring_only() -> None:
    assert len(MAIN.read_text().splitlines()) <= 60
