"""Names of what the user left unnamed."""

import re
from dataclasses import replace

import pytest

from sandbox.provider.naming import Naming, automatic_name, with_unique_name
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.resource_type import AutoName
from sandbox.provider.values import Archive, Asset
from tests.provider.cases.iam import LAMBDA_TRUST, policy
from tests.provider.cases.lambda_ import HANDLER
from tests.provider.driver import ProviderDriver, RefusedError

NAME = AutoName(maximum_length=20)
NAMING = Naming(logical_name="hello", seed=b"seed")


def test_a_name_is_the_logical_name_and_seven_digits_of_the_seed() -> None:
    name = automatic_name(NAME, NAMING, {})
    assert name is not None
    assert re.fullmatch("hello-[0-9a-f]{7}", name)
    assert automatic_name(NAME, NAMING, {}) == name
    assert automatic_name(NAME, replace(NAMING, seed=b"another"), {}) != name


def test_without_a_seed_names_differ() -> None:
    unseeded = replace(NAMING, seed=b"")
    assert automatic_name(NAME, unseeded, {}) != automatic_name(NAME, unseeded, {})


def test_a_long_name_is_cut_so_that_aws_takes_it() -> None:
    name = automatic_name(NAME, replace(NAMING, logical_name="a" * 50), {})
    assert name is not None
    assert len(name) == NAME.maximum_length
    assert re.fullmatch("a{12}-[0-9a-f]{7}", name)


def test_an_automatic_name_is_kept_and_a_name_that_the_user_took_away_is_not() -> None:
    assert automatic_name(NAME, NAMING, {"name": "hello-0000000", "__defaults": ["name"]}) == "hello-0000000"
    assert automatic_name(NAME, NAMING, {"name": "by-hand", "__defaults": []}) != "by-hand"


def test_the_stack_s_configuration_decides() -> None:
    assert automatic_name(NAME, replace(NAMING, proposed="proposed"), {}) == "proposed"
    assert automatic_name(NAME, replace(NAMING, disabled=True), {}) is None


def test_a_prefix_makes_names_that_differ_and_sort_by_age() -> None:
    first = with_unique_name(NAME, {"namePrefix": "team-"})["name"]
    second = with_unique_name(NAME, {"namePrefix": "team-"})["name"]
    assert re.fullmatch(r"team-\d{18}[0-9a-f]{8}", first)
    assert first < second
    assert with_unique_name(NAME, {"name": "a", "namePrefix": "b"})["name"] == "a"
    assert with_unique_name(None, {"a": 1}) == {"a": 1}


ACL = {
    "scope": "REGIONAL",
    "defaultAction": {"allow": {}},
    "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "acl", "sampledRequestsEnabled": False},
}
_PREFIXED = {
    "aws:cloudwatch/logGroup:LogGroup": {},
    "aws:iam/policy:Policy": {"policy": policy()},
    "aws:iam/role:Role": {"assumeRolePolicy": LAMBDA_TRUST},
    "aws:secretsmanager/secret:Secret": {"recoveryWindowInDays": 0},
    "aws:wafv2/webAcl:WebAcl": ACL,
}


@pytest.mark.parametrize("token", sorted(_PREFIXED))
def test_a_resource_with_a_prefix_keeps_its_name(aws: ProviderDriver, token: str) -> None:
    made = aws.deploy(token, {**_PREFIXED[token], "namePrefix": "team-"})
    assert made.state["name"].startswith("team-")
    assert made.state["namePrefix"] == "team-"
    assert "name" not in made.inputs
    refreshed = aws.refresh(made)
    assert refreshed is not None
    assert refreshed.state == made.state
    assert refreshed.inputs == made.inputs
    again = aws.check(token, {**_PREFIXED[token], "namePrefix": "team-"}, old=refreshed.inputs).values
    assert not aws.diff(refreshed, again).changed
    other = aws.check(token, {**_PREFIXED[token], "namePrefix": "crew-"}, old=refreshed.inputs).values
    assert aws.diff(refreshed, other).replaces == {"namePrefix"}
    aws.delete(made)


def test_statements_and_inline_policies_have_prefixes_too(aws: ProviderDriver) -> None:
    role = aws.deploy("aws:iam/role:Role", {"assumeRolePolicy": LAMBDA_TRUST})
    inline = aws.deploy("aws:iam/rolePolicy:RolePolicy", {"role": role.id, "policy": policy(), "namePrefix": "logs-"})
    assert inline.state["name"].startswith("logs-")
    function = aws.deploy(
        "aws:lambda/function:Function",
        {
            "role": role.state["arn"],
            "handler": "hello.handle",
            "runtime": "python3.12",
            "code": Archive(assets={"hello.py": Asset(text=HANDLER)}, hash="1"),
        },
    )
    permission = {"function": function.id, "action": "lambda:InvokeFunction", "principal": "s3.amazonaws.com"}
    statement = aws.deploy("aws:lambda/permission:Permission", {**permission, "statementIdPrefix": "s3-"})
    assert statement.id.startswith("s3-")
    assert statement.state["statementIdPrefix"] == "s3-"
    for known in (statement, function, inline, role):
        aws.delete(known)


def test_a_prefix_that_leads_to_a_name_that_aws_does_not_accept_is_refused(aws: ProviderDriver) -> None:
    inputs = {"assumeRolePolicy": LAMBDA_TRUST, "namePrefix": "a b"}
    with pytest.raises(RefusedError, match=r"name: 'a b0{26}' does not match"):
        aws.check("aws:iam/role:Role", inputs)
    with pytest.raises(RefusedError, match=r"name: 'a{40}0{26}' is longer than 64"):
        aws.check("aws:iam/role:Role", {**inputs, "namePrefix": "a" * 40})


@pytest.mark.parametrize("token", [token for token, table in RESOURCE_TYPES.items() if table.auto_name])
def test_a_resource_is_named_unless_the_stack_forbids_it(aws: ProviderDriver, token: str) -> None:
    table = RESOURCE_TYPES[token]
    assert table.auto_name is not None
    with pytest.raises(RefusedError, match=f"{table.auto_name.property}: has no value, and the stack's configuration"):
        aws.check_without_automatic_names(token, {**_REQUIRED.get(token, {})})


_REQUIRED = {
    "aws:apigateway/apiKey:ApiKey": {},
    "aws:apigateway/authorizer:Authorizer": {"restApi": "a1b2c3d4e5"},
    "aws:apigateway/model:Model": {"restApi": "a1b2c3d4e5", "contentType": "application/json"},
    "aws:apigateway/requestValidator:RequestValidator": {"restApi": "a1b2c3d4e5"},
    "aws:cognito/resourceServer:ResourceServer": {"identifier": "orders", "userPoolId": "eu-west-1_a"},
    "aws:cognito/userPoolClient:UserPoolClient": {"userPoolId": "eu-west-1_a"},
    "aws:iam/policy:Policy": {"policy": policy()},
    "aws:iam/role:Role": {"assumeRolePolicy": LAMBDA_TRUST},
    "aws:iam/rolePolicy:RolePolicy": {"policy": policy(), "role": "a"},
    "aws:lambda/alias:Alias": {"functionName": "a", "functionVersion": "1"},
    "aws:lambda/function:Function": {"role": "arn:aws:iam::111122223333:role/a"},
    "aws:lambda/permission:Permission": {"function": "a", "action": "lambda:*", "principal": "s3.amazonaws.com"},
    "aws:ssm/parameter:Parameter": {"type": "String", "value": "a"},
    "aws:wafv2/webAcl:WebAcl": ACL,
}
