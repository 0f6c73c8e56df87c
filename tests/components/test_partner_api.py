"""The partner API as it is registered: one way in, nothing kept, and rights for what each function does."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from components.errors import ArgumentError, SettingError
from components.program import build
from components.settings import read_settings
from tests.components.built_samples import built
from tests.components.partner_stack import partner_settings
from tests.components.rest_api import AUTHORIZER, METHOD, RESPONSE, inputs_by_name, is_guarded
from tests.components.samples import partner_api
from tests.components.stack_settings import sandbox_settings
from tests.functions.partners.authority import START, Authority
from tests.support.mocks import Stack, deploy

FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The API by itself."""
    return built("PartnerApi")


def variables(stack: Stack, name: str) -> dict[str, Any]:
    """The environment of a function."""
    [function] = [each for each in stack.of_type(FUNCTION) if each.inputs["name"] == name]
    return function.inputs["environment"]["variables"]


def actions(stack: Stack, role: str) -> set[str]:
    """What the policy of a role allows on resources that it names."""
    statements = json.loads(stack.one(POLICY, f"{role}-policy").inputs["policy"])["Statement"]
    statements = [statement for statement in statements if statement["Sid"] != "SendTraces"]
    assert all("*" not in statement["Resource"] for statement in statements)
    return {action for statement in statements for action in statement["Action"]}


def test_every_method_is_behind_the_chain_that_looks_at_the_certificate(stack: Stack) -> None:
    methods = {method.name.removeprefix("partner-api-"): method for method in stack.of_type(METHOD)}
    assert set(methods) == {"POST/token", "GET/health", "GET/protected"}
    assert all(is_guarded(method, stack) for method in methods.values())


def test_no_decision_is_kept_and_none_is_made_without_asking(stack: Stack) -> None:
    authorizers = stack.of_type(AUTHORIZER)
    assert {each.inputs["name"] for each in authorizers} == {"client-certificate-authorizer", "bound-token-authorizer"}
    for authorizer in authorizers:
        assert authorizer.inputs["type"] == "REQUEST"
        assert authorizer.inputs["authorizerResultTtlInSeconds"] == 0
        assert authorizer.inputs["identitySource"] == ""


def test_the_domain_is_the_only_way_in(stack: Stack) -> None:
    assert stack.one("aws:apigateway/restApi:RestApi").inputs["disableExecuteApiEndpoint"] is True
    domain = stack.one("aws:apigateway/domainName:DomainName").inputs
    assert domain["mutualTlsAuthentication"]["truststoreVersion"]


def test_denials_say_why_as_rfc_6750_has_it(stack: Stack) -> None:
    responses = {each["responseType"]: each for each in inputs_by_name(stack, RESPONSE).values()}
    assert responses["UNAUTHORIZED"]["statusCode"] == "401"
    header = responses["UNAUTHORIZED"]["responseParameters"]["gatewayresponse.header.WWW-Authenticate"]
    assert header == "'Bearer error=\"invalid_token\"'"
    assert responses["ACCESS_DENIED"]["statusCode"] == "403"


def test_the_token_s_issuer_is_fixed_by_the_pool_and_no_secret_is_in_a_variable(stack: Stack) -> None:
    bound = variables(stack, "bound-token-authorizer")
    assert bound["TOKEN_ISSUER"].startswith("https://")
    assert bound["JWKS_URL"] == f"{bound['TOKEN_ISSUER']}/.well-known/jwks.json"
    assert bound["REQUIRED_SCOPES"] == "partner-api/read"
    token = variables(stack, "token-issuer")
    assert token["CLIENT_SECRETS_PREFIX"] == "partner-api/clients/"
    assert token["BINDING_KEY_SECRET_ARN"].startswith("arn:aws:secretsmanager:")
    assert token["COGNITO_TOKEN_URL"].endswith(".amazoncognito.com/oauth2/token")


def test_authorizers_read_standings_and_write_records_and_no_more(stack: Stack) -> None:
    for name in ("client-certificate-authorizer", "bound-token-authorizer"):
        allowed = actions(stack, name)
        assert "dynamodb:BatchGetItem" in allowed
        assert not {each for each in allowed if each.startswith("dynamodb:")} - {"dynamodb:BatchGetItem"}
        assert "secretsmanager:GetSecretValue" not in allowed


def test_the_functions_behind_the_authorizers_reach_no_registry(stack: Stack) -> None:
    for name in ("certificate-health", "protected", "token-issuer"):
        assert not {each for each in actions(stack, name) if each.startswith("dynamodb:")}
    assert "secretsmanager:GetSecretValue" in actions(stack, "token-issuer")


def test_the_registry_is_recoverable_encrypted_and_protected(stack: Stack) -> None:
    table = stack.one("aws:dynamodb/table:Table", "partner-api-clients").inputs
    assert table["hashKey"] == "id"
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["serverSideEncryption"] == {"enabled": True}
    assert table["deletionProtectionEnabled"] is True


def test_a_truststore_with_an_error_is_refused_before_anything_is_made() -> None:
    expired = Authority(not_before=START - timedelta(days=900), not_after=START - timedelta(days=800))
    with pytest.raises(ArgumentError, match=r"truststore: error: certificate 1: .*expired"):
        deploy(lambda: partner_api(truststore=expired.pem))


@pytest.mark.parametrize(("scopes", "told"), [([], "would let every token in"), (["write"], "no such scope: write")])
def test_scopes_that_protect_nothing_are_refused(scopes: list[str], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        deploy(lambda: partner_api(required_scopes=scopes))


def test_the_program_deploys_it_where_the_settings_say_so(tmp_path: Path) -> None:
    settings = partner_settings(tmp_path)
    stack = deploy(
        lambda: build(read_settings()),
        settings=sandbox_settings(helloEnabled=False, tenantEnabled=False, workloadEnabled=False, **settings),
    )
    assert stack.one("gatehouse:index:PartnerApi")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"partnerDomainName": ""}, r"partnerDomainName is empty"),
        ({"partnerCertificateArn": ""}, r"partnerCertificateArn is empty, and so is partnerHostedZoneId"),
        ({"partnerTruststore": "nowhere.pem"}, r"partnerTruststore names nowhere.pem, which cannot be read"),
        ({"partnerTruststore": "README.md"}, r"partnerTruststore"),
        ({"partnerScopes": [{"name": "read"}]}, r"partnerScopes has an element whose members are not"),
        ({"partnerScopes": "read"}, r"partnerScopes is not"),
        ({"partnerClients": [{"name": "acme", "scopes": ["read"], "secret": "x"}]}, r"partnerClients has an element"),
        ({"partnerRequiredScopes": [1]}, r"partnerRequiredScopes is not a list of texts"),
        ({"partnerTokenMinutes": 3}, r"partnerTokenMinutes is 3"),
        ({"partnerRequestsPerFiveMinutes": 5}, r"partnerRequestsPerFiveMinutes cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_its_name(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    settings = {**partner_settings(tmp_path), **changes}
    with pytest.raises(SettingError, match=told):
        deploy(read_settings, settings=sandbox_settings(**settings))
