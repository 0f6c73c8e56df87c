"""Deploys small Lambda functions from source text into a test's sandbox. Deliberately not how the product packages."""

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from tests.support.sandbox import RunningSandbox, wait_until

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What `Invoke` answered: the payload, `error` (`Unhandled` or `None`) and the end of the log."""

    payload: Any
    error: str | None
    log: str


@dataclass(frozen=True, kw_only=True)
class DeployedFunction:
    """A function in a test's sandbox."""

    sandbox: RunningSandbox
    name: str
    arn: str

    def __call__(self, event: Any = None) -> Invocation:
        """Invokes it and waits for the answer."""
        answer = self.sandbox.client("lambda").invoke(
            FunctionName=self.name, Payload=json.dumps(event).encode(), LogType="Tail"
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode()
        payload = json.loads(answer["Payload"].read() or b"null")
        return Invocation(payload=payload, error=answer.get("FunctionError"), log=log)


def archive(files: dict[str, str]) -> bytes:
    """A zip archive of text files by path."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for path, content in files.items():
            opened.writestr(path, content)
    return stream.getvalue()


def make_role(sandbox: RunningSandbox, name: str, statements: list[dict[str, Any]] | None = None) -> str:
    """A role that Lambda may assume, with an inline policy of these statements; answers its ARN."""
    iam = sandbox.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=policy)
    return arn


def deploy(
    sandbox: RunningSandbox,
    name: str,
    source: str,
    *,
    statements: list[dict[str, Any]] | None = None,
    **settings: Any,
) -> DeployedFunction:
    """A function of its own role whose `main.handler` is in `source`; `settings` go to `CreateFunction`."""
    client = sandbox.client("lambda")
    configuration: dict[str, Any] = {
        "Runtime": "python3.12",
        "Handler": "main.handler",
        "Timeout": 30,
        "Code": {"ZipFile": archive({"main.py": source})},
        **settings,
    }
    role = make_role(sandbox, f"{name}-role", statements)
    arn: str = client.create_function(FunctionName=name, Role=role, **configuration)["FunctionArn"]
    # The SDK's waiter looks once a second.
    wait_until(
        lambda: client.get_function_configuration(FunctionName=name)["State"] == "Active", what=f"{name} is active"
    )
    return DeployedFunction(sandbox=sandbox, name=name, arn=arn)
