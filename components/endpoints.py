"""Where an API answers, and who may reach it there. Pure: creates no resource.

A private API answers through interface endpoints of VPCs only, and API Gateway deploys none without a resource policy.
The policy decides who reaches the API at all; who is let in stays the authorizer's decision, which comes after it.
"""

from collections.abc import Sequence
from enum import StrEnum

import pulumi

from components.errors import ArgumentError
from components.iam import EVERY_RESOURCE, POLICY_LANGUAGE_VERSION

VPC_ENDPOINT_PREFIX = "vpce-"


class EndpointType(StrEnum):
    """Where API Gateway answers: at AWS's edge locations, in the region, or inside VPCs only."""

    EDGE = "EDGE"
    REGIONAL = "REGIONAL"
    PRIVATE = "PRIVATE"


def check_endpoints(endpoint_type: EndpointType, vpc_endpoint_ids: Sequence[pulumi.Input[str]]) -> None:
    """Raises `ArgumentError` for a type that there is not, PRIVATE without endpoints, and endpoints without PRIVATE."""
    if endpoint_type not in tuple(EndpointType):
        raise ArgumentError(f"endpoint_type: {str(endpoint_type)!r}; use one of {', '.join(EndpointType)}.")
    if endpoint_type == EndpointType.PRIVATE and (isinstance(vpc_endpoint_ids, str) or not vpc_endpoint_ids):
        raise ArgumentError(
            f"vpc_endpoint_ids={vpc_endpoint_ids!r}: endpoint_type PRIVATE is reached through interface endpoints for "
            "execute-api only; name at least one in a list, or use REGIONAL."
        )
    if endpoint_type != EndpointType.PRIVATE and vpc_endpoint_ids:
        raise ArgumentError(
            f"vpc_endpoint_ids: endpoint_type {endpoint_type} is reached from the internet; leave them out, or use "
            "endpoint_type PRIVATE."
        )
    for identifier in vpc_endpoint_ids:
        if isinstance(identifier, str) and not identifier.startswith(VPC_ENDPOINT_PREFIX):
            raise ArgumentError(
                f"vpc_endpoint_ids: {identifier!r} is not the id of a VPC endpoint; it starts with "
                f"{VPC_ENDPOINT_PREFIX}."
            )


def private_policy(
    execution_arn: pulumi.Input[str], vpc_endpoint_ids: Sequence[pulumi.Input[str]]
) -> pulumi.Output[str]:
    """The resource policy of a private API: nobody calls it but through these endpoints.

    Deny and Allow, as AWS writes it: a call from elsewhere is denied explicitly, whatever else allows it
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html).
    """
    shared = {
        "Principal": EVERY_RESOURCE,
        "Action": "execute-api:Invoke",
        "Resource": pulumi.Output.concat(execution_arn, "/*"),
    }
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": list(vpc_endpoint_ids)}}
    return pulumi.Output.json_dumps(
        {
            "Version": POLICY_LANGUAGE_VERSION,
            "Statement": [
                {"Sid": "DenyOtherEndpoints", "Effect": "Deny", **shared, "Condition": elsewhere},
                {"Sid": "AllowTheseEndpoints", "Effect": "Allow", **shared},
            ],
        },
        sort_keys=True,
    )
