"""Who may invoke a function: every principal and source that a permission can name."""

import pytest

from guardrails.authorization.functions.permissions import PERMISSION_RULE as RULE
from tests.policy.fixtures.authorization.functions import FROM_SECRETS_MANAGER, PERMISSION
from tests.policy.judging import UNKNOWN, assert_compliant, assert_undecided, assert_violation

API = "arn:aws:execute-api:ap-southeast-3:111122223333:abc123defg"


@pytest.mark.parametrize(
    "source",
    [API, f"{API}/*", f"{API}/*/*/*", f"{API}/authorizers/x1y2z3", API.replace(":aws:", ":aws-us-gov:")],
)
def test_one_api_may_invoke(source: str) -> None:
    assert_compliant(RULE, PERMISSION.with_property("sourceArn", source))


@pytest.mark.parametrize(
    "source",
    [
        "*",
        "arn:aws:execute-api:ap-southeast-3:111122223333:*",
        "arn:aws:execute-api:ap-southeast-3:111122223333:*/prod/GET/hello",
        "arn:aws:execute-api:ap-southeast-3:111122223333:abc?23defg/*",
        "arn:aws:execute-api:ap-southeast-3:111122223333:abc*/*",
        "arn:aws:execute-api:*:111122223333:abc123defg/*",
        "arn:aws:execute-api:ap-southeast-3:*:abc123defg/*",
        "arn:*:execute-api:ap-southeast-3:111122223333:abc123defg/*",
        "arn:aws:*:ap-southeast-3:111122223333:abc123defg/*",
        "arn:aws:sqs:ap-southeast-3:111122223333:abc123defg",
        f"{API}x/../*\n*",
        "abc123defg",
        7.0,
        [API],
    ],
)
def test_a_source_that_may_be_several_apis_or_none_is_a_violation(source: object) -> None:
    broken = PERMISSION.with_property("sourceArn", source)
    assert_violation(RULE, broken, culprit=broken, says="sourceArn is not the ARN of one API")


def test_an_account_does_not_stand_for_an_api() -> None:
    broken = PERMISSION.without("sourceArn").with_property("sourceAccount", "111122223333")
    assert_violation(RULE, broken, culprit=broken, says="sourceArn is missing")


@pytest.mark.parametrize(
    "principal",
    [
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/x",
        "arn:aws:sts::111122223333:assumed-role/x/y",
    ],
)
def test_a_named_principal_of_iam_passes(principal: str) -> None:
    assert_compliant(RULE, PERMISSION.without("sourceArn").with_property("principal", principal))


@pytest.mark.parametrize(
    "principal",
    [
        "",
        "AWS",
        "arn:aws:iam::*:root",
        "arn:aws:iam::111122223333:role/*",
        "11112222333",
        "*.amazonaws.com",
        "apigateway.amazonaws.com.evil.example",
        "apigateway.amazonaws.com\n",
        7.0,
        {},
        ["*"],
    ],
)
def test_whoever_is_not_one_principal_is_a_violation(principal: object) -> None:
    broken = PERMISSION.with_property("principal", principal)
    assert_violation(RULE, broken, culprit=broken, says="principal is not one service, account, role or user")


def test_an_organisation_does_not_make_everyone_somebody() -> None:
    broken = PERMISSION.with_property("principal", "*").with_property("principalOrgId", "o-a1b2c3d4e5")
    assert_violation(RULE, broken, culprit=broken, says="principal is *")


@pytest.mark.parametrize("source", ["*", "arn:aws:s3:::*", "arn:aws:*:::x", "arn:aws:sns:*:*:topic"])
def test_a_service_without_an_account_has_to_name_its_source(source: str) -> None:
    broken = FROM_SECRETS_MANAGER.with_property("sourceArn", source)
    assert_violation(RULE, broken, culprit=broken, says="sourceArn does not name one source")
    assert_compliant(RULE, broken.with_property("sourceAccount", "111122223333"))


def test_a_bucket_is_a_source_without_an_account() -> None:
    assert_compliant(RULE, FROM_SECRETS_MANAGER.with_property("sourceArn", "arn:aws:s3:::uploads-of-hello"))


@pytest.mark.parametrize("account", ["*", "1111", 7.0, ["111122223333"]])
def test_what_is_no_account_narrows_nothing_down(account: object) -> None:
    broken = FROM_SECRETS_MANAGER.with_property("sourceAccount", account)
    assert_violation(RULE, broken, culprit=broken, says="sourceAccount is not")


def test_a_source_that_is_not_known_yet_is_waited_for() -> None:
    unknown = FROM_SECRETS_MANAGER.with_property("sourceArn", UNKNOWN)
    assert_undecided(RULE, unknown, culprit=unknown, waits_for="sourceArn")
