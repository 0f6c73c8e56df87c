"""Buckets and integrations: statements that refuse plain text, and what looks like it."""

import json
from typing import Any

import pytest

from guardrails.rules import Undecided
from guardrails.transport.buckets import PUBLIC_ACCESS_RULE, TLS_RULE
from guardrails.transport.domains import API_RULE, DOMAIN_RULE
from guardrails.transport.integrations import INTEGRATION_RULE
from tests.policy.families.configured import findings, problems
from tests.policy.fixtures.transport import API, BLOCK, BUCKET, DENY, DOMAIN, INSIDE, TO_SERVER, policy
from tests.policy.judging import UNKNOWN, Declared

OTHER = Declared(type="aws:s3/bucketV2:BucketV2", name="other", properties={"bucket": "other"})


def denied(*statements: dict[str, Any]) -> Declared:
    return policy().with_property("policy", json.dumps({"Statement": list(statements)}))


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Action": ["s3:*"]},
        {"Action": "*"},
        {"Action": "S3:*"},
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::files-1a2b*"},
        {"Resource": ["arn:aws-cn:s3:::files-1a2b", "arn:aws-cn:s3:::files-1a2b/*"]},
        {"Condition": {"Bool": {"AWS:securetransport": False}}},
        {"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}},
    ],
)
def test_every_form_of_the_denial_counts(changes: dict[str, Any]) -> None:
    assert problems(TLS_RULE, BUCKET, policy(**changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": ["false", "true"]}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}},
        {"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}},
        {"Condition": {}},
        {"Principal": {"Service": "*"}},
        {"Resource": "arn:aws:s3:::files-1a2b/*"},
        {"Resource": ["arn:aws:s3:::files-1a2b", "arn:aws:s3:::files-1a2b/public/*"]},
        {"Action": ["s3:Get*", "s3:Put*"]},
    ],
)
def test_what_leaves_somebody_or_something_out_does_not_count(changes: dict[str, Any]) -> None:
    assert len(problems(TLS_RULE, BUCKET, policy(**changes))) == 1


def test_one_denial_among_other_statements_is_enough() -> None:
    allowed = {**DENY, "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Condition": {}}
    assert problems(TLS_RULE, BUCKET, denied(allowed, DENY)) == []
    assert problems(TLS_RULE, BUCKET, denied(allowed))


def test_each_bucket_needs_protection_of_its_own() -> None:
    assert len(problems(TLS_RULE, BUCKET, OTHER, policy())) == 1
    assert len(problems(PUBLIC_ACCESS_RULE, BUCKET, OTHER, BLOCK)) == 1


def test_whose_objects_a_denial_names_waits_for_the_name_of_the_bucket() -> None:
    nameless = Declared(type=BUCKET.type, name=BUCKET.name, properties={})
    (found,) = findings(TLS_RULE, nameless, policy().with_property("bucket", UNKNOWN))
    assert isinstance(found, Undecided)
    assert found.properties == ("policy of 'tls-only'",)


@pytest.mark.parametrize("types", ["REGIONAL", "PRIVATE", ["REGIONAL"]])
def test_regional_and_private_endpoints_have_tls_1_2(types: object) -> None:
    assert problems(API_RULE, API.with_property("endpointConfiguration.types", types)) == []


@pytest.mark.parametrize("types", ["EDGE", ["EDGE"], [], ["REGIONAL", "EDGE"], "", {}])
def test_any_other_endpoint_has_not(types: object) -> None:
    assert len(problems(API_RULE, API.with_property("endpointConfiguration.types", types))) == 1


def test_an_operator_can_ask_for_tls_1_3() -> None:
    only = ["SecurityPolicy_TLS13_1_3_2025_09"]
    assert problems(DOMAIN_RULE, DOMAIN, security_policies=only)
    assert problems(DOMAIN_RULE, DOMAIN.with_property("securityPolicy", only[0]), security_policies=only) == []


@pytest.mark.parametrize("uri", ["http://x", "HTTP://x", "httpss://x", "//x", "x", "ftp://x", " https://x", "https:x"])
def test_whatever_does_not_begin_with_https_is_a_violation(uri: str) -> None:
    assert len(problems(INTEGRATION_RULE, TO_SERVER.with_property("uri", uri))) == 1


def test_plain_text_in_private_networks_can_be_accepted_and_on_the_internet_not() -> None:
    plain = TO_SERVER.with_property("uri", "http://x")
    inside = plain.with_property("connectionType", "VPC_LINK")
    accepted = {"plain_text_in_private_networks": True}
    assert problems(INTEGRATION_RULE, inside)
    assert problems(INTEGRATION_RULE, inside, **accepted) == []
    assert problems(INTEGRATION_RULE, INSIDE.without("tlsConfig"), **accepted) == []
    assert problems(INTEGRATION_RULE, plain, **accepted)
