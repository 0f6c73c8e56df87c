"""`ApiGatewayAccount`: lets API Gateway write access logs in this account and region.

The setting is one per account and region, not one per API, and a second stack would overwrite the first one's: so it
is a component of its own, which a program makes where nobody else has. It deliberately knows no API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.iam import service_trust_policy

# API Gateway tries the role when the setting is made and refuses it without these rights, which AWS lists nowhere else.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
PUSH_TO_CLOUDWATCH_LOGS = "policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


@dataclass(frozen=True, kw_only=True)
class ApiGatewayAccountArgs:
    """Nothing but tags: the rest is AWS's."""

    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class ApiGatewayAccount(pulumi.ComponentResource):
    """The role that API Gateway writes logs with, and the setting that names it.

    Logical names: `<name>` for the setting, `<name>-role`, `<name>-policy`.
    """

    cloudwatch_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApiGatewayAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:ApiGatewayAccount", name, None, opts)
        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self)).partition
        role = aws.iam.Role(
            f"{name}-role",
            description="Lets API Gateway write access logs",
            assume_role_policy=service_trust_policy("apigateway.amazonaws.com", source_account=None),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-policy",
            role=role.name,
            policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:", PUSH_TO_CLOUDWATCH_LOGS),
            opts=pulumi.ResourceOptions(parent=self),
        )
        setting = aws.apigateway.Account(
            name,
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
        )
        # The setting's own output, so that whatever uses it comes after the setting and not only after the role.
        self.cloudwatch_role_arn = setting.cloudwatch_role_arn
        self.register_outputs({"cloudwatch_role_arn": self.cloudwatch_role_arn})
