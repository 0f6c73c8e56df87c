"""AWS's published constraints: translation to CloudFormation, cfn-lint's judgement, botocore's models."""

from typing import Any

import pytest

from sandbox.provider import cloudformation_judge
from sandbox.provider.api_model import api_problems
from sandbox.provider.cloudformation import UNKNOWN_REFERENCE, translate
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.declarations import declaration
from sandbox.provider.paths import path_text
from sandbox.provider.registry import CLOUDFORMATION_TYPES, RESOURCE_TYPES
from sandbox.provider.resource_type import ApiShape, CloudFormationShape, ResourceType
from sandbox.provider.values import UNKNOWN, Archive

REGION = "ap-southeast-3"
UNOFFERED = "AWS::Gatehouse::Nothing"
FUNCTION: ResourceType = RESOURCE_TYPES["aws:lambda/function:Function"]
GOOD: dict[str, Any] = {
    "role": "arn:aws:iam::111122223333:role/hello",
    "handler": "hello.handle",
    "runtime": "python3.12",
    "code": Archive(path="/code"),
}


@pytest.fixture(scope="module")
def judge() -> CloudFormationJudge:
    return CloudFormationJudge(type_names=CLOUDFORMATION_TYPES | {UNOFFERED})


def judged(judge: CloudFormationJudge, table: ResourceType, inputs: dict[str, Any], region: str = REGION) -> list[str]:
    assert table.cloudformation is not None
    declared = table.inputs
    translated = translate(inputs, table.cloudformation, declared, table.json_properties)
    return [f"{path_text(each.path)}: {each.message}" for each in judge.problems(translated, region=region)]


def test_names_are_translated_by_rule_and_by_table_and_lead_back() -> None:
    shape = CloudFormationShape(
        type_name="AWS::Lambda::Function",
        renames={"name": "FunctionName", "s3Bucket": "Code.S3Bucket"},
        omits=frozenset({"publish", "vpcConfig.vpcId"}),
    )
    inputs = {
        "name": "hello",
        "publish": True,
        "region": "eu-west-1",
        "s3Bucket": "packages",
        "memorySize": 128,
        "environment": {"variables": {"lower_case": "kept"}},
        "vpcConfig": {"subnetIds": ["a", UNKNOWN], "vpcId": "vpc"},
        "tags": {"Team": "platform"},
        "role": UNKNOWN,
    }
    translated = translate(inputs, shape, declaration("aws:lambda/function:Function").inputs, frozenset())
    assert translated.properties == {
        "FunctionName": "hello",
        "Code": {"S3Bucket": "packages"},
        "MemorySize": 128,
        "Environment": {"Variables": {"lower_case": "kept"}},
        "VpcConfig": {"SubnetIds": ["a", UNKNOWN_REFERENCE]},
        "Tags": [{"Key": "Team", "Value": "platform"}],
        "Role": UNKNOWN_REFERENCE,
    }
    assert translated.origin(("Code", "S3Bucket")) == ("s3Bucket",)
    assert translated.origin(("Environment", "Variables", "lower_case")) == ("environment", "variables", "lower_case")
    assert translated.origin(("Tags", 0, "Value")) == ("tags", "Team")
    assert translated.origin(("VpcConfig", "SubnetIds", 1)) == ("vpcConfig", "subnetIds", 1)
    assert translated.origin(("Handler",)) == ("handler",)


def test_a_policy_document_is_judged_as_a_document() -> None:
    shape = CloudFormationShape(type_name="AWS::IAM::Role", renames={"assumeRolePolicy": "AssumeRolePolicyDocument"})
    inputs = {"assumeRolePolicy": '{"Statement": []}'}
    declared = declaration("aws:iam/role:Role").inputs
    translated = translate(inputs, shape, declared, frozenset({"assumeRolePolicy"}))
    assert translated.properties == {"AssumeRolePolicyDocument": {"Statement": []}}
    assert translated.origin(("AssumeRolePolicyDocument", "Statement")) == ("assumeRolePolicy", "statement")


def test_good_inputs_are_accepted(judge: CloudFormationJudge) -> None:
    assert judged(judge, FUNCTION, GOOD) == []


def test_unknown_values_pass_and_what_is_known_beside_them_is_judged(judge: CloudFormationJudge) -> None:
    unknown: dict[str, Any] = dict.fromkeys(
        ("role", "timeout", "layers", "environment", "runtime", "tracingConfig", "architectures", "tags"), UNKNOWN
    )
    assert judged(judge, FUNCTION, {**GOOD, **unknown}) == []
    assert judged(judge, FUNCTION, {**GOOD, **unknown, "memorySize": 64}) == [
        "memorySize: 64 is less than the minimum of 128"
    ]
    partly = {"environment": {"variables": {"AWS_REGION": "x", "OK": UNKNOWN}}}
    [problem] = judged(judge, FUNCTION, {**GOOD, **partly})
    assert problem.startswith("environment.variables.AWS_REGION: 'AWS_REGION' is a reserved variable name")


def test_what_aws_requires_is_named_as_the_user_writes_it(judge: CloudFormationJudge) -> None:
    table = RESOURCE_TYPES["aws:lambda/permission:Permission"]
    inputs = {"action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com"}
    assert judged(judge, table, inputs) == ["function: is required by AWS and has no value"]


