"""The tables of keys and the audit log group in a sandbox, reached by the product's adapters under least privilege.

Each adapter runs as a role that may do what the adapter's docstring says it needs, and nothing else: the emulator
enforces it, so that these statements are known to be enough.
"""

import json
import uuid
from typing import TYPE_CHECKING, Any

from api_keys.dynamodb_exchange import DynamoDbExchange
from api_keys.dynamodb_keys import DynamoDbKeys
from audit_trail.cloudwatch_trail import CloudWatchTrail
from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint
from aws_calls.own_role import own_role_calls
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

if TYPE_CHECKING:  # for the type checker only
    from aws_calls.own_role import Call


class KeysEmulator:
    """Two tables, a log group and three roles in a running sandbox."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self._endpoints: list[HttpEndpoint] = []
        prefix = f"k{uuid.uuid4().hex[:8]}"
        self.keys_table, self.lockouts_table = f"{prefix}-api-keys", f"{prefix}-lockouts"
        self.audit_group = f"/gatehouse/{prefix}-audit"
        for table in (self.keys_table, self.lockouts_table):
            sandbox.client("dynamodb").create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        sandbox.client("logs").create_log_group(logGroupName=self.audit_group)
        keys, lockouts = (self._table_arn(table) for table in (self.keys_table, self.lockouts_table))
        group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{self.audit_group}:*"
        self._admin = self._role(
            f"{prefix}-admin",
            [(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"], keys)],
        )
        self._exchange = self._role(
            f"{prefix}-exchange",
            [
                (["dynamodb:GetItem", "dynamodb:BatchGetItem"], keys),
                (["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"], lockouts),
            ],
        )
        self._audit = self._role(f"{prefix}-audit", [(["logs:CreateLogStream", "logs:PutLogEvents"], group)])

    def keys(self) -> DynamoDbKeys:
        """The product's repository, as the role of the admin function."""
        return DynamoDbKeys(call=self.calls(self._admin), table=self.keys_table)

    def exchange(self) -> DynamoDbExchange:
        """The product's exchange store, as the role of the exchange function."""
        return DynamoDbExchange(
            call=self.calls(self._exchange), keys_table=self.keys_table, lockouts_table=self.lockouts_table
        )

    def keys_as_exchange(self) -> DynamoDbKeys:
        """The repository with a role that may only read keys."""
        return DynamoDbKeys(call=self.calls(self._exchange), table=self.keys_table)

    def trail(self, group: str | None = None) -> CloudWatchTrail:
        """The product's audit trail, as a role that may add to it."""
        return CloudWatchTrail(group=group or self.audit_group, environment=self._audit, endpoint=self.endpoint())

    def endpoint(self) -> HttpEndpoint:
        """A new endpoint, closed with this."""
        made = HttpEndpoint(self.sandbox.url, read_timeout_seconds=30)
        self._endpoints.append(made)
        return made

    def calls(self, environment: dict[str, str]) -> "Call":
        """The product's calls to DynamoDB, with connections that are closed with this."""
        return own_role_calls(environment, dynamodb=DynamoDb(endpoint=self.endpoint(), region=REGION))

    def close(self) -> None:
        """Close the connections; the tables go with the sandbox."""
        for endpoint in self._endpoints:
            endpoint.close()

    def audit_client(self) -> Any:
        """A boto3 client of CloudWatch Logs with the role that may add to the trail."""
        return self.sandbox.client(
            "logs",
            credentials={
                "AccessKeyId": self._audit["AWS_ACCESS_KEY_ID"],
                "SecretAccessKey": self._audit["AWS_SECRET_ACCESS_KEY"],
                "SessionToken": self._audit["AWS_SESSION_TOKEN"],
            },
        )

    def item(self, table: str, item_id: str) -> Any:
        """An item as DynamoDB has it."""
        answer = self.sandbox.client("dynamodb").get_item(
            TableName=table, Key={"id": {"S": item_id}}, ConsistentRead=True
        )
        return answer.get("Item")

    def records(self) -> list[dict[str, Any]]:
        """Every record in the audit log group."""
        events = self.sandbox.client("logs").filter_log_events(logGroupName=self.audit_group)["events"]
        return [json.loads(event["message"]) for event in events]

    def _table_arn(self, table: str) -> str:
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}"

    def _role(self, name: str, allowed: list[tuple[list[str], str]]) -> dict[str, str]:
        """The environment of a function that runs as a new role."""
        iam = self.sandbox.client("iam")
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([root]))["Role"]["Arn"]
        statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in allowed]
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=_document(statements))
        session = self.sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]
        return {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.sandbox.url,
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "AWS_LAMBDA_FUNCTION_NAME": name,
        }


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
