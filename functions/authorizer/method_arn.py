"""The ARN of the method that is being called:
`arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}`.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-using-iam-policies-to-invoke-api.html
The first part goes into policies, so nothing is accepted there that a policy reads as a pattern; the path is the
caller's own text and never goes into a policy.
"""

from __future__ import annotations


class MethodArn:
    """`stage_arn` is everything up to the stage, `route` is `METHOD /path`."""

    __slots__ = ("route", "stage_arn")

    def __init__(self, arn: object) -> None:
        """Read `arn`; raises ValueError where it is not the ARN of a method."""
        if type(arn) is not str:
            raise ValueError("methodArn is a string")
        api_arn, stage, method, path = (*arn.split("/", 3), "", "", "")[:4]
        fields = api_arn.split(":")
        if len(fields) != 6 or fields[0] != "arn" or fields[2] != "execute-api" or not all((*fields, stage, method)):
            raise ValueError("methodArn is not the ARN of a method of an API")
        self.stage_arn = f"{api_arn}/{stage}"
        if "*" in self.stage_arn or "?" in self.stage_arn or "$" in self.stage_arn:
            raise ValueError("methodArn holds a pattern")
        self.route = f"{method} /{path}"