def test_advice_is_no_reason_to_refuse(judge: CloudFormationJudge) -> None:
    # cfn-lint warns of actions that it does not know; IAM accepts them.
    table = RESOURCE_TYPES["aws:iam/rolePolicy:RolePolicy"]
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:NoSuch", "Resource": "*"}]}'
    assert judged(judge, table, {"name": "a", "role": "b", "policy": policy}) == []


def test_a_rule_that_looks_for_neighbours_finds_none_and_does_not_fail(judge: CloudFormationJudge) -> None:
    assert judged(judge, FUNCTION, {**GOOD, "snapStart": {"applyOn": "PublishedVersions"}}) == []


def test_a_type_that_the_region_does_not_have_is_refused(judge: CloudFormationJudge) -> None:
    shape = CloudFormationShape(type_name=UNOFFERED)
    translated = translate({}, shape, {}, frozenset())
    [problem] = judge.problems(translated, region=REGION)
    assert problem.message == f"AWS does not offer {UNOFFERED} in {REGION}"


def test_a_type_whose_rules_were_not_asked_for_is_no_type_without_rules() -> None:
    judge = CloudFormationJudge(type_names=CLOUDFORMATION_TYPES - {"AWS::Lambda::Function"})
    with pytest.raises(ValueError, match="rules for AWS::Lambda::Function were not asked for"):
        judged(judge, FUNCTION, GOOD)


def test_nothing_passes_when_the_judge_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(type_names: frozenset[str]) -> Any:
        raise ImportError("no cfn-lint here")

    monkeypatch.setattr(cloudformation_judge, "_load_cfn_lint", broken)
    with pytest.raises(ImportError, match="no cfn-lint here"):
        judged(CloudFormationJudge(type_names=CLOUDFORMATION_TYPES), FUNCTION, GOOD)


def test_findings_are_remembered_by_content_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def loaded(type_names: frozenset[str]) -> Any:
        def validate(region: str, type_name: str, properties: dict[str, Any]) -> list[Any]:
            calls.append(region)
            return []

        return validate

    monkeypatch.setattr(cloudformation_judge, "_load_cfn_lint", loaded)
    judge = CloudFormationJudge(type_names=CLOUDFORMATION_TYPES)
    for region in (REGION, REGION, "eu-west-1"):
        judged(judge, FUNCTION, GOOD, region)
    judged(judge, FUNCTION, {**GOOD, "timeout": 4})
    assert calls == [REGION, "eu-west-1", REGION]


SECRET = ApiShape(
    service="secretsmanager",
    operation="PutSecretValue",
    members={"secretId": "SecretId", "versionStages": "VersionStages", "rules.stages": "VersionStages"},
)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"secretId": ""}, "secretId: 0 characters is less than the minimum of 1"),
        ({"secretId": "x" * 2049}, "secretId: 2049 characters is greater than the maximum of 2048"),
        ({"versionStages": []}, "versionStages: 0 items is less than the minimum of 1"),
        ({"versionStages": ["a", "b" * 257]}, "versionStages[1]: 257 characters is greater than the maximum of 256"),
        ({"rules": {"stages": [""]}}, "rules.stages[0]: 0 characters is less than the minimum of 1"),
    ],
)
def test_botocore_s_model_knows_limits(inputs: dict[str, Any], expected: str) -> None:
    [problem] = api_problems(inputs, SECRET)
    assert f"{path_text(problem.path)}: {problem.message}" == expected


def test_botocore_s_model_knows_patterns_enumerations_and_maps() -> None:
    function = ApiShape(
        service="lambda",
        operation="CreateFunction",
        members={"name": "FunctionName", "runtime": "Runtime", "variables": "Environment.Variables"},
    )
    found = api_problems({"name": "a b", "runtime": "cobol", "variables": {"9": "x", "OK": UNKNOWN}}, function)
    texts = [f"{path_text(each.path)}: {each.message}" for each in found]
    assert texts[0].startswith("name: 'a b' does not match (arn:")
    assert texts[1].startswith("runtime: 'cobol' is not one of nodejs")
    assert texts[2].startswith("variables.9: '9' does not match")
    assert len(texts) == 3


def test_values_that_are_absent_or_unknown_are_not_judged_by_the_model() -> None:
    assert api_problems({"secretId": UNKNOWN, "rules": UNKNOWN}, SECRET) == []
    assert api_problems({}, SECRET) == []


def test_a_table_with_a_member_that_the_operation_does_not_have_is_a_mistake() -> None:
    shape = ApiShape(service="iam", operation="AttachRolePolicy", members={"role": "Role"})
    with pytest.raises(LookupError, match="iam:AttachRolePolicy has no member Role"):
        api_problems({"role": "x"}, shape)


@pytest.mark.parametrize("table", [each for each in RESOURCE_TYPES.values() if each.api], ids=lambda each: each.token)
def test_every_table_s_members_exist(table: ResourceType) -> None:
    assert table.api is not None
    for dotted in table.api.members:
        inputs: Any = UNKNOWN
        for part in reversed(dotted.split(".")):
            inputs = {part: inputs}
        assert api_problems(inputs, table.api) == []
