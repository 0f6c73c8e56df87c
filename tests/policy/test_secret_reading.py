"""`guardrails.secrets.reading`: which patterns of ARNs fit one secret, and which conditions make a right narrow."""

import json
from typing import Any

import pytest

from guardrails.secrets.reading import ATTACHMENT_RULE, IDENTITY_RULE, SECRET_POLICY_RULE
from tests.policy.fixtures.secret_reading import ALLOW, ATTACHMENT, READ, ROLE_POLICY, SECRET_POLICY, policy
from tests.policy.judging import Verdict, judge

HERE = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"

ONE = [
    f"{HERE}prod/db-AbCdEf",
    f"{HERE}prod/db-??????",
    f"{HERE}${{aws:PrincipalTag/team}}/db-??????",
    f"{HERE}${{aws:username}}-??????",
    f"{HERE}a${{*}}b-??????",
    "arn:aws:s3:::files/*",
    "arn:aws:dynamodb:*:*:table/orders",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/*",
]
SEVERAL = [
    "*",
    "arn:*",
    "arn:aws:*",
    "a*",
    "*:secret:prod/db-AbCdEf",
    "arn:aws:secretsmanager:*",
    "arn:aws:secretsmanager:*:111122223333:secret:prod/db-??????",
    "arn:aws:secretsmanager:eu-west-1:*:secret:prod/db-??????",
    "arn:aws:secretsmanage?:eu-west-1:111122223333:secret:prod/db-AbCdEf",
    f"{HERE}*",
    f"{HERE}prod/*",
    f"{HERE}prod/db*",
    f"{HERE}prod/db-*",
    f"{HERE}prod/db-?????",
    f"{HERE}prod/?b-??????",
    f"{HERE}${{aws:RequestTag/name}}-??????",
    f"{HERE}${{secretsmanager:Name}}",
    "${aws:PrincipalTag/arn}*",
]


def judged(**changes: Any) -> Verdict:
    return judge(IDENTITY_RULE, ROLE_POLICY.with_property("policy", policy({**ALLOW, **changes})))


@pytest.mark.parametrize("pattern", ONE)
def test_a_pattern_that_fits_one_secret_or_none_passes(pattern: str) -> None:
    assert judged(Resource=[pattern]) == Verdict(violations=(), undecided=None)


@pytest.mark.parametrize("pattern", SEVERAL)
def test_a_pattern_that_fits_several_secrets_is_a_violation(pattern: str) -> None:
    assert "by a wildcard in Resource" in judged(Resource=[ONE[0], pattern]).text


TAG = "secretsmanager:ResourceTag/team"
NARROW = [
    {"StringEquals": {TAG: "payments"}},
    {"StringEquals": {"aws:ResourceTag/team": ["payments", "orders"]}},
    {"ArnEquals": {"secretsmanager:SecretId": f"{HERE}prod/db-AbCdEf"}},
    {"StringEquals": {"SecretsManager:resourcetag/team": "${aws:PrincipalTag/team}"}},
]
NOT_NARROW = [
    {},
    {"StringLike": {TAG: "*"}},
    {"StringNotEquals": {TAG: "payments"}},
    {"StringEqualsIfExists": {TAG: "payments"}},
    {"ForAllValues:StringEquals": {TAG: "payments"}},
    {"Null": {TAG: "false"}},
    {"StringEquals": {TAG: ""}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
]


@pytest.mark.parametrize("condition", NARROW)
def test_a_condition_that_demands_a_tag_or_an_id_makes_a_wildcard_narrow(condition: object) -> None:
    assert judged(Resource="*", Condition=condition).violations == ()


@pytest.mark.parametrize("condition", NOT_NARROW)
def test_any_other_condition_does_not(condition: object) -> None:
    assert len(judged(Resource="*", Condition=condition).violations) == 1


@pytest.mark.parametrize(
    "action", ["secretsmanager:getsecretvalue", "secretsmanager:Get*", "*", "s*", "secretsmanager:??????????????"]
)
def test_every_way_to_write_the_action_is_seen(action: str) -> None:
    assert len(judged(Action=["xray:PutTraceSegments", action], Resource="*").violations) == 1


def test_one_statement_hides_no_other() -> None:
    text = json.dumps({"Statement": [{"Effect": "Sometimes"}, ALLOW, {**ALLOW, "Sid": "B", "Resource": "*"}]})
    said = judge(IDENTITY_RULE, ROLE_POLICY.with_property("policy", text)).text
    assert "Statement[0].Effect is neither Allow nor Deny" in said
    assert "Statement[2] reads more than one secret" in said


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}, {"AWS": "arn:aws:iam::*:root"}, {"*": "*"}]
)
def test_everyone_is_seen_in_every_form(principal: object) -> None:
    text = policy({"Effect": "Allow", "Principal": principal, "Action": READ, "Resource": "*"})
    assert (
        "lets everyone read the secret" in judge(SECRET_POLICY_RULE, SECRET_POLICY.with_property("policy", text)).text
    )


def test_a_managed_policy_is_known_by_its_name_in_any_partition() -> None:
    arn = "arn:aws-cn:iam::aws:policy/AdministratorAccess"
    assert "which reads more than one secret" in judge(ATTACHMENT_RULE, ATTACHMENT.with_property("policyArn", arn)).text
