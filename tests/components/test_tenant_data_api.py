"""The tenant data API as it is registered: who guards what, and what each function may touch."""

import dataclasses
import json
import re
from typing import Any

import pytest

from components.cors import Cors
from components.errors import ArgumentError
from components.tenant_functions import TOKEN_CLAIMS
from components.tenant_monitoring import Watched, alarms, dashboard
from components.tenant_role import DATA_ACTIONS, IDEMPOTENCY_ACTIONS, trust_policy
from components.tenant_settings import TenantDataApiArgs
from tenant_data.operations import OPERATIONS as DATA_OPERATIONS
from tenant_data.operations import tenant_actions
from tenant_keys.operations import OPERATIONS as KEY_OPERATIONS
from tests.components.built_samples import built
from tests.components.rest_api import AUTHORIZER, METHOD, RESOURCE, RESPONSE, inputs_by_name, is_guarded
from tests.components.samples import TAGS, tenant_data_api
from tests.functions.keys.world import World
from tests.functions.tenant_data.support import TenantData
from tests.support.mocks import Registration, Stack, deploy

FUNCTION = "aws:lambda/function:Function"
PYTHON_FUNCTION = "gatehouse:index:PythonFunction"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
TABLE = "aws:dynamodb/table:Table"


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The API by itself."""
    return built("TenantDataApi")


def statements(stack: Stack, name: str) -> dict[str, Any]:
    """The statements of a role's policy by their ids."""
    return {each["Sid"]: each for each in json.loads(stack.one(POLICY, name).inputs["policy"])["Statement"]}


def table_arn(purpose: str) -> str:
    return f"arn:aws:dynamodb:ap-southeast-3:111122223333:table/tenant-api-{purpose}-1a2b3c4"


def routes(stack: Stack) -> dict[str, Registration]:
    """The methods by `GET /data`."""
    prefix = "tenant-api-"
    return {method.name.removeprefix(prefix).replace("/", " /", 1): method for method in stack.of_type(METHOD)}


def test_the_routes_are_those_that_the_functions_serve(stack: Stack) -> None:
    served = {f"{each.method} {each.resource}" for each in (*DATA_OPERATIONS, *KEY_OPERATIONS)}
    assert set(routes(stack)) == served | {"POST /auth"}
    assert all(is_guarded(method, stack) for method in stack.of_type(METHOD))


@pytest.mark.parametrize(
    ("path", "authorizer"), [("/admin", "admin-key"), ("/auth", "key-exchange"), ("/data", "tenant-token")]
)
def test_each_part_is_behind_its_own_chain(stack: Stack, path: str, authorizer: str) -> None:
    guarded = [method for route, method in routes(stack).items() if route.partition(" ")[2].startswith(path)]
    assert guarded
    assert {each.inputs["authorizerId"] for each in guarded} == {f"id-of-tenant-api-{authorizer}-authorizer"}


def test_only_decisions_about_tokens_are_kept_and_half_as_long_as_a_revocation_may_take(stack: Stack) -> None:
    kept = {name: each["authorizerResultTtlInSeconds"] for name, each in inputs_by_name(stack, AUTHORIZER).items()}
    assert kept == {
        "tenant-api-admin-key-authorizer": 0,
        "tenant-api-key-exchange-authorizer": 0,
        "tenant-api-tenant-token-authorizer": 30,
    }
    variables = stack.one(FUNCTION, "tenant-token-authorizer").inputs["environment"]["variables"]
    assert variables["REVOCATION_CACHE_SECONDS"] == "30"


@pytest.mark.parametrize("seconds", [0, 1, 59, 600])
def test_both_caches_together_are_never_longer_than_a_revocation_may_take(seconds: int) -> None:
    args = TenantDataApiArgs(admin_key_secret_name="admin", revocation_seconds=seconds)
    assert args.token_cache_seconds + args.record_cache_seconds == seconds


def test_a_denial_is_401_with_the_authorizers_message(stack: Stack) -> None:
    denied = stack.one(RESPONSE, "tenant-api-ACCESS_DENIED").inputs
    assert denied["statusCode"] == "401"
    assert denied["responseTemplates"] == {
        "application/json": '{"message":"Unauthorized: $context.authorizer.message"}'
    }
    for authorizer in ("admin-key", "key-exchange", "tenant-token"):
        variables = stack.one(FUNCTION, f"{authorizer}-authorizer").inputs["environment"]["variables"]
        assert variables["NOT_AUTHENTICATED_ANSWER"] == "deny"


