"""Deploys folders as functions into the sandbox of these tests."""

import io
import zipfile
from pathlib import Path

from tests.support.functions import make_role
from tests.support.sandbox import RunningSandbox, wait_until

FUNCTION = "lambda-authorizer"
READ_SECRETS = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def deploy_folder(
    sandbox: RunningSandbox, name: str, folder: Path, handler: str, variables: dict[str, str] | None = None
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, path.relative_to(folder))
    functions = sandbox.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler=handler,
        Timeout=30,
        Role=make_role(sandbox, f"{name}-role", [READ_SECRETS]),
        Code={"ZipFile": stream.getvalue()},
        Environment={"Variables": variables or {}},
    )
    wait_until(
        lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active", what=f"{name} is active"
    )
