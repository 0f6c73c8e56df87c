"""The key routes in a sandbox: real archives, real authorizers, HTTP. Deliberately not how the program deploys them.

Behind `/data` stands a function that answers with what the authorizer told it. Nothing is cached between requests (TTL
0, REVOCATION_CACHE_SECONDS 0), so that a test need not wait for a revocation.
"""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from jwt_verification.base64url import decode
from secret_rotation.kinds import secret_kind
from tenant_usage.usage import TABLE_VARIABLE
from tests.functions.keys.emulator import KeysEmulator
from tests.functions.keys.world import AUDIENCE, ISSUER
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root
from tests.gateway.rest_api import Answer, Api, ApiWorkshop
from tests.support.functions import make_role
from tests.support.openapi import check_answer, contract
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox, wait_until

LIBRARIES = ("api_keys", "api_responses", "audit_trail", "aws_calls", "jwt_verification", "secret_store")
DENIED = 401
WHO_CODE = """
import json

def handle(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}
"""


class DeployedKeys:
    """The API, and what is behind it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.emulator = KeysEmulator(sandbox)
        self.prefix = self.emulator.keys_table.partition("-")[0]
        self.usage_table = f"{self.prefix}-usage"
        self.workshop = ApiWorkshop(sandbox)
        self.admin_secret = self._secret("admin-api-key")
        self.signing_secret = self._secret("hs256-signing-key")
        self.api = self._deploy()

    @property
    def admin_key(self) -> str:
        """The current admin key."""
        answer = self.sandbox.client("secretsmanager").get_secret_value(SecretId=self.admin_secret)
        return answer["SecretString"]

    def signing_key(self, key_id: str) -> bytes:
        """The key that tokens with this `kid` are signed with."""
        secrets = self.sandbox.client("secretsmanager")
        answer = secrets.get_secret_value(SecretId=self.signing_secret, VersionId=key_id)
        return decode(json.loads(answer["SecretString"])["key"].encode())

    def rotate(self, secret: str, kind: str) -> None:
        """Put a new current version, as the last step of a rotation does."""
        self.sandbox.client("secretsmanager").put_secret_value(
            SecretId=secret, SecretString=secret_kind(kind).new_value()
        )

    def admin(self, method: str, path: str = "/admin/keys", *, key: str | None = None, body: Any = None) -> Answer:
        """A request to the admin routes, with the current admin key unless another is given."""
        headers = {"X-Admin-API-Key": self.admin_key if key is None else key}
        return self._call(method, path, headers, body)

    def create(self, customer_id: str, **members: Any) -> str:
        """A new key's text."""
        answer = self.admin("POST", body={"customer_id": customer_id, "customer_name": "Customer Name", **members})
        assert answer.status == 201, answer
        return answer.json["api_key"]

    def auth(self, api_key: str, **headers: str) -> Answer:
        """A request to `POST /auth`."""
        return self._call("POST", "/auth", headers, {"api_key": api_key})

    def data(self, token: str) -> Answer:
        """A request to `GET /data`."""
        return self._call("GET", "/data", {"Authorization": f"Bearer {token}"}, None)

    def close(self) -> None:
        """Close the connections; everything else goes with the sandbox."""
        self.emulator.close()

    def _call(self, method: str, path: str, headers: dict[str, str], body: Any) -> Answer:
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
        content = None if body is None else json.dumps(body).encode()
        answer = self.api.call(path, method=method, headers=headers, body=content)
        resource = contract().resource_of(method, path)
        # Behind `/data` is a function of the tests, so that only the authorizer's denials are the API's there.
        if resource is not None and (resource != "/data" or answer.status == DENIED):
            check_answer(method, resource, answer.status, answer.headers, answer.body)
        return answer

    def _secret(self, kind: str) -> str:
        made = self.sandbox.client("secretsmanager").create_secret(
            Name=f"{self.prefix}-{kind}", SecretString=secret_kind(kind).new_value()
        )
        return made["ARN"]

    def _deploy(self) -> Api:
        emulator = self.emulator
        tables = {"API_KEYS_TABLE": emulator.keys_table, "LOCKOUTS_TABLE": emulator.lockouts_table}
        audit = {"AUDIT_LOG_GROUP": emulator.audit_group}
        token = {
            "SIGNING_KEY_SECRET_ARN": self.signing_secret,
            "TOKEN_ISSUER": ISSUER,
            "TOKEN_AUDIENCE": AUDIENCE,
        }
        admin = {**audit, "ADMIN_KEY_SECRET_ARN": self.admin_secret}
        limits = {"LOCKOUT_SOURCE_FAILURES": "1000", "LOCKOUT_KEY_FAILURES": "3", "LOCKOUT_SECONDS": "300"}
        fresh = {"REVOCATION_CACHE_SECONDS": "0"}
        self._function("tenant-keys", ("tenant_keys", *LIBRARIES), {**tables, **audit})
        self._function("key-exchange", ("key_exchange", *LIBRARIES), {**tables, **audit, **token, **limits})
        self._authorizer("admin_key", admin)
        self._authorizer("key_exchange", {**tables, **limits})
        self._authorizer("tenant_token", {**tables, **audit, **token, **fresh})
        self.workshop.function(f"{self.prefix}-who", WHO_CODE, Environment={"Variables": self._usage()})

        api = self.workshop.api()
        by_admin = self._attach(api, "admin_key", "method.request.header.X-Admin-API-Key")
        by_exchange = self._attach(api, "key_exchange", None)
        by_token = self._attach(api, "tenant_token", "method.request.header.Authorization")
        keys, customer = "/admin/keys", "/admin/keys/{customer_id}"
        for method, path in (
            ("POST", keys),
            ("GET", customer),
            ("DELETE", customer),
            ("DELETE", f"{customer}/{{key_id}}"),
        ):
            api.route(path, function=f"{self.prefix}-tenant-keys", method=method, authorizer=by_admin)
        api.route("/auth", function=f"{self.prefix}-key-exchange", method="POST", authorizer=by_exchange)
        api.route("/data", function=f"{self.prefix}-who", authorizer=by_token)
        message = '{"message": "Unauthorized: $context.authorizer.message"}'
        api.gateway_response("ACCESS_DENIED", message, statusCode="401")
        api.deploy()
        return api

    def _usage(self) -> dict[str, str]:
        """The settings of the data function that say where requests are counted."""
        self.sandbox.client("dynamodb").create_table(
            TableName=self.usage_table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("customer_id", "day")],
            KeySchema=[
                {"AttributeName": "customer_id", "KeyType": "HASH"},
                {"AttributeName": "day", "KeyType": "RANGE"},
            ],
        )
        return {TABLE_VARIABLE: self.usage_table}

    def _attach(self, api: Api, chain: str, identity_source: str | None) -> str:
        source = {} if identity_source is None else {"identitySource": identity_source}
        authorizer_id = self.workshop.gateway.create_authorizer(
            restApiId=api.api_id,
            name=chain,
            type="REQUEST",
            authorizerUri=self.workshop.invocation_uri(f"{self.prefix}-{chain}"),
            authorizerResultTtlInSeconds=0,
            **source,
        )["id"]
        self.workshop.permit(f"{self.prefix}-{chain}", f"{api.api_id}/authorizers/{authorizer_id}")
        return authorizer_id

    def _authorizer(self, chain: str, variables: dict[str, str]) -> None:
        packages = (*AUTHORIZER_PACKAGES, "api_keys", "audit_trail", "aws_calls")
        settings = {**variables, "NOT_AUTHENTICATED_ANSWER": "deny"}
        self._deploy_function(chain, packages, "authorizer.handler.handle", settings, chain=chain)

    def _function(self, name: str, packages: tuple[str, ...], variables: dict[str, str]) -> None:
        self._deploy_function(name, packages, f"{packages[0]}.handler.handle", variables)

    def _deploy_function(
        self, name: str, packages: tuple[str, ...], handler: str, variables: dict[str, str], *, chain: str | None = None
    ) -> None:
        name = f"{self.prefix}-{name}"
        with tempfile.TemporaryDirectory() as folder:
            code = _zipped(make_task_root(Path(folder), packages=packages, chain=chain))
        functions = self.sandbox.client("lambda")
        arn = functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler=handler,
            Timeout=30,
            Role=make_role(self.sandbox, name, self._permissions()),
            Code={"ZipFile": code},
            Environment={"Variables": variables},
        )["FunctionArn"]
        wait_until(
            lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active", what=f"{name} runs"
        )
        self.workshop.adopt(name, arn)

    def _permissions(self) -> list[dict[str, Any]]:
        """What all of them together need; which of them needs what, the tests of the stores show."""
        tables = [
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{table}"
            for table in (self.emulator.keys_table, self.emulator.lockouts_table)
        ]
        items = [f"dynamodb:{action}" for action in ("GetItem", "BatchGetItem", "PutItem", "UpdateItem")]
        group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{self.emulator.audit_group}:*"
        return [
            {"Effect": "Allow", "Action": items, "Resource": tables},
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group},
            {
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": [self.admin_secret, self.signing_secret],
            },
        ]


def _zipped(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, path.relative_to(folder))
    return stream.getvalue()
