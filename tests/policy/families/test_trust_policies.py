"""Who may take on a role: principals and conditions that the fixtures do not have."""

import json
from typing import Any

import pytest

from guardrails.least_privilege.trust_policies import BOUNDS_RULE, SOURCE_RULE
from tests.policy.families.configured import problems
from tests.policy.judging import Declared

ACCOUNT = "111122223333"
GITHUB = "token.actions.githubusercontent.com"
POOL = "cognito-identity.amazonaws.com"
BY_POOL = {"Federated": POOL}
OF_POOL = {"StringEquals": {f"{POOL}:aud": "eu-west-1:example"}}
AUDIENCE = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}


def role(principal: object, condition: object = None, *, effect: str = "Allow") -> Declared:
    statement: dict[str, Any] = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    if condition is not None:
        statement["Condition"] = condition
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Declared(type="aws:iam/role:Role", name="role", properties={"assumeRolePolicy": document})


def by_github(*subjects: str, operator: str = "StringLike") -> Declared:
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    conditions = {name: dict(keys) for name, keys in AUDIENCE.items()}
    conditions.setdefault(operator, {})[f"{GITHUB}:sub"] = list(subjects)  # pyright: ignore[reportArgumentType]
    return role(provider, conditions)


@pytest.mark.parametrize(
    "subject",
    [
        "repo:example/orders:ref:refs/heads/main",
        "repo:example/orders:environment:production",
        "repo:example/orders:*",
    ],
)
def test_workflows_of_one_repository_may_take_a_role_on(subject: str) -> None:
    assert problems(BOUNDS_RULE, by_github(subject)) == []


@pytest.mark.parametrize(
    "subject",
    [
        "*",
        "repo:*",
        "repo:example/*",
        "repo:example/*:ref:refs/heads/main",
        "repo:*/orders:ref:refs/heads/main",
        "repo:exampl?/orders:ref:refs/heads/main",
        "repo:example/orders*",
        "*:ref:refs/heads/main",
        "?epo:example/orders:*",
    ],
)
def test_a_subject_that_other_repositories_fit_is_a_violation(subject: str) -> None:
    assert len(problems(BOUNDS_RULE, by_github(subject))) == 1


def test_one_good_subject_beside_a_bad_one_is_a_violation() -> None:
    assert problems(BOUNDS_RULE, by_github("repo:example/orders:*", "repo:*"))


@pytest.mark.parametrize("operator", ["StringLikeIfExists", "ForAllValues:StringLike", "StringNotLike", "Null"])
def test_an_operator_that_holds_without_the_claim_does_not_bound_the_subject(operator: str) -> None:
    assert problems(BOUNDS_RULE, by_github("repo:example/orders:*", operator=operator))


@pytest.mark.parametrize(
    ("principal", "condition"),
    [
        ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-example123"}}),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/ci-*"}}),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"StringEquals": {"sts:ExternalId": "example-7d1f"}}),
        ({"AWS": ["AIDAEXAMPLEEXAMPLE", f"arn:aws:iam::{ACCOUNT}:user/ci"]}, None),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}, {"StringEquals": {"SAML:aud": "https://x"}}),
        (
            {"Federated": "accounts.google.com"},
            {"StringEquals": {"accounts.google.com:aud": "client", "accounts.google.com:sub": "1234"}},
        ),
        (
            {"Federated": "cognito-identity.amazonaws.com"},
            {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "pool"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        ),
    ],
)
def test_bounded_principals_comply(principal: object, condition: object) -> None:
    assert problems(BOUNDS_RULE, role(principal, condition)) == []


@pytest.mark.parametrize(
    ("principal", "condition", "says"),
    [
        ("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}, "trusts everyone"),
        ("*", {"StringEquals": {"sts:ExternalId": "example"}}, "trusts everyone"),
        ("*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "trusts everyone"),
        ({"AWS": ACCOUNT}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "trusts a whole account"),
        ({"AWS": "arn:aws:iam::*:role/ci"}, None, "has a wildcard in its Principal"),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}, None, "without its SAML:aud"),
        ({"Service": "example.com"}, None, "trusts a service that is none"),
        ({"Service": "*.amazonaws.com"}, None, "trusts a service that is none"),
        (BY_POOL, {**OF_POOL, "ForAllValues:StringLike": {f"{POOL}:amr": "authenticated"}}, "on the subject (sub)"),
        (BY_POOL, {**OF_POOL, "ForAnyValue:StringLike": {f"{POOL}:amr": "unauthenticated"}}, "on the subject (sub)"),
        (BY_POOL, {**OF_POOL, "ForAnyValue:StringLike": {f"{POOL}:amr": "*"}}, "on the subject (sub)"),
        ({"CanonicalUser": "0a1b"}, None, "trusts a kind of principal"),
    ],
)
def test_principals_that_nothing_bounds_are_violations(principal: object, condition: object, says: str) -> None:
    (problem,) = problems(BOUNDS_RULE, role(principal, condition))
    assert says in problem


def test_what_is_denied_needs_no_bounds() -> None:
    assert problems(BOUNDS_RULE, role("*", effect="Deny")) == []


def test_a_service_that_names_no_source_can_be_listed_with_a_reason() -> None:
    trusting = role({"Service": "events.amazonaws.com"})
    assert problems(SOURCE_RULE, trusting)
    listed = [{"service": "events.amazonaws.com", "reason": "It is the only account of the organization."}]
    assert problems(SOURCE_RULE, trusting, services_without_a_source=listed) == []


@pytest.mark.parametrize("key", ["aws:SourceAccount", "AWS:sourceaccount", "aws:SourceOrgID", "aws:SourceArn"])
def test_any_of_the_keys_names_the_source_whatever_its_letters(key: str) -> None:
    condition = {"StringLike": {key: f"{ACCOUNT}*"}}
    assert problems(SOURCE_RULE, role({"Service": "lambda.amazonaws.com"}, condition)) == []


def test_a_source_that_everybody_fits_is_none() -> None:
    condition = {"StringLike": {"aws:SourceAccount": "*"}}
    assert problems(SOURCE_RULE, role({"Service": "lambda.amazonaws.com"}, condition))
