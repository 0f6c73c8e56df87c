"""Which actions and resources are names, and what an operator can list."""

import json
from typing import Any

import pytest

from guardrails.data.tenant_rows import SCAN_RULE, TENANT_RULE
from guardrails.data.tenant_tables import TENANT_TABLE_RULE
from guardrails.least_privilege.managed_policies import MANAGED_POLICY_RULE
from guardrails.least_privilege.statements import ANY_RESOURCE, STATEMENT_RULE
from guardrails.rules import Undecided
from tests.policy.families.configured import findings, problems
from tests.policy.fixtures.data import OWN_ROWS
from tests.policy.judging import UNKNOWN, Declared


def rights(name: str = "rights", *, of: str = "aws:iam/rolePolicy:RolePolicy", **changes: Any) -> Declared:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*", **changes}
    present = {key: value for key, value in statement.items() if value is not None}
    document = json.dumps({"Version": "2012-10-17", "Statement": present})
    return Declared(type=of, name=name, properties={"policy": document})


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::files",
        "arn:aws:s3:::files/*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/hello:*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/*",
        "arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/GET/*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:partners/*",
    ],
)
def test_a_wildcard_below_a_name_is_a_name(resource: str) -> None:
    assert problems(STATEMENT_RULE, rights(Resource=resource)) == []


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "**",
        "arn:*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/*-admin",
        "arn:aws:lambda:*:*:function:*",
        "arn:aws:sqs:eu-west-1:111122223333:*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*",
        "arn:aws:*:*:*:*",
        "arn:aws:dynamodb:*",
        "arn:*:dynamodb:eu-west-1:111122223333:*",
    ],
)
def test_a_wildcard_in_place_of_a_name_is_every_resource(resource: str) -> None:
    (problem,) = problems(STATEMENT_RULE, rights(Resource=[resource, "arn:aws:s3:::files"]))
    assert "Resource is every resource" in problem


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*", "s3:GetObj?ct", ["s3:GetObject", "kms:*"]])
def test_a_wildcard_in_an_action_is_a_violation(action: object) -> None:
    (problem,) = problems(STATEMENT_RULE, rights(Action=action))
    assert "Action has a wildcard" in problem


def test_an_action_without_a_resource_can_be_listed_with_a_reason() -> None:
    on_all = rights(Action=["XRAY:PutTraceSegments", "pricing:GetProducts"], Resource="*")
    assert problems(STATEMENT_RULE, on_all)
    more = {"action": "pricing:GetProducts", "reason": "AWS has no resource type for it."}
    default: Any = ANY_RESOURCE.default
    assert problems(STATEMENT_RULE, on_all, actions_on_any_resource=[*default, more]) == []


@pytest.mark.parametrize("of", ["aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy"])
def test_policies_of_users_and_those_for_attachment_are_judged_alike(of: str) -> None:
    assert problems(STATEMENT_RULE, rights(of=of, Action="s3:*"))


def test_a_condition_does_not_replace_a_name() -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "orders"}}
    assert problems(STATEMENT_RULE, rights(Resource="*", Condition=condition))


def test_a_part_that_is_not_known_waits_while_the_rest_is_judged() -> None:
    partly = Declared(
        type="aws:iam/rolePolicy:RolePolicy",
        name="rights",
        properties={"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": [UNKNOWN]}}},
    )
    waiting, broken = findings(STATEMENT_RULE, partly)
    assert isinstance(waiting, Undecided)
    assert waiting.properties == ("policy, Statement.Resource",)
    assert "Action has a wildcard" in getattr(broken, "problem", "")


@pytest.mark.parametrize(
    ("policy", "narrow"),
    [
        ("service-role/AWSLambdaBasicExecutionRole", True),
        ("service-role/AmazonEC2ContainerServiceFullAccess", False),
        ("ReadOnlyAccess", False),
        ("job-function/SystemAdministrator", False),
    ],
)
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_only_policies_for_one_services_role_are_narrow(partition: str, policy: str, *, narrow: bool) -> None:
    attached = Declared(
        type="aws:iam/userPolicyAttachment:UserPolicyAttachment",
        name="attached",
        properties={"policyArn": f"arn:{partition}:iam::aws:policy/{policy}"},
    )
    assert (problems(MANAGED_POLICY_RULE, attached) == []) is narrow
    listed = [{"policy": policy, "reason": "The operator has looked at it."}]
    assert problems(MANAGED_POLICY_RULE, attached, accepted_policies=listed) == []


@pytest.mark.parametrize(
    "action", ["dynamodb:Scan", "dynamodb:*", "DYNAMODB:scan", "dynamodb:S*", "dynamodb:PartiQLSelect", "*"]
)
def test_no_form_of_a_scan_gets_into_a_tenants_policy(action: str) -> None:
    assert problems(TENANT_RULE, rights(**{**OWN_ROWS, "Action": action}))
    assert problems(SCAN_RULE, rights(**{**OWN_ROWS, "Action": action}))


def test_tenants_kept_apart_in_one_policy_are_not_mixed_in_another_resource() -> None:
    own = rights("own", **OWN_ROWS)
    stream = f"{OWN_ROWS['Resource']}/stream/2026"
    assert problems(TENANT_TABLE_RULE, own, rights("beside", Action="dynamodb:GetRecords", Resource=stream))
    assert problems(TENANT_TABLE_RULE, own, rights("beside", Action="dynamodb:DescribeTable", Resource="*")) == []
    assert (
        problems(TENANT_TABLE_RULE, own, rights("beside", Action="dynamodb:GetItem", Resource="arn:aws:s3:::x")) == []
    )
    excepted = rights("beside", Action="dynamodb:GetItem", Resource=None, NotResource="arn:aws:s3:::x")
    assert problems(TENANT_TABLE_RULE, own, excepted)
