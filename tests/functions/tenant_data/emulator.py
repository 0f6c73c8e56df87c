"""The tables and the roles of the tenant data API in a sandbox of its own, with the policies of the program."""

import functools
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any

from aws_calls.credentials import Credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint
from aws_calls.role_sessions import RoleSessions
from components.iam import policy_document
from components.tenant_role import DATA_ACTIONS, IDEMPOTENCY_ACTIONS, own_rows, trust_policy
from tenant_data.dynamodb_repository import DynamoDbRepository
from tenant_data.tenant_sessions import AssumedRoleSessions
from tenant_usage.usage_table import UsageTable
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

TABLES = {
    "customer-data": ("customer_id", "data_id"),
    "idempotency": ("customer_id", "idempotency_key"),
    "usage": ("customer_id", "day"),
}


@dataclass(frozen=True, kw_only=True)
class TenantTables:
    """Names by what is in them, with a prefix of their own so that several can be side by side."""

    prefix: str

    @property
    def data(self) -> str:
        """The rows."""
        return f"{self.prefix}-customer-data"

    @property
    def idempotency(self) -> str:
        """Idempotency keys."""
        return f"{self.prefix}-idempotency"

    @property
    def usage(self) -> str:
        """Counts."""
        return f"{self.prefix}-usage"

    @property
    def tenant_role_arn(self) -> str:
        """The role whose sessions are tagged."""
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{self.prefix}-tenant"

    @property
    def function_role_arn(self) -> str:
        """The data function's own role."""
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{self.prefix}-function"

    def arn(self, table: str) -> str:
        """A table's ARN."""
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}"


class TenantEmulator:
    """Tables and roles in a running sandbox, and the product's adapters on them."""

    def __init__(
        self, sandbox: RunningSandbox, *, existing: TenantTables | None = None, patience_seconds: float = 30
    ) -> None:
        """Make them, or use those that are there already (the sandbox was restarted)."""
        self.sandbox = sandbox
        self.tables = existing or TenantTables(prefix=f"t{uuid.uuid4().hex[:8]}")
        self._patience_seconds = patience_seconds
        self._endpoints: list[HttpEndpoint] = []
        if existing is None:
            self._make_tables()
            self._make_roles()

    def _make_tables(self) -> None:
        sandbox = self.sandbox
        for purpose, keys in TABLES.items():
            sandbox.client("dynamodb").create_table(
                TableName=f"{self.tables.prefix}-{purpose}",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
                ],
            )

    def _make_roles(self) -> None:
        iam, tables = self.sandbox.client("iam"), self.tables
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=f"{tables.prefix}-function", AssumeRolePolicyDocument=_document([root]))
        allowed = [
            _allow(["sts:AssumeRole", "sts:TagSession"], tables.tenant_role_arn),
            _allow(["dynamodb:UpdateItem", "dynamodb:Query"], tables.arn(tables.usage)),
        ]
        self._put_policy("function", _document(allowed))
        iam.create_role(
            RoleName=f"{tables.prefix}-tenant", AssumeRolePolicyDocument=trust_policy(tables.function_role_arn)
        )
        statements = [
            own_rows("Rows", DATA_ACTIONS, tables.arn(tables.data)),
            own_rows("Idempotency", IDEMPOTENCY_ACTIONS, tables.arn(tables.idempotency)),
        ]
        self._put_policy("tenant", json.dumps(policy_document(statements)))

    def _put_policy(self, role: str, document: str) -> None:
        self.sandbox.client("iam").put_role_policy(
            RoleName=f"{self.tables.prefix}-{role}", PolicyName="policy", PolicyDocument=document
        )

    @functools.cached_property
    def function_session(self) -> dict[str, str]:
        """Credentials of the data function's own role, as STS answers them."""
        return self.sandbox.client("sts").assume_role(
            RoleArn=self.tables.function_role_arn, RoleSessionName="tenant-data"
        )["Credentials"]

    @functools.cached_property
    def own(self) -> Credentials:
        """The same for the product's own calls."""
        session = self.function_session
        return Credentials(
            access_key_id=session["AccessKeyId"],
            secret_access_key=session["SecretAccessKey"],
            session_token=session["SessionToken"],
        )

    def endpoint(self) -> HttpEndpoint:
        """A new endpoint, closed with this."""
        made = HttpEndpoint(self.sandbox.url, read_timeout_seconds=self._patience_seconds)
        self._endpoints.append(made)
        return made

    def dynamodb(self) -> DynamoDb:
        """The product's client."""
        return DynamoDb(endpoint=self.endpoint(), region=REGION)

    def sessions(self) -> AssumedRoleSessions:
        """The product's sessions."""
        sts = RoleSessions(endpoint=self.endpoint(), region=REGION, credentials=self.own)
        return AssumedRoleSessions(sts=sts, role_arn=self.tables.tenant_role_arn, clock=time)

    def repository(self, clock: Callable[[], float]) -> DynamoDbRepository:
        """The product's repository."""
        return DynamoDbRepository(
            dynamodb=self.dynamodb(),
            sessions=self.sessions(),
            data_table=self.tables.data,
            idempotency_table=self.tables.idempotency,
            clock=clock,
        )

    def usage(self, clock: Callable[[], float], requests_per_minute: int) -> UsageTable:
        """The product's counts."""
        return UsageTable(
            dynamodb=self.dynamodb(),
            credentials=self.own,
            table=self.tables.usage,
            requests_per_minute=requests_per_minute,
            clock=clock,
        )

    def tenant_client(self, customer_id: str) -> Any:
        """A boto3 client of DynamoDB with a session of the tenant role, as whoever has stolen one would use it."""
        made = self.sessions().credentials(customer_id)
        session = {
            "AccessKeyId": made.access_key_id,
            "SecretAccessKey": made.secret_access_key,
            "SessionToken": made.session_token or "",
        }
        return self.sandbox.client("dynamodb", credentials=session)

    def close(self) -> None:
        """Close the connections; the tables go with the sandbox."""
        for endpoint in self._endpoints:
            endpoint.close()


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
