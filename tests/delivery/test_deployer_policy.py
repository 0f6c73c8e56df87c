"""The deployer's policy documents: every type of the program, no action by wildcard, only the stack's resources."""

import json
import warnings
from typing import Any

import boto3
import pytest

from components.errors import ArgumentError
from delivery.deployer_policy import ECR_TYPES, POLICY_CHARACTERS, deployer_policies, policies_of
from delivery.recorded_program import Recorded
from delivery.rights import RIGHTS, Right

with warnings.catch_warnings():
    # pulumi_aws warns of classes of its own that nobody uses, once, while it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from sandbox.provider.registry import RESOURCE_TYPES

ACCOUNT, REGION = "111122223333", "ap-southeast-3"
# IAM's name of an action where it is not that of an operation of the API.
NOT_OPERATIONS = {
    "iam:PassRole",
    "lambda:InvokeFunction",
    *(f"apigateway:{verb}" for verb in ("DELETE", "GET", "PATCH", "POST", "PUT", "UpdateRestApiPolicy")),
    # To deliver logs of stages: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")),
    "logs:ListLogDeliveries",
    # S3 names rights after settings: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    *(f"s3:{verb}EncryptionConfiguration" for verb in ("Get", "Put")),
    *(f"s3:{verb}LifecycleConfiguration" for verb in ("Get", "Put")),
    *(f"s3:Get{what}" for what in ("AccelerateConfiguration", "ReplicationConfiguration", "ObjectVersion")),
    *(f"s3:{verb}BucketPublicAccessBlock" for verb in ("Get", "Put")),
    "s3:GetBucketCORS",
    "s3:GetBucketObjectLockConfiguration",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:DeleteObjectVersion",
    # Associating a pool with an access list is a right of both services.
    *(f"cognito-idp:{what}" for what in ("AssociateWebACL", "DisassociateWebACL", "GetWebACLForResource")),
}


@pytest.fixture(scope="module")
def documents(program: list[Recorded]) -> dict[str, dict[str, Any]]:
    return policies_of(program, region=REGION, account=ACCOUNT)


def statements(documents: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [statement for document in documents.values() for statement in document["Statement"]]


def all_rights() -> list[Right]:
    return [right for rights in RIGHTS.values() for right in rights]


def test_every_type_of_the_program_has_its_rights_in_the_documents(
    program: list[Recorded], documents: dict[str, dict[str, Any]]
) -> None:
    granted = {action for statement in statements(documents) for action in statement["Action"]}

    for type_ in {each.type for each in program} | set(ECR_TYPES):
        assert {action for right in RIGHTS[type_] for action in right.actions} <= granted, type_


def test_a_type_whose_rights_nobody_stated_stops_the_command(program: list[Recorded]) -> None:
    unknown = Recorded(type="aws:sqs/queue:Queue", name="jobs", inputs={})

    with pytest.raises(ArgumentError, match=r"aws:sqs/queue:Queue: delivery/rights\.py does not say"):
        policies_of([*program, unknown], region=REGION, account=ACCOUNT)


def test_no_action_has_a_wildcard() -> None:
    assert [action for right in all_rights() for action in right.actions if "*" in action or "?" in action] == []


def test_every_resource_is_only_asked_for_with_a_reason() -> None:
    assert [right.actions for right in all_rights() if "*" in right.resources and not right.why_any] == []


def test_only_types_that_exist_have_rights() -> None:
    assert set(RIGHTS) <= set(RESOURCE_TYPES)


@pytest.mark.parametrize("service", sorted({a.partition(":")[0] for r in all_rights() for a in r.actions}))
def test_every_action_is_an_operation_of_its_service(service: str) -> None:
    actions = {action for right in all_rights() for action in right.actions if action.startswith(f"{service}:")}
    client = boto3.client(service, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")
    operations = {f"{service}:{name}" for name in client.meta.service_model.operation_names}

    assert actions - operations - NOT_OPERATIONS == set()


def test_a_role_is_passed_to_two_services_and_only_this_programs_roles_are(
    documents: dict[str, dict[str, Any]],
) -> None:
    (passing,) = [each for each in statements(documents) if "iam:PassRole" in each["Action"]]

    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]}
    }
    assert passing["Action"] == ["iam:PassRole"]
    assert all(each.startswith(f"arn:aws:iam::{ACCOUNT}:role/") for each in passing["Resource"])
    assert f"arn:aws:iam::{ACCOUNT}:role/*" not in passing["Resource"]


def test_functions_tables_and_secrets_are_named(documents: dict[str, dict[str, Any]]) -> None:
    resources = {each for statement in statements(documents) for each in statement["Resource"]}

    assert f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello-world" in resources
    assert f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*" not in resources
    assert f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*" not in resources
    assert f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:*" not in resources
    assert [each for each in resources if "{" in each] == []


def test_a_system_that_is_off_needs_no_rights(program: list[Recorded]) -> None:
    hello = [each for each in program if each.name.startswith(("hello", "lambda-authorizer", "apigw"))]

    text = json.dumps(policies_of(hello, region=REGION, account=ACCOUNT))

    assert "hello-world" in text
    assert [word for word in ("tenant", "cognito", "dynamodb", "route53") if word in text] == []


def test_every_document_is_small_enough_for_a_managed_policy(documents: dict[str, dict[str, Any]]) -> None:
    sizes = {area: len(json.dumps(each, separators=(",", ":"))) for area, each in documents.items()}

    assert max(sizes.values()) <= POLICY_CHARACTERS
    assert len(documents) <= 10  # managed policies per role


def test_an_account_that_is_none_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="twelve digits"):
        deployer_policies(settings, "test", account="*")
