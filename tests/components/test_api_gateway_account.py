"""`ApiGatewayAccount`: the role that access logs are written with, once per account and region."""

import json

from tests.components.samples import api_gateway_account
from tests.support.mocks import deploy

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def test_the_setting_comes_after_the_role_has_its_rights_because_api_gateway_tries_them() -> None:
    stack = deploy(api_gateway_account)
    assert stack.one(ATTACHMENT).urn in stack.one("aws:apigateway/account:Account").depends_on


def test_only_api_gateway_assumes_the_role() -> None:
    role = deploy(api_gateway_account).one("aws:iam/role:Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}


def test_the_policy_is_aws_own_for_this_purpose_in_the_partition_of_the_account() -> None:
    arn = deploy(api_gateway_account).one(ATTACHMENT).inputs["policyArn"]
    assert arn == "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
