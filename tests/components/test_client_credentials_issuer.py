"""The issuer of machines' tokens as it is registered: who can get one, what it can say, and where no secret goes."""

import json
from typing import Any

import pytest

from cli.client import enrolment
from components.client_credentials_issuer import CLIENT_SECRETS_TAG, TRIGGER_HANDLER, TRIGGER_PACKAGES
from components.client_credentials_settings import AppClient, Scope, WebAclSettings
from components.errors import ArgumentError
from components.packaging import package_files
from tests.components.built_samples import built
from tests.components.samples import client_credentials_issuer, issuer_args
from tests.support.mocks import Stack, deploy

POOL = "aws:cognito/userPool:UserPool"
INVOCATION = "aws:lambda/invocation:Invocation"
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"
POOL_ID = "ap-southeast-3_Example01"
POOL_ARN = f"arn:aws:cognito-idp:ap-southeast-3:111122223333:userpool/{POOL_ID}"


@pytest.fixture(scope="module")
def stack() -> Stack:
    return built("ClientCredentialsIssuer")


def _outputs(stack: Stack) -> dict[str, Any]:
    return stack.one("gatehouse:index:ClientCredentialsIssuer").outputs


def _statements(stack: Stack, name: str) -> dict[str, Any]:
    return {each["Sid"]: each for each in json.loads(stack.one(POLICY, name).inputs["policy"])["Statement"]}


def test_the_pool_has_no_user_flows_and_is_kept_from_deletion(stack: Stack) -> None:
    pool = stack.one(POOL).inputs
    assert pool["userPoolTier"] == "ESSENTIALS"
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert pool["deletionProtection"] == "ACTIVE"


def test_every_token_passes_the_trigger_that_is_asked_for_machines_too(stack: Stack) -> None:
    trigger = stack.one(FUNCTION, "partners-trigger")
    config = stack.one(POOL).inputs["lambdaConfig"]["preTokenGenerationConfig"]
    assert config["lambdaVersion"] == "V3_0"
    assert config["lambdaArn"].endswith(f":function:{trigger.inputs['name']}")
    assert trigger.inputs["handler"] == TRIGGER_HANDLER
    assert f"{TRIGGER_HANDLER.rpartition('.')[0].replace('.', '/')}.py" in package_files(TRIGGER_PACKAGES)
    assert trigger.inputs["environment"]["variables"]["BINDING_KEY_SECRET_ARN"].startswith("arn:aws:secretsmanager:")


def test_only_this_pool_may_invoke_the_trigger(stack: Stack) -> None:
    permission = stack.one("aws:lambda/permission:Permission", "partners-trigger-permission").inputs
    assert permission["principal"] == "cognito-idp.amazonaws.com"
    assert (permission["sourceArn"], permission["sourceAccount"]) == (POOL_ARN, "111122223333")


def test_no_app_client_passes_through_the_state_and_each_is_made_in_aws(stack: Stack) -> None:
    assert stack.of_type("aws:cognito/userPoolClient:UserPoolClient") == []
    made = stack.one(INVOCATION, "partners-client-acme").inputs
    assert made["lifecycleScope"] == "CRUD"
    assert json.loads(made["input"]) == {
        "name": "acme",
        "scopes": ["partner/orders.read"],
        "token_minutes": 15,
        "user_pool_id": POOL_ID,
    }


def test_scopes_are_there_before_a_client_gets_them_and_the_function_until_it_is_gone(stack: Stack) -> None:
    needed = {urn.rpartition("::")[2] for urn in stack.one(INVOCATION, "partners-client-acme").depends_on}
    assert {"partners-scopes", "partners-app-clients-policy", "partners-app-clients"} <= needed


def test_the_secret_of_a_client_is_made_by_rotation_under_its_prefix(stack: Stack) -> None:
    secret = stack.one("aws:secretsmanager/secret:Secret", "partners-client-acme-secret").inputs
    assert secret["name"] == "partners/clients/acme"
    assert secret["tags"][CLIENT_SECRETS_TAG] == "partners/clients/"
    assert enrolment.CLIENT_SECRETS_TAG == CLIENT_SECRETS_TAG  # the command makes secrets of clients as well
    variables = stack.one(FUNCTION, "partners-client-acme-secret-rotation").inputs["environment"]["variables"]
    assert variables == {"SECRET_KIND": "cognito-app-client", "USER_POOL_ID": POOL_ID, "APP_CLIENT_ID": "appclient1"}
    placeholder = stack.one("aws:secretsmanager/secretVersion:SecretVersion", "partners-client-acme-secret-placeholder")
    assert placeholder.inputs["secretString"] == "{}"


def test_who_makes_app_clients_cannot_read_their_secrets_and_who_rotates_cannot_make_any(stack: Stack) -> None:
    makes = _statements(stack, "partners-app-clients-policy")
    assert makes["ManageAppClients"]["Resource"] == [POOL_ARN]
    assert not any("secretsmanager" in action for each in makes.values() for action in each["Action"])
    assert not any("Secret" in action for each in makes.values() for action in each["Action"])
    rotates = _statements(stack, "partners-client-acme-secret-rotation-policy")["RotateAppClient"]
    assert rotates["Resource"] == [POOL_ARN]
    assert all(action.endswith(("UserPoolClientSecret", "UserPoolClientSecrets")) for action in rotates["Action"])


