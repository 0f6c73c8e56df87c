"""Entrances that are declared where no other rule looks, and types that nobody has looked at."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from guardrails.authorization.out_of_sight.foreign import FOREIGN_RULE
from guardrails.authorization.out_of_sight.stacks import HIDDEN_STACK_RULE
from tests.policy.fixtures.authorization.out_of_sight import GENERIC, NESTED
from tests.policy.judging import Declared, assert_compliant, assert_violation, judge


def tokens_of_the_provider() -> set[str]:
    """The types of the two modules of API Gateway in the SDK that is installed, read from its source."""
    spec = find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin is not None
    found: set[str] = set()
    for module in ("apigateway", "apigatewayv2"):
        for file in (Path(spec.origin).parent / module).glob("*.py"):
            text = file.read_text(encoding="utf-8")
            if "_utilities.get_resource_opts_defaults" in text or "super(" in text:
                texts: list[str] = re.findall(rf"""["'](aws:{module}/[^"'\n]*)["']""", text)
                found |= {token for token in texts if "/get" not in token}
    return found


def test_every_type_of_the_provider_in_use_is_known() -> None:
    tokens = tokens_of_the_provider()
    assert len(tokens) > 35
    unknown = {
        token for token in tokens if judge(FOREIGN_RULE, Declared(type=token, name="x", properties={})).violations
    }
    assert unknown == set()


@pytest.mark.parametrize(
    "token",
    [
        "aws-native:apigateway:RestApi",
        "aws-native:apigatewayv2:ApiGatewayManagedOverrides",
        "aws-native:lambda:Url",
        "aws-native:lambda:Permission",
        "aws:apigateway/method2:Method2",
        "aws:apigatewayv2/portal:Portal",
    ],
)
def test_an_entrance_under_another_name_is_a_violation(token: str) -> None:
    (_,) = judge(FOREIGN_RULE, Declared(type=token, name="x", properties={})).violations


@pytest.mark.parametrize(
    "token",
    [
        "aws-native:s3:Bucket",
        "aws-native:lambda:Function",
        "aws:lb/listener:Listener",
        "pulumi:pulumi:Stack",
        "aws:sqs/queue:Queue",
    ],
)
def test_what_is_no_entrance_of_this_family_passes(token: str) -> None:
    assert_compliant(FOREIGN_RULE, Declared(type=token, name="x", properties={}))


@pytest.mark.parametrize(
    "name",
    ["AWS::ApiGatewayV2::Route", "AWS::Lambda::Url", "AWS::CloudFormation::Stack", "Other::Vendor::Api", "", None, 7.0],
)
def test_a_generic_resource_says_that_it_is_no_entrance(name: object) -> None:
    broken = GENERIC.with_property("typeName", name)
    assert_violation(FOREIGN_RULE, broken, culprit=broken, says="typeName ")


@pytest.mark.parametrize(
    "template",
    [
        "Resources: {Api: {Type: 'AWS::Serverless::Function'}}",
        "Resources: {Nested: {Type: 'AWS::CloudFormation::Stack'}}",
        "Resources: {Custom: {Type: 'Custom::Door'}}",
        "Resources: {Module: {Type: 'Our::Shop::Api::MODULE'}}",
        "Resources: {Include: {'Fn::Transform': {Name: 'AWS::Include'}, Type: 'AWS::SQS::Queue'}}",
        "Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {A: {B: [{'Fn::Transform': {}}]}}}}",
        "Resources: {Queue: {Type: !Ref Kind}}",
        "Resources: !Ref Everything",
        "Transform: [AWS::LanguageExtensions]\nResources: {}",
        "Resources: {Queue: &q {Type: 'AWS::SQS::Queue'}, Other: *q}",
        "- x",
        "",
    ],
)
def test_a_template_that_may_hold_an_entrance_is_a_violation(template: str) -> None:
    broken = NESTED.with_property("templateBody", template)
    assert_violation(HIDDEN_STACK_RULE, broken, culprit=broken, says="its template ")
