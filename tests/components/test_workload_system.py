"""The workload system as it is registered, its settings, and the page about it."""

import json
import re
from typing import Any

import pytest

from components.custom_authorizer import AuthorizerType, CustomAuthorizer, CustomAuthorizerArgs
from components.errors import SettingError
from components.function_platform import FunctionPlatform
from components.function_settings import VpcSettings
from components.packaging import FUNCTIONS_DIRECTORY
from components.program import build
from components.settings import Settings, read_settings
from components.settings.workload import KEYS
from components.spiffe_trust import SpiffeRouteRule, SpiffeTrust
from components.spiffe_verifier_layer import SpiffeVerifierLayer, SpiffeVerifierLayerArgs
from tests.components.rest_api import AUTHORIZER, METHOD, RESPONSE, is_guarded
from tests.components.stack_settings import ROOT, SANDBOX_URL, declared, sandbox_settings
from tests.support.mocks import Registration, Stack, deploy

FUNCTION = "aws:lambda/function:Function"
LAYER = "aws:lambda/layerVersion:LayerVersion"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PAGE = ROOT / "docs" / "how-to" / "spiffe.md"
VPC = {"workloadVpcSubnetIds": ["subnet-1", "subnet-2"], "workloadVpcSecurityGroupIds": ["sg-1"]}


def only_workload(**changes: Any) -> dict[str, Any]:
    """The sandbox's settings with the workload system alone."""
    switches = [key.removeprefix("gatehouse:") for key in declared() if key.endswith("Enabled")]
    return sandbox_settings(**{**dict.fromkeys(switches, False), "workloadEnabled": True, **changes})


def workload(**changes: Any) -> Stack:
    return deploy(lambda: build(read_settings()), settings=only_workload(**changes))


@pytest.fixture(scope="module")
def stack() -> Stack:
    return workload()


def functions(stack: Stack) -> dict[str, Registration]:
    return {each.inputs["name"]: each for each in stack.of_type(FUNCTION)}


def test_get_whoami_is_behind_the_chain_spiffe_and_nothing_is_kept(stack: Stack) -> None:
    method = stack.one(METHOD)
    assert (method.inputs["httpMethod"], method.name) == ("GET", "workload-api-GET/whoami")
    assert is_guarded(method, stack)
    authorizer = stack.one(AUTHORIZER).inputs
    assert (authorizer["type"], authorizer["identitySource"]) == ("REQUEST", "method.request.header.Authorization")
    assert authorizer["authorizerResultTtlInSeconds"] == 0


def test_who_is_not_authenticated_is_answered_401_and_who_is_not_permitted_403(stack: Stack) -> None:
    statuses = {each.inputs["responseType"]: each.inputs.get("statusCode") for each in stack.of_type(RESPONSE)}
    assert (statuses["UNAUTHORIZED"], statuses["ACCESS_DENIED"]) == ("401", "403")


def test_the_authorizer_takes_the_library_from_the_layer_and_knows_whom_to_trust(stack: Stack) -> None:
    inputs = functions(stack)["spiffe-authorizer"].inputs
    assert inputs["layers"] == [stack.one("gatehouse:index:SpiffeVerifierLayer").outputs["arn"]]
    assert {name.partition("/")[0] for name in inputs["code"].assets} == {"authorizer", "plugins"}
    assert inputs["environment"]["variables"] == {
        "EXPECTED_AUDIENCE": "api://poc",
        "JWKS_REFRESH": "120s",
        "OIDC_ISSUER_URL": f"{SANDBOX_URL}/_gatehouse/spiffe/company.internal",
        "PLAIN_HTTP_ISSUERS": "allowed",
        "REQUIRED_TRUST_DOMAIN": "spiffe://company.internal",
        "SPIFFE_ROUTE_RULES": '[{"route":"GET /whoami","prefixes":["spiffe://company.internal/ns/prod"]}]',
        "SPIFFE_VERIFICATION": "extension",
    }


def test_the_backend_has_no_layer_and_knows_nothing_of_trust(stack: Stack) -> None:
    inputs = functions(stack)["whoami"].inputs
    assert "layers" not in inputs
    assert "environment" not in inputs