def test_clients_of_operators_get_their_secrets_by_one_function_that_only_the_tag_lets_at_them(stack: Stack) -> None:
    function = stack.one(FUNCTION, "partners-client-secrets-rotation").inputs
    assert function["environment"]["variables"] == {"SECRET_KIND": "cognito-app-client", "USER_POOL_ID": POOL_ID}
    pattern = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:partners/clients/*"
    rotates = _statements(stack, "partners-client-secrets-rotation-policy")
    assert rotates["RotateSecret"]["Resource"] == [pattern]
    assert rotates["RotateSecret"]["Condition"] == {
        "StringEquals": {f"aws:ResourceTag/{CLIENT_SECRETS_TAG}": "partners/clients/"}
    }
    assert rotates["RotateAppClient"]["Resource"] == [POOL_ARN]
    permission = stack.one("aws:lambda/permission:Permission", "partners-client-secrets-rotation-permission").inputs
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert (permission["sourceArn"], permission["sourceAccount"]) == (pattern, "111122223333")


def test_the_addresses_are_aws_s_own_unless_others_are_given(stack: Stack) -> None:
    outputs = _outputs(stack)
    issuer = f"https://cognito-idp.ap-southeast-3.amazonaws.com/{POOL_ID}"
    assert outputs["issuer_url"] == issuer
    assert outputs["jwks_url"] == f"{issuer}/.well-known/jwks.json"
    domain = "https://partners-example.auth.ap-southeast-3.amazoncognito.com"
    assert outputs["token_endpoint"] == f"{domain}/oauth2/token"
    assert outputs["client_ids"] == {"acme": "appclient1"}

    elsewhere: dict[str, Any] = {
        "token_endpoint": "http://127.0.0.1:4566/oauth2/token",
        "jwks_url": "http://127.0.0.1:4566/{user_pool_id}/jwks.json",
    }
    given = _outputs(deploy(lambda: client_credentials_issuer(**elsewhere)))
    assert given["token_endpoint"] == elsewhere["token_endpoint"]
    assert given["jwks_url"] == f"http://127.0.0.1:4566/{POOL_ID}/jwks.json"
    assert given["issuer_url"] == issuer


def test_a_pool_without_clients_and_without_a_web_acl_is_whole() -> None:
    stack = deploy(lambda: client_credentials_issuer(clients=[], web_acl=None))
    assert _outputs(stack)["client_ids"] == {}
    assert not [each for each in stack.registrations if each.type.startswith("aws:wafv2")]


def test_the_web_acl_refuses_too_many_requests_and_keeps_no_samples_of_credentials(stack: Stack) -> None:
    acl = stack.one("aws:wafv2/webAcl:WebAcl").inputs
    reputation, rate = acl["rules"]
    assert rate["statement"]["rateBasedStatement"] == {"limit": 3000, "aggregateKeyType": "IP"}
    assert "block" in rate["action"]
    assert "none" in reputation["overrideAction"]
    visibilities = [acl["visibilityConfig"], rate["visibilityConfig"], reputation["visibilityConfig"]]
    assert not any(each["sampledRequestsEnabled"] for each in visibilities)
    association = stack.one("aws:wafv2/webAclAssociation:WebAclAssociation").inputs
    assert association["resourceArn"] == POOL_ARN


def test_reading_the_secrets_of_clients_is_a_right_to_nothing_else() -> None:
    found: list[Any] = []

    def program() -> None:
        statement = client_credentials_issuer().read_client_secrets("ReadClientSecrets")
        tag = f"aws:ResourceTag/{CLIENT_SECRETS_TAG}"
        assert statement.condition == {"StringEquals": {tag: "partners/clients/"}}
        assert not isinstance(statement.resources[0], str)
        statement.resources[0].apply(found.append)  # pyright: ignore[reportAttributeAccessIssue] -- an output

    deploy(program)
    assert found == ["arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:partners/clients/*"]


READ = Scope(name="orders.read", description="Read orders")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"issuer_name": "my partners"}, "issuer_name"),
        ({"issuer_name": "x" * 25}, "issuer_name"),
        ({"domain_prefix": "Partners"}, "domain_prefix"),
        ({"domain_prefix": "my-cognito"}, "which AWS reserves"),
        ({"resource_server": "a b"}, "resource_server"),
        ({"token_minutes": 4}, "token_minutes: 4"),
        ({"token_minutes": 1441}, "token_minutes: 1441"),
        ({"scopes": []}, "scopes: give 1 to 100"),
        ({"scopes": [READ, READ]}, "scopes: give 1 to 100"),
        ({"clients": [AppClient(name="acme", scopes=["orders.delete"])]}, "acme: no such scope: orders.delete"),
        ({"clients": [AppClient(name="acme", scopes=["orders.read"])] * 2}, "a name occurs twice"),
        ({"client_secrets_prefix": "gatehouse"}, "client_secrets_prefix"),
        ({"client_secrets_prefix": "/"}, "client_secrets_prefix"),
        ({"client_secrets_prefix": "a*/"}, "client_secrets_prefix"),
    ],
)
def test_what_cognito_would_refuse_is_refused_with_the_argument_s_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        issuer_args(**change)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AppClient(name="Acme", scopes=["a"]), "client 'Acme'"),
        (lambda: AppClient(name="acme", scopes=[]), "scopes must be a list"),
        (lambda: AppClient(name="acme", scopes="orders.read"), "scopes must be a list"),
        (lambda: AppClient(name="acme", scopes=["a", "a"]), "a scope is listed twice"),
        (lambda: Scope(name="orders/read", description="Read"), "scope 'orders/read'"),
        (lambda: Scope(name="orders", description=""), "description"),
        (lambda: WebAclSettings(requests_per_five_minutes=1), "requests_per_five_minutes=1"),
    ],
)
def test_a_part_that_cognito_would_refuse_is_refused_by_itself(build: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        build()
