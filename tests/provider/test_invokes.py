"""Who and where am I."""

import grpc
import pytest
from pulumi import _types as pulumi_types
from pulumi_aws import GetCallerIdentityResult, GetPartitionResult, GetRegionResult

from tests.provider.driver import ProviderDriver
from tests.support.sandbox import ACCOUNT_ID, REGION


def names(result: type) -> set[str]:
    return set(pulumi_types.output_type_types(result))


def test_the_caller_is_the_account_s_root(aws: ProviderDriver) -> None:
    answer = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert answer["accountId"] == ACCOUNT_ID
    assert answer["id"] == ACCOUNT_ID
    assert answer["arn"].startswith(f"arn:aws:iam::{ACCOUNT_ID}:")
    assert answer.keys() == names(GetCallerIdentityResult)


def test_the_region_is_the_provider_s_or_the_one_asked_for(aws: ProviderDriver) -> None:
    answer = aws.invoke("aws:index/getRegion:getRegion")
    assert answer["region"] == answer["id"] == answer["name"] == REGION
    assert answer["description"] == "Asia Pacific (Jakarta)"
    assert answer["endpoint"] == f"ec2.{REGION}.amazonaws.com"
    assert answer.keys() == names(GetRegionResult)
    assert aws.invoke("aws:index/getRegion:getRegion", region="cn-north-1")["endpoint"].endswith("amazonaws.com.cn")


def test_the_partition_is_the_region_s(aws: ProviderDriver) -> None:
    answer = aws.invoke("aws:index/getPartition:getPartition")
    assert answer == {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "reverseDnsPrefix": "com.amazonaws",
    }
    assert answer.keys() == names(GetPartitionResult)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"region": "mars-1"}, "getRegion: region: 'mars-1' is not an AWS region"),
        ({"endpoint": "ec2.eu-west-1.amazonaws.com"}, r"aws.get_region\(endpoint=...\) is not known to the sandbox"),
    ],
)
def test_a_region_that_cannot_be_found_is_told(aws: ProviderDriver, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(grpc.RpcError, match=message):
        aws.invoke("aws:index/getRegion:getRegion", **arguments)
