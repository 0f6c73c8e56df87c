"""The data sources of the `aws` package that programs need: who and where am I.

Deliberately few: what a program can be told by configuration or by another resource's output needs no look-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.errors import ProviderError
from sandbox.provider.service import Invoke


def get_caller_identity(clients: AwsClients, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """`aws.get_caller_identity()`: STS GetCallerIdentity."""
    del arguments
    identity = clients.caller_identity
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "id": identity["Account"],
        "userId": identity["UserId"],
    }


def get_region(clients: AwsClients, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """`aws.get_region()`: the provider's region, or the one that is asked for."""
    for forbidden in ("endpoint", "name"):
        asked = arguments.get(forbidden)
        if asked and asked != clients.region:
            raise ProviderError(f"aws.get_region({forbidden}=...) is not known to the sandbox; ask by region")
    region = clients.region
    return {
        "description": clients.region_description,
        "endpoint": f"ec2.{region}.{clients.dns_suffix}",
        "id": region,
        "name": region,
        "region": region,
    }


def get_partition(clients: AwsClients, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """`aws.get_partition()`: the region's partition and its domain."""
    del arguments
    suffix = clients.dns_suffix
    return {
        "dnsSuffix": suffix,
        "id": clients.partition,
        "partition": clients.partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


INVOKES: Final[Mapping[str, Invoke]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getRegion:getRegion": get_region,
}
