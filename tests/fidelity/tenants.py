"""Two tenants with rows in one table, and a role whose sessions may reach the rows of one of them only."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

ITEM_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
OWN_ROWS = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${aws:PrincipalTag/customer_id}"}}
TABLE = "tenant-rows"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{TABLE}"

_numbers = itertools.count(1)


def document(*statements: Mapping[str, Any]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Any, resources: Any, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A statement that allows."""
    found = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return found | ({"Condition": condition} if condition else {})


def code_of(error: ClientError) -> str:
    """The error's code."""
    return error.response["Error"]["Code"]


@dataclass(kw_only=True)
class Tenants:
    """The table in one sandbox. Every role made here is one of a user who may pass tags."""

    sandbox: RunningSandbox
    user: dict[str, str] = field(default_factory=dict[str, str])

    def prepare(self) -> "Tenants":
        """Makes the table with rows `1` of `acme` and `beta`, and a user who may assume any role and pass tags."""
        client = self.sandbox.client("dynamodb")
        names = ("customer_id", "data_id", "colour")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "customer_id", "KeyType": "HASH"},
                {"AttributeName": "data_id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-colour",
                    "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        for tenant in ("acme", "beta"):
            client.put_item(TableName=TABLE, Item=row(tenant))
        iam = self.sandbox.client("iam")
        iam.create_user(UserName="begins-sessions")
        iam.put_user_policy(
            UserName="begins-sessions",
            PolicyName="begin",
            PolicyDocument=document(allow(["sts:AssumeRole", "sts:TagSession"], "*")),
        )
        self.user = iam.create_access_key(UserName="begins-sessions")["AccessKey"]
        return self

    def role(self, *statements: Mapping[str, Any], **settings: Any) -> str:
        """A role with these statements that anyone of the account may assume with tags; answers its ARN."""
        iam = self.sandbox.client("iam")
        name = f"role-{next(_numbers)}"
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
        trust_document = settings.pop("trust", document(trust))
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_document, **settings)["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document(*statements))
        return arn

    def session(self, role_arn: str, **tags: str) -> dict[str, str]:
        """Credentials of a session of the role with these tags, begun by the user."""
        return self.assume(role_arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    def assume(self, role_arn: str, *, by: dict[str, str] | None = None, **request: Any) -> dict[str, str]:
        """Credentials that AssumeRole answers to `by` (the user if not given)."""
        client = self.sandbox.client("sts", credentials=by or self.user)
        request = {"RoleSessionName": "session", **request}
        return client.assume_role(RoleArn=role_arn, **request)["Credentials"]

    def dynamodb(self, credentials: dict[str, str]) -> Any:
        """A client of DynamoDB with these credentials."""
        return self.sandbox.client("dynamodb", credentials=credentials)


def key(tenant: str, data_id: str = "1") -> dict[str, Any]:
    """A row's key."""
    return {"customer_id": {"S": tenant}, "data_id": {"S": data_id}}


def row(tenant: str, data_id: str = "1") -> dict[str, Any]:
    """A row; its colour is its tenant's name, so that the index has the tenants apart too."""
    return {**key(tenant, data_id), "colour": {"S": tenant}}