def test_a_session_reaches_only_items_whose_key_is_its_tenant_and_only_as_the_operations_need(stack: Stack) -> None:
    own_rows = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/customer_id}"},
        "Null": {"dynamodb:LeadingKeys": "false", "aws:PrincipalTag/customer_id": "false"},
    }
    found = statements(stack, "tenant-api-rows-policy")
    assert set(found) == {"TenantRows", "TenantIdempotency"}
    assert all(each["Condition"] == own_rows for each in found.values())
    assert {
        "data": tuple(found["TenantRows"]["Action"]),
        "idempotency": tuple(found["TenantIdempotency"]["Action"]),
    } == (tenant_actions())
    assert tenant_actions() == {"data": DATA_ACTIONS, "idempotency": IDEMPOTENCY_ACTIONS}
    assert [found["TenantRows"]["Resource"], found["TenantIdempotency"]["Resource"]] == [
        [table_arn("customer-data")],
        [table_arn("idempotency")],
    ]


def test_only_the_data_function_begins_sessions_and_only_with_the_tenants_tag(stack: Stack) -> None:
    trust = json.loads(stack.one(ROLE, "tenant-api-rows").inputs["assumeRolePolicy"])
    assert trust == json.loads(trust_policy(stack.one(PYTHON_FUNCTION, "tenant-data").outputs["role_arn"]))
    [statement] = trust["Statement"]
    assert statement["Condition"] == {
        "StringLike": {"aws:RequestTag/customer_id": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["customer_id"]},
    }
    begins = [each.name for each in stack.of_type(POLICY) if "sts:AssumeRole" in each.inputs["policy"]]
    assert begins == ["tenant-data-policy"]
    role = statements(stack, "tenant-data-policy")["BeginTenantSessions"]["Resource"]
    assert role == [stack.one(FUNCTION, "tenant-data").inputs["environment"]["variables"]["TENANT_ROLE_ARN"]]
    assert role == ["arn:aws:iam::111122223333:role/" + stack.one(ROLE, "tenant-api-rows").inputs["name"]]


def test_the_data_functions_own_role_reaches_no_row(stack: Stack) -> None:
    rows = [table_arn("customer-data"), table_arn("idempotency")]
    for policy in stack.of_type(POLICY):
        if policy.name != "tenant-api-rows-policy":
            assert not any(arn in policy.inputs["policy"] for arn in rows), policy.name


def test_nobody_may_scan_delete_a_table_or_change_what_is_in_the_audit_trail(stack: Stack) -> None:
    granted = {
        action
        for policy in stack.of_type(POLICY)
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        for action in statement["Action"]
    }
    assert {action for action in granted if action.startswith("logs:")} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert {action for action in granted if action.startswith("dynamodb:")} == {
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    }


def test_every_table_is_on_demand_encrypted_recoverable_and_protected(stack: Stack) -> None:
    tables = stack.of_type(TABLE)
    assert len(tables) == 5
    for table in tables:
        assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
        assert table.inputs["pointInTimeRecovery"]["enabled"] is True
        assert table.inputs["serverSideEncryption"]["enabled"] is True
        assert table.inputs["deletionProtectionEnabled"] is True


def test_rows_expire_where_they_are_records_of_the_moment_and_tenants_rows_never(stack: Stack) -> None:
    expiring = {each.name: "ttl" in each.inputs for each in stack.of_type(TABLE)}
    assert expiring == {
        "tenant-api-api-keys": True,
        "tenant-api-customer-data": False,
        "tenant-api-idempotency": True,
        "tenant-api-lockouts": True,
        "tenant-api-usage": True,
    }


def test_protection_against_deletion_is_a_setting() -> None:
    stack = deploy(lambda: tenant_data_api(deletion_protection=False))
    assert {each.inputs["deletionProtectionEnabled"] for each in stack.of_type(TABLE)} == {False}


