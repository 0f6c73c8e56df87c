"""Which CloudFormation resource types are entrances, or can hold some that nobody sees.

The families of the rules are covered: API Gateway, function URLs and permissions, and all that expands into them.
Other services that answer requests (AppSync, load balancers, CloudFront, App Runner) are not their matter.
"""

from typing import Final

_ENTRANCES: Final = (
    "AWS::ApiGateway::",
    "AWS::ApiGatewayV2::",
    "AWS::Lambda::Url",
    "AWS::Lambda::Permission",
    "AWS::Serverless::",
)
_HOLD_MORE: Final = (
    "AWS::CloudFormation::",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
    "AWS::ServerlessRepo::",
)


def opens(resource_type: str) -> bool:
    """Whether a resource of this CloudFormation type is an entrance or may hold one; unknown vendors' types may."""
    return not resource_type.startswith("AWS::") or resource_type.startswith((*_ENTRANCES, *_HOLD_MORE))