def test_no_function_may_do_more_than_write_its_log_and_its_traces(stack: Stack) -> None:
    for policy in stack.of_type(POLICY):
        services = {
            action.partition(":")[0]
            for statement in json.loads(policy.inputs["policy"])["Statement"]
            for action in statement["Action"]
        }
        assert services == {"logs", "xray"}, policy.name


@pytest.fixture(scope="module")
def other() -> Stack:
    """The same with everything else that the settings offer."""
    return workload(
        **VPC,
        architecture="arm64",
        secretsExtensionLayerArn="",
        workloadCorsAllowOrigin="https://app.example.com",
        workloadExtension=False,
        workloadRuntime="python3.12",
    )


def test_the_extension_can_be_switched_off(other: Stack) -> None:
    variables = functions(other)["spiffe-authorizer"].inputs["environment"]["variables"]
    assert variables["SPIFFE_VERIFICATION"] == "in_process"


def test_without_a_vpc_nothing_is_in_one(stack: Stack) -> None:
    assert not [name for name, each in functions(stack).items() if "vpcConfig" in each.inputs]
    assert not [each for each in stack.of_type(ATTACHMENT) if each.name.endswith("-vpc-policy")]


def test_both_functions_are_in_the_vpc_of_spire(other: Stack) -> None:
    configured = {name: each.inputs["vpcConfig"] for name, each in functions(other).items()}
    expected = {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    assert configured == {"spiffe-authorizer": expected, "whoami": expected}
    attached = {each.name for each in other.of_type(ATTACHMENT) if each.name.endswith("-vpc-policy")}
    assert attached == {"spiffe-authorizer-vpc-policy", "whoami-vpc-policy"}


def test_the_layer_is_for_the_runtime_and_architecture_of_the_settings(other: Stack) -> None:
    layer = other.one(LAYER).inputs
    assert (layer["compatibleRuntimes"], layer["compatibleArchitectures"]) == (["python3.12"], ["arm64"])
    for function in functions(other).values():
        assert (function.inputs["runtime"], function.inputs["architectures"]) == ("python3.12", ["arm64"])


def test_web_pages_of_the_origin_may_call(other: Stack) -> None:
    variables = functions(other)["whoami"].inputs["environment"]["variables"]
    assert variables == {"CORS_ALLOW_ORIGIN": "https://app.example.com"}
    assert {each.inputs["httpMethod"] for each in other.of_type(METHOD)} == {"GET", "OPTIONS"}


def settings(**changes: Any) -> Settings:
    return deploy(read_settings, settings=only_workload(**changes)).result


def test_the_settings_become_typed_values() -> None:
    read = settings(
        workloadRouteRules=[
            {"route": "GET /whoami", "spiffeIds": ["spiffe://company.internal/a"], "prefixes": []},
            {"route": "* /orders/*", "prefixes": ["spiffe://company.internal"]},
        ],
        **VPC,
    ).workload
    assert read is not None
    assert read.extension is True
    assert read.vpc == VpcSettings(subnet_ids=VPC["workloadVpcSubnetIds"], security_group_ids=["sg-1"])
    assert read.trust.trust_domains == ["company.internal"]
    assert list(read.trust.route_rules) == [
        SpiffeRouteRule(route="GET /whoami", spiffe_ids=["spiffe://company.internal/a"], prefixes=[]),
        SpiffeRouteRule(route="* /orders/*", prefixes=["spiffe://company.internal"]),
    ]


def test_a_stack_that_names_nobody_to_trust_deploys_the_system_only_where_it_is_switched_on() -> None:
    nobody = {"workloadTrustDomains": [], "workloadIssuerUrls": []}
    assert settings(workloadEnabled=False, **nobody).workload is None
    with pytest.raises(SettingError, match="gatehouse:workloadTrustDomains cannot be used"):
        settings(**nobody)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"workloadAudiences": []}, "gatehouse:workloadAudiences cannot be used (audiences: name at least one"),
        ({"workloadAudiences": "api://poc"}, "gatehouse:workloadAudiences is not"),
        ({"workloadAudiences": [7]}, "gatehouse:workloadAudiences is not a list of texts"),
        ({"workloadJwksRefresh": "soon"}, "gatehouse:workloadJwksRefresh cannot be used (jwks_refresh: 'soon'"),
        ({"workloadIssuerUrls": []}, "gatehouse:workloadIssuerUrls cannot be used (issuer_urls: 0 sources for 1"),
        ({"workloadPlainHttpIssuers": False}, "gatehouse:workloadIssuerUrls cannot be used (issuer_urls: http://"),
        ({"workloadTrustBundleUrls": ["https://a.example"]}, "gatehouse:workloadTrustBundleUrls cannot be used"),
        ({"workloadTrustDomains": ["Company"]}, "gatehouse:workloadTrustDomains cannot be used (trust_domains"),
        ({"workloadRouteRules": []}, "gatehouse:workloadRouteRules cannot be used (route_rules: there is none"),
        ({"workloadRouteRules": {"route": "GET /whoami"}}, "gatehouse:workloadRouteRules is not a list of rules"),
        ({"workloadRouteRules": ["GET /whoami"]}, "gatehouse:workloadRouteRules has a rule without a route"),
        ({"workloadRouteRules": [{"prefixes": []}]}, "gatehouse:workloadRouteRules has a rule without a route"),
        (
            {"workloadRouteRules": [{"route": "GET /whoami", "spiffeId": []}]},
            "gatehouse:workloadRouteRules has a rule without a route, or with members other than",
        ),
        (
            {"workloadRouteRules": [{"route": "GET /whoami", "prefixes": "spiffe://company.internal"}]},
            "gatehouse:workloadRouteRules cannot be used (route_rules: GET /whoami: prefixes: must be a list",
        ),
        ({"workloadRouteRules": [{"route": 7}]}, "gatehouse:workloadRouteRules cannot be used"),
        ({"workloadVpcSubnetIds": ["subnet-1"]}, "gatehouse:workloadVpcSecurityGroupIds cannot be used (vpc:"),
        ({"workloadVpcSecurityGroupIds": ["sg-1"]}, "gatehouse:workloadVpcSubnetIds cannot be used (vpc:"),
        ({"workloadRuntime": "python3.9"}, "gatehouse:workloadRuntime is 'python3.9', but must be one of"),
        ({"workloadExtension": "perhaps"}, "gatehouse:workloadExtension is not of the type"),
        ({"workloadCorsAllowOrigin": "app.example.com/"}, "gatehouse:workloadCorsAllowOrigin cannot be used"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_its_key(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError) as refused:
        settings(**changes)
    assert says in str(refused.value)
    assert "correct it with: pulumi config set" in str(refused.value)


def test_the_page_names_every_setting_and_none_that_is_not() -> None:
    switches = {"workloadEnabled", "workloadRuntime", "workloadCorsAllowOrigin"}  # as every system has them
    assert set(re.findall(r"`(workload[A-Z]\w+)`", PAGE.read_text())) | switches == KEYS


def test_the_pages_program_deploys() -> None:
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {
        "AuthorizerType": AuthorizerType,
        "CustomAuthorizer": CustomAuthorizer,
        "CustomAuthorizerArgs": CustomAuthorizerArgs,
        "FUNCTIONS_DIRECTORY": FUNCTIONS_DIRECTORY,
        "SpiffeRouteRule": SpiffeRouteRule,
        "SpiffeTrust": SpiffeTrust,
        "SpiffeVerifierLayer": SpiffeVerifierLayer,
        "SpiffeVerifierLayerArgs": SpiffeVerifierLayerArgs,
        "platform": FunctionPlatform(),
    }
    stack = deploy(lambda: exec(snippet, names))  # noqa: S102 - the page's own code
    variables = functions(stack)["orders-authorizer"].inputs["environment"]["variables"]
    assert variables["OIDC_ISSUER_URL"] == "https://oidc.company.internal"
    assert variables["SPIFFE_VERIFICATION"] == "extension"