def test_issuer_and_verifier_agree_on_the_tokens_claims(stack: Stack) -> None:
    for name in ("key-exchange", "tenant-token-authorizer"):
        variables = stack.one(FUNCTION, name).inputs["environment"]["variables"]
        assert {claim: variables[claim] for claim in TOKEN_CLAIMS} == TOKEN_CLAIMS


def test_the_origin_of_web_pages_reaches_the_preflights_and_the_answers() -> None:
    stack = deploy(lambda: tenant_data_api(cors=Cors(allow_origin="https://app.example.com")))
    paths = {each.name for each in stack.of_type(RESOURCE)} - {"tenant-api/admin"}
    preflights = [method for method in stack.of_type(METHOD) if method.inputs["httpMethod"] == "OPTIONS"]
    assert len(preflights) == len(paths)
    for name in ("tenant-keys", "key-exchange", "tenant-data"):
        variables = stack.one(FUNCTION, name).inputs["environment"]["variables"]
        assert variables["CORS_ALLOW_ORIGIN"] == "https://app.example.com"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute: 0; use 1 to 60000"),
        ({"revocation_seconds": 601}, "revocation_seconds: 601; use 0 to 600"),
        ({"revocation_seconds": -1}, "revocation_seconds: -1; use 0 to 600"),
        ({"lockout_source_failures": 0}, "lockout_source_failures: 0; it must be 1 or more"),
        ({"audit_retention_days": 2}, "log_retention_days: 2 is not offered"),
    ],
)
def test_a_number_that_would_switch_a_protection_off_is_refused(changes: dict[str, int], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        dataclasses.replace(TenantDataApiArgs(admin_key_secret_name="admin", tags=TAGS), **changes)  # pyright: ignore[reportArgumentType] -- integers all


WATCHED = Watched(
    api_name="tenant-api", stage_name="prod", data_function="data", functions=["data", "keys"], authorizers=["guard"]
)


def test_alarms_tell_what_happened_and_have_names_of_their_own() -> None:
    found = alarms(WATCHED)
    assert len({alarm.name for alarm in found}) == len(found)
    assert all(alarm.description.endswith(".") for alarm in found)
    watched = {alarm.dimensions.get("FunctionName") for alarm in found}
    assert {"data", "keys", "guard"} < watched


def test_the_dashboard_shows_what_was_asked_for_and_no_metric_per_tenant() -> None:
    body = dashboard(WATCHED, region="eu-central-1", log_group="/aws/lambda/data")
    titles = [widget["properties"]["title"] for widget in body["widgets"]]
    assert titles == [
        "Requests",
        "Denials by reason",
        "Latency (ms)",
        "Throttles",
        "Answers of the data function by outcome",
        "Ten busiest tenants",
    ]
    of_metrics = [widget for widget in body["widgets"] if widget["type"] == "metric"]
    assert "customer_id" not in json.dumps(of_metrics)
    places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert len(set(places)) == len(places)


def test_what_the_dashboard_searches_for_is_what_the_functions_write() -> None:
    """A term that no line has would find nothing, for ever and without an error."""
    over_limit, world = TenantData(limit=0), World()
    assert over_limit("GET").status == 429
    world.auth("no key")
    world.data("no token")
    lines = [*over_limit.log, *world.log, *world.data_authorizer.log]
    written = [json.loads(line) for line in lines if "_aws" in line]
    names = {"data": "tenant-data", "guard": "lambda-authorizer"}  # as the two are called in the tests of functions
    watched = Watched(
        api_name="api",
        stage_name="prod",
        data_function=names["data"],
        functions=[names["data"]],
        authorizers=[names["guard"]],
    )
    found = re.findall(
        r"SEARCH\('\{Gatehouse,([^}]+)\} (.*?)', 'Sum'",
        json.dumps(dashboard(watched, region="eu-central-1", log_group="/x")).replace('\\"', '"'),
    )
    assert len(found) == 4
    for dimensions, terms in found:
        wanted = dict(re.findall(r'(\w+)="([^"]+)"', terms))
        metric = wanted.pop("MetricName")
        assert any(
            dimensions.split(",") in directive["Dimensions"]
            and metric in {each["Name"] for each in directive["Metrics"]}
            and all(line[name] == value for name, value in wanted.items())
            for line in written
            for directive in line["_aws"]["CloudWatchMetrics"]
        ), (dimensions, terms)
