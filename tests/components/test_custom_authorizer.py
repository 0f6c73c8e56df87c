"""`CustomAuthorizer`: the function, its chain in the archive, and settings that API Gateway would accept."""

from pathlib import Path
from typing import Any

import pytest

from components.custom_authorizer import AuthorizerType
from components.errors import ArgumentError
from components.function_settings import ExistingSecret
from components.packaging import FUNCTIONS_DIRECTORY
from tests.components.samples import CHAIN, authorizer_args, custom_authorizer
from tests.support.mocks import deploy

FUNCTION = "aws:lambda/function:Function"
API_KEY_HEADER = "method.request.header.X-Api-Key"


def test_the_archive_has_the_handler_its_libraries_and_the_chain() -> None:
    assets = deploy(custom_authorizer).one(FUNCTION).inputs["code"].assets
    assert {path.split("/")[0] for path in assets} == {"authorizer", "jwt_verification", "secret_store", "plugins"}
    chain = {f"plugins/{path.name}" for path in CHAIN.glob("*.py")}
    assert chain == {path for path in assets if path.startswith("plugins/")}


def test_without_a_plugins_directory_the_built_in_example_is_the_chain() -> None:
    assets = deploy(lambda: custom_authorizer(plugins_directory=None)).one(FUNCTION).inputs["code"].assets
    example = FUNCTIONS_DIRECTORY / "chains" / "example"
    assert {path for path in assets if path.startswith("plugins/")} == {
        f"plugins/{path.name}" for path in example.glob("*.py")
    }


def test_an_hs256_chain_carries_no_third_party_package() -> None:
    assets = deploy(custom_authorizer).one(FUNCTION).inputs["code"].assets
    assert not [path for path in assets if path.startswith(("cryptography", "jwt/", "boto"))]


def test_the_handler_is_the_plugin_chain() -> None:
    assert deploy(custom_authorizer).one(FUNCTION).inputs["handler"] == "authorizer.handler.handle"


def test_it_registers_with_no_api_and_makes_no_role_but_its_own() -> None:
    stack = deploy(custom_authorizer)
    assert not stack.of_type("aws:apigateway/authorizer:Authorizer")
    assert [each.name for each in stack.of_type("aws:iam/role:Role")] == ["guard-role"]


def test_settings_and_secrets_reach_the_function() -> None:
    arn = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key-AbCdEf"
    stack = deploy(
        lambda: custom_authorizer(
            environment={"TOKEN_ISSUER": "us"},
            secret_arns={"KEY_ARN": ExistingSecret(arn)},
            memory_mb=256,
            description="Lets in who orders",
        )
    )
    inputs = stack.one(FUNCTION).inputs
    assert inputs["environment"] == {"variables": {"KEY_ARN": arn, "TOKEN_ISSUER": "us"}}
    assert (inputs["memorySize"], inputs["description"]) == (256, "Lets in who orders")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ttl_seconds": -1}, "ttl_seconds=-1; API Gateway keeps a policy for 0 to 3600 seconds"),
        ({"ttl_seconds": 4000}, "ttl_seconds=4000; API Gateway keeps a policy for 0 to 3600 seconds"),
        ({"identity_sources": ()}, "a TOKEN authorizer takes exactly one header"),
        ({"identity_sources": ("Authorization",)}, "a TOKEN authorizer takes exactly one header"),
        ({"identity_sources": ("method.request.querystring.token",)}, "exactly one header"),
        ({"identity_sources": (API_KEY_HEADER, "method.request.header.Authorization")}, "exactly one header"),
        ({"identity_validation_expression": "("}, "identity_validation_expression is no regular expression"),
        (
            {"type": AuthorizerType.REQUEST, "identity_sources": ()},
            "ttl_seconds=300 without identity_sources; name what the cached policy depends on, or set ttl_seconds=0",
        ),
        ({"type": AuthorizerType.REQUEST, "identity_sources": ("header.X",)}, "'header.X' is none of method.request"),
        (
            {"type": AuthorizerType.REQUEST, "identity_validation_expression": "Bearer .*"},
            "identity_validation_expression is for TOKEN authorizers",
        ),
    ],
)
def test_a_bad_argument_is_refused_by_name_with_what_is_allowed(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        authorizer_args(**changes)
    assert "authorizer guard" in str(refused.value)
    assert says in str(refused.value)


def test_a_request_authorizer_may_do_without_sources_when_nothing_is_cached() -> None:
    args = authorizer_args(type=AuthorizerType.REQUEST, identity_sources=(), ttl_seconds=0)
    assert args.identity_source == ""  # left out, the provider would put Authorization in its place


def test_the_sources_of_a_request_authorizer_are_joined_as_api_gateway_takes_them() -> None:
    sources = (API_KEY_HEADER, "method.request.querystring.tenant", "stageVariables.env", "context.identity.sourceIp")
    assert authorizer_args(type=AuthorizerType.REQUEST, identity_sources=sources).identity_source == ",".join(sources)


def test_a_chain_that_could_not_load_is_refused_before_anything_is_deployed(tmp_path: Path) -> None:
    (tmp_path / "01_check.py").write_text("def validate(:\n")
    with pytest.raises(ArgumentError, match=r"guard: plugins_directory: .*01_check\.py line 1 does not compile"):
        deploy(lambda: custom_authorizer(plugins_directory=tmp_path))


def test_a_value_that_looks_like_a_secret_is_refused() -> None:
    with pytest.raises(ArgumentError, match="JWT_SECRET looks like a secret"):
        deploy(lambda: custom_authorizer(environment={"JWT_SECRET": "use-secrets-manager"}))
