"""Sessions have the length, the names and the tags that STS permits, and end when they end."""

import contextlib
import json
import re
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fidelity.tenants import Tenants, allow, code_of, document
from tests.support.functions import deploy
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

TAG = [{"Key": "customer_id", "Value": "acme"}]


def _prepared(sandbox: RunningSandbox) -> Tenants:
    tenants = Tenants(sandbox=sandbox)
    tenants.user = _user(sandbox, "begins", ["sts:AssumeRole", "sts:TagSession"])
    return tenants


def _user(sandbox: RunningSandbox, name: str, actions: list[str]) -> dict[str, str]:
    iam = sandbox.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="begin", PolicyDocument=document(allow(actions, "*")))
    return iam.create_access_key(UserName=name)["AccessKey"]


@pytest.fixture(scope="module")
def tenants(sandbox: RunningSandbox) -> Tenants:
    return _prepared(sandbox)


@pytest.fixture(scope="module")
def bare_tenants(bare: RunningSandbox) -> Tenants:
    return _prepared(bare)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "too short": ({"DurationSeconds": 899}, "greater than or equal to 900"),
    "too long": ({"DurationSeconds": 43_201}, "less than or equal to 43200"),
    "longer than the role's": ({"DurationSeconds": 3601}, "exceeds the MaxSessionDuration set for this role"),
    "short name": ({"RoleSessionName": "x"}, "roleSessionName"),
    "name with a space": ({"RoleSessionName": "a name"}, "roleSessionName"),
    "long key": ({"Tags": [{"Key": "k" * 129, "Value": "v"}]}, "tags.1.member.key"),
    "long value": ({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "tags.1.member.value"),
    "wildcard in a value": ({"Tags": [{"Key": "k", "Value": "acm*"}]}, "tags.1.member.value"),
    "line break in a value": ({"Tags": [{"Key": "k", "Value": "acme\n"}]}, "tags.1.member.value"),
    "many": ({"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}, "less than or equal to 50"),
}
each_refused = pytest.mark.parametrize(("request_", "message"), REFUSED.values(), ids=REFUSED)


def _assume(tenants: Tenants, role: str, **request: Any) -> dict[str, str]:
    """AssumeRole by a client that leaves all judging to STS."""
    client = boto3.client(
        "sts",
        endpoint_url=tenants.sandbox.url,
        region_name=REGION,
        aws_access_key_id=tenants.user["AccessKeyId"],
        aws_secret_access_key=tenants.user["SecretAccessKey"],
        config=Config(parameter_validation=False),
    )
    with contextlib.closing(client):
        return client.assume_role(RoleArn=role, **{"RoleSessionName": "session", **request})["Credentials"]


@each_refused
def test_what_sts_does_not_permit_is_refused(tenants: Tenants, request_: dict[str, Any], message: str) -> None:
    role = tenants.role(allow("sts:GetCallerIdentity", "*"))
    with pytest.raises(ClientError, match=message) as error:
        _assume(tenants, role, **request_)
    assert code_of(error.value) == "ValidationError"


def test_without_the_module_sessions_of_any_length_and_with_any_tags_begin(bare_tenants: Tenants) -> None:
    role = bare_tenants.role(allow("sts:GetCallerIdentity", "*"))
    for request_ in ({"DurationSeconds": 43_200}, {"Tags": [{"Key": "k", "Value": "acm*"}]}):
        assert _assume(bare_tenants, role, **request_)


def test_a_session_of_a_session_lasts_an_hour_at_most(tenants: Tenants) -> None:
    long = tenants.role(allow("sts:AssumeRole", "*"), MaxSessionDuration=7200)
    first = tenants.assume(long, DurationSeconds=7200)
    assert tenants.assume(long, by=first, DurationSeconds=3600)
    with pytest.raises(ClientError, match="1 hour session limit for roles assumed by role chaining"):
        tenants.assume(long, by=first, DurationSeconds=3601)


def test_tags_want_a_right_of_the_trust_policy_and_of_the_caller(tenants: Tenants) -> None:
    untagged = _user(tenants.sandbox, "may-not-tag", ["sts:AssumeRole"])
    role = tenants.role(allow("sts:GetCallerIdentity", "*"))
    assert tenants.assume(role, by=untagged)
    with pytest.raises(ClientError, match="sts:TagSession") as error:
        tenants.assume(role, by=untagged, Tags=TAG)
    assert code_of(error.value) == "AccessDenied"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    untaggable = tenants.role(allow("sts:GetCallerIdentity", "*"), trust=document(trust))
    with pytest.raises(ClientError, match="sts:TagSession"):
        tenants.assume(untaggable, Tags=TAG)
    assert tenants.assume(untaggable)


def test_without_the_module_the_callers_own_right_to_tag_is_not_asked_for(bare_tenants: Tenants) -> None:
    untagged = _user(bare_tenants.sandbox, "may-not-tag", ["sts:AssumeRole"])
    assert bare_tenants.assume(bare_tenants.role(allow("*", "*")), by=untagged, Tags=TAG)


def test_a_trust_policy_judges_the_tags_that_are_passed(tenants: Tenants) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringLike": {"aws:RequestTag/customer_id": "?*"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["customer_id"]},
        },
    }
    role = tenants.role(allow("sts:GetCallerIdentity", "*"), trust=document(trust))
    assert tenants.assume(role, Tags=TAG)
    for tags in ([], [{"Key": "customer_id", "Value": ""}], [*TAG, {"Key": "role", "Value": "admin"}]):
        with pytest.raises(ClientError) as error:
            tenants.assume(role, Tags=tags)
        assert code_of(error.value) == "AccessDenied"


def test_a_tag_of_the_session_wins_over_one_of_the_role(tenants: Tenants) -> None:
    statement = allow("ssm:GetParameter", "*", {"StringEquals": {"aws:PrincipalTag/customer_id": "acme"}})
    role = tenants.role(statement, Tags=[{"Key": "customer_id", "Value": "beta"}])
    tenants.sandbox.client("ssm").put_parameter(Name="judged", Value="v", Type="String", Overwrite=True)
    read = tenants.sandbox.client("ssm", credentials=tenants.session(role, customer_id="acme"))
    assert read.get_parameter(Name="judged")["Parameter"]["Value"] == "v"
    plain = tenants.sandbox.client("ssm", credentials=tenants.session(role))
    with pytest.raises(ClientError) as error:
        plain.get_parameter(Name="judged")
    assert code_of(error.value) == "AccessDeniedException"


WHO = """
import json
import urllib.request
import os
import boto3


def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


def test_a_function_calls_aws_as_its_role_in_a_session_of_its_name(sandbox: RunningSandbox) -> None:
    function = deploy(sandbox, "who-am-i", WHO)
    arn = function().payload
    assert re.fullmatch(rf"arn:aws:sts::{ACCOUNT_ID}:assumed-role/who-am-i-role/who-am-i", arn), json.dumps(arn)
