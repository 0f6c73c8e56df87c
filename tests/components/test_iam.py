"""Policy documents: typed statements in, IAM's JSON out, nothing wider than what was said."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from components.iam import (
    Statement,
    policy_document,
    policy_json,
    read_secret,
    service_trust_policy,
    use_key_for_secret,
    write_log_events,
)
from tests.components.samples import python_function
from tests.support.mocks import UNKNOWN, deploy

SECRET_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key-AbCdEf"


def resolved(build: Callable[[], pulumi.Output[str]]) -> Any:
    """The JSON of the output that `build` makes."""
    texts: list[str] = []

    def program() -> None:
        build().apply(texts.append)

    deploy(program)
    return json.loads(texts[0])


def test_a_statement_becomes_what_iam_reads() -> None:
    document = policy_document([read_secret("ReadKey", SECRET_ARN)])
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadKey",
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue"],
                "Resource": [SECRET_ARN],
            }
        ],
    }


@pytest.mark.parametrize("action", ["*", "secretsmanager:*", "secretsmanager:Get*", "GetSecretValue", "s3:Get?bject"])
def test_a_wildcard_or_partial_action_is_refused(action: str) -> None:
    with pytest.raises(ArgumentError, match="is not one action; write each action in full"):
        Statement(sid="All", actions=[action], resources=[SECRET_ARN])


def test_every_resource_needs_a_reason() -> None:
    with pytest.raises(ArgumentError, match="name the resources, or say why"):
        Statement(sid="All", actions=["s3:GetObject"], resources=["*"])


def test_a_reason_without_every_resource_is_refused_as_stale() -> None:
    with pytest.raises(ArgumentError, match="belong together"):
        Statement(sid="One", actions=["s3:GetObject"], resources=[SECRET_ARN], reason_for_every_resource="none")


@pytest.mark.parametrize(("actions", "resources"), [([], [SECRET_ARN]), (["s3:GetObject"], [])])
def test_a_statement_without_action_or_resource_is_refused(actions: list[str], resources: list[str]) -> None:
    with pytest.raises(ArgumentError, match="name at least one action and one resource"):
        Statement(sid="None", actions=actions, resources=resources)


def test_a_statement_id_that_iam_refuses_is_refused() -> None:
    with pytest.raises(ArgumentError, match="letters and digits"):
        Statement(sid="read-key", actions=["s3:GetObject"], resources=[SECRET_ARN])


def test_statement_ids_must_be_unique() -> None:
    with pytest.raises(ArgumentError, match="ids ReadKey occur twice"):
        policy_document([read_secret("ReadKey", SECRET_ARN)] * 2)


def test_a_document_without_a_statement_is_refused() -> None:
    with pytest.raises(ArgumentError, match="there is no statement"):
        policy_document([])


def test_lambda_assumes_a_role_for_this_account_only() -> None:
    trust = resolved(lambda: service_trust_policy("lambda.amazonaws.com", source_account="111122223333"))
    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        }
    ]


def test_a_service_that_sends_no_account_is_not_locked_out_by_the_condition() -> None:
    trust = resolved(lambda: service_trust_policy("apigateway.amazonaws.com", source_account=None))
    assert "Condition" not in trust["Statement"][0]


def test_logs_are_written_to_one_group_and_none_is_created() -> None:
    group = "arn:aws:logs:ap-southeast-3:111122223333:log-group:/aws/lambda/hello-world"
    (statement,) = resolved(lambda: policy_json([write_log_events(group)]))["Statement"]
    assert statement["Resource"] == [f"{group}:*"]
    assert "logs:CreateLogGroup" not in statement["Action"]


def test_a_customer_managed_key_is_usable_for_its_secret_only() -> None:
    key = "arn:aws:kms:ap-southeast-3:111122223333:key/0"
    (statement,) = policy_document([use_key_for_secret("Use", key, SECRET_ARN, encrypt=False)])["Statement"]
    assert statement["Action"] == ["kms:Decrypt"]
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:SecretARN": SECRET_ARN}}


def test_a_policy_is_unknown_while_one_of_its_values_is() -> None:
    stack = deploy(python_function, preview=True)
    assert stack.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"] == UNKNOWN
