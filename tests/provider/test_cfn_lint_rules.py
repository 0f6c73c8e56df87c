"""cfn-lint, set up to judge quickly, finds what it finds as it is delivered."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from sandbox.provider import cloudformation_judge
from sandbox.provider.cfn_lint_rules import load_rules
from sandbox.provider.cloudformation import UNKNOWN_REFERENCE
from sandbox.provider.registry import CLOUDFORMATION_TYPES

REGION = "ap-southeast-3"

AS_DELIVERED = """
import json, sys
import cfnlint  # with sympy and networkx
from sandbox.provider import cloudformation_judge
from tests.provider.test_cfn_lint_rules import shipped_rules

cloudformation_judge.load_rules = lambda is_wanted, type_names: shipped_rules()
validate = cloudformation_judge._load_cfn_lint(frozenset())
json.dump([validate(*each) for each in json.load(sys.stdin)], sys.stdout)
"""

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "sts:AssumeRole"}]}

WRONG: list[tuple[str, str, dict[str, Any]]] = [
    (REGION, type_name, properties)
    for type_name, properties in (
        ("AWS::Lambda::Function", {"MemorySize": 64, "Role": "role", "Runtime": "cobol", "Timeout": UNKNOWN_REFERENCE}),
        ("AWS::Lambda::Function", {"MemorySize": {"Fn::If": ["Large", 64, 128]}, "Timeout": {"Ref": "Nobody"}}),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": ""}]}),
        ("AWS::ApiGateway::Method", {"HttpMethod": "FETCH", "Integration": {"Type": "MAGIC"}}),
        ("AWS::ApiGateway::RestApi", {"Body": {"openapi": "3.0.1"}, "Surplus": {}}),
        ("AWS::DynamoDB::Table", {"BillingMode": "FREE", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]}),
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/8", "InstanceTenancy": "shared", "Surplus": {}}),
        ("AWS::S3::Bucket", {"BucketName": "A", "VersioningConfiguration": {"Status": "Perhaps"}}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 8, "KmsKeyId": UNKNOWN_REFERENCE, "Surplus": {}}),
    )
]


def test_findings_are_those_of_cfn_lint_as_it_is_delivered() -> None:
    delivered = subprocess.run(
        [sys.executable, "-c", AS_DELIVERED], input=json.dumps(WRONG), capture_output=True, text=True, check=True
    )
    validate = cloudformation_judge._load_cfn_lint(CLOUDFORMATION_TYPES)
    # Twice: the second round meets what the first has left behind.
    for _ in range(2):
        findings = [validate(*each) for each in WRONG]
        assert all(findings)
        assert _sorted(json.loads(json.dumps(findings))) == _sorted(json.loads(delivered.stdout))


def test_only_rules_that_are_for_other_types_are_left_out() -> None:
    left_out = shipped_rules()
    for name in load_rules(cloudformation_judge._counts, CLOUDFORMATION_TYPES):
        left_out.data.pop(name)
    counting = {name: rule for name, rule in left_out.items() if cloudformation_judge._counts(name)}
    assert counting
    for name, rule in counting.items():
        rule.initialize(None)  # where some learn for what they are
        types = [re.match(r"Resources/([\w:]+)/", keyword) for keyword in rule.keywords]
        assert types, name
        assert not {each and each[1] for each in types} & {None, *CLOUDFORMATION_TYPES}, name


def shipped_rules() -> Any:
    """All rules as cfn-lint itself has them."""
    import cfnlint  # not above: the judge imports it first
    from cfnlint.rules import Rules

    return Rules.create_from_directory(str(Path(str(cfnlint.__file__)).parent / "rules"))


def _sorted(findings: list[list[Any]]) -> list[list[Any]]:
    """As delivered, the rules come in the order in which the file system lists their modules."""
    return [sorted(each, key=json.dumps) for each in findings]
