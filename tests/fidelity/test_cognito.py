"""Cognito issues tokens to machines as AWS does: the trigger decides, and any active client secret counts."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import code_of
from tests.support.cognito import MachinePool, machine_pool
from tests.support.sandbox import RunningSandbox

BINDING = """
def handler(event, context):
    thumbprint = event["request"].get("clientMetadata", {}).get("thumbprint")
    if not thumbprint:
        raise RuntimeError("no thumbprint")
    claims = {"cnf": {"x5t#S256": thumbprint}, "iss": "https://evil.example", "exp": 4102444800, "scope": "everything"}
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {
        "claimsToAddOrOverride": claims, "claimsToSuppress": ["jti", "client_id"]}}}
    return event
"""
NONSENSE = "def handler(event, context):\n    return 'yes'\n"


@pytest.fixture(scope="module")
def pool(sandbox: RunningSandbox) -> MachinePool:
    made = machine_pool(sandbox, "machines")
    made.trigger("binding", BINDING)
    return made


def _rotating(pool: MachinePool) -> str:
    return pool.api.add_user_pool_client_secret(**pool.where)["ClientSecretDescriptor"]["ClientSecretValue"]


def test_a_token_is_bound_by_the_trigger_and_says_its_version(pool: MachinePool) -> None:
    answer = pool.token(metadata={"thumbprint": "abc"}, scope="orders/read")
    assert answer.status == 200
    assert answer.claims["cnf"] == {"x5t#S256": "abc"}
    assert answer.claims["version"] == 2
    assert "origin_jti" not in answer.claims
    assert answer.body["token_type"] == "Bearer"


def test_a_trigger_cannot_write_what_cognito_vouches_for(pool: MachinePool) -> None:
    claims = pool.token(metadata={"thumbprint": "abc"}, scope="orders/read").claims
    assert claims["iss"].endswith(pool.pool_id)
    assert claims["exp"] < 4102444800
    assert claims["scope"] == "orders/read"
    assert claims["client_id"] == pool.client_id
    assert claims["jti"]


def test_a_trigger_that_raises_means_no_token(pool: MachinePool) -> None:
    answer = pool.token(scope="orders/read")
    assert answer.status == 400
    assert answer.body == {
        "error": "invalid_request",
        "error_description": "PreTokenGeneration failed with error",
    }


@pytest.mark.parametrize(("source", "permitted"), [(NONSENSE, True), (BINDING, False)], ids=["nonsense", "forbidden"])
def test_a_trigger_that_answers_nonsense_or_may_not_be_invoked_means_no_token(
    sandbox: RunningSandbox, source: str, permitted: bool
) -> None:
    name = f"trigger-{permitted}".lower()
    made = machine_pool(sandbox, name)
    made.trigger(name, source, permitted=permitted)
    answer = made.token(metadata={"thumbprint": "abc"})
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")
    assert "access_token" not in answer.body


def test_without_the_modules_a_failed_trigger_lets_an_unbound_token_out(bare: RunningSandbox) -> None:
    made = machine_pool(bare, "open")
    made.trigger("open", BINDING, permitted=False)
    answer = made.token()
    assert answer.status == 200
    assert "cnf" not in answer.claims
    assert "version" not in answer.claims


def test_without_the_modules_a_trigger_writes_any_claim(bare: RunningSandbox) -> None:
    made = machine_pool(bare, "claims")
    made.trigger("claims", BINDING)
    claims = made.token(metadata={"thumbprint": "abc"}).claims
    assert claims["iss"] == "https://evil.example"
    assert "client_id" not in claims


def test_two_secrets_count_until_the_older_one_is_deleted(sandbox: RunningSandbox) -> None:
    made = machine_pool(sandbox, "rotating")
    first = made.api.list_user_pool_client_secrets(**made.where)["ClientSecrets"]
    second = _rotating(made)
    assert {made.token(made.secret).status, made.token(second).status} == {200}
    assert made.token("wrong").body["error"] == "invalid_client"
    assert made.token("").body["error"] == "invalid_client"

    with pytest.raises(ClientError) as refused:
        made.api.add_user_pool_client_secret(**made.where)
    assert code_of(refused.value) == "LimitExceededException"

    made.api.delete_user_pool_client_secret(**made.where, ClientSecretId=first[0]["ClientSecretId"])
    assert made.token(made.secret).body["error"] == "invalid_client"
    assert made.token(second).status == 200
    left = made.api.list_user_pool_client_secrets(**made.where)["ClientSecrets"]
    assert len(left) == 1
    assert "ClientSecretValue" not in left[0]
    with pytest.raises(ClientError) as last:
        made.api.delete_user_pool_client_secret(**made.where, ClientSecretId=left[0]["ClientSecretId"])
    assert code_of(last.value) == "InvalidParameterException"


def test_describing_a_client_tells_its_first_secret_while_that_is_active_and_no_other(sandbox: RunningSandbox) -> None:
    made = machine_pool(sandbox, "described")
    first = made.api.list_user_pool_client_secrets(**made.where)["ClientSecrets"][0]["ClientSecretId"]
    second = _rotating(made)

    def described() -> dict[str, Any]:
        return made.api.describe_user_pool_client(**made.where)["UserPoolClient"]

    assert described()["ClientSecret"] == made.secret
    made.api.delete_user_pool_client_secret(**made.where, ClientSecretId=first)
    assert "ClientSecret" not in described()
    assert second not in str(described())


def test_without_the_modules_a_second_secret_is_unknown(bare: RunningSandbox) -> None:
    made = machine_pool(bare, "single")
    with pytest.raises(ClientError) as refused:
        made.api.add_user_pool_client_secret(**made.where)
    assert code_of(refused.value) == "InvalidAction"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no secret": ({"GenerateSecret": False}, "InvalidOAuthFlowException"),
    "two flows": ({"AllowedOAuthFlows": ["client_credentials", "code"]}, "InvalidOAuthFlowException"),
    "no such scope": ({"AllowedOAuthScopes": ["orders/delete"]}, "ScopeDoesNotExistException"),
}


def _create(pool: MachinePool, change: dict[str, Any]) -> str:
    request = {
        "UserPoolId": pool.pool_id,
        "ClientName": "refused",
        "GenerateSecret": True,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["orders/read"],
        **change,
    }
    try:
        pool.api.create_user_pool_client(**request)
    except ClientError as error:
        return code_of(error)
    return ""


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_an_app_client_that_aws_refuses_is_refused(pool: MachinePool, change: dict[str, Any], code: str) -> None:
    assert _create(pool, change) == code


def test_without_the_modules_such_app_clients_are_made(bare: RunningSandbox) -> None:
    made = machine_pool(bare, "lenient")
    assert {_create(made, change) for change, _ in REFUSED.values()} == {""}


def test_an_update_resets_what_it_does_not_name(sandbox: RunningSandbox) -> None:
    made = machine_pool(sandbox, "reset")
    made.api.update_user_pool_client(**made.where, ClientName="reset")
    assert made.api.describe_user_pool_client(**made.where)["UserPoolClient"]["AllowedOAuthScopes"] == []
    assert made.token().status == 400


def test_a_protected_pool_and_one_with_a_domain_cannot_be_deleted(sandbox: RunningSandbox) -> None:
    made = machine_pool(sandbox, "kept")
    made.api.create_user_pool_domain(Domain="kept", UserPoolId=made.pool_id)
    for setting in ("ACTIVE", "INACTIVE"):
        made.api.update_user_pool(UserPoolId=made.pool_id, DeletionProtection=setting)
        with pytest.raises(ClientError) as refused:
            made.api.delete_user_pool(UserPoolId=made.pool_id)
        assert code_of(refused.value) == "InvalidParameterException"
    made.api.delete_user_pool_domain(Domain="kept", UserPoolId=made.pool_id)
    made.api.delete_user_pool(UserPoolId=made.pool_id)


def test_without_the_modules_a_protected_pool_is_deleted(bare: RunningSandbox) -> None:
    made = machine_pool(bare, "lost")
    made.api.update_user_pool(UserPoolId=made.pool_id, DeletionProtection="ACTIVE")
    made.api.delete_user_pool(UserPoolId=made.pool_id)
