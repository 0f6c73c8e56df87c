"""The product's authorizer in a sandbox: its real packages, a chain of plugins, secrets in the emulated service.

The chain's clock stands at `support.NOW`, so that the tables of hostile tokens mean over HTTP what they mean in a call:
whatever is refused is refused for its own reason and not because it is old.
"""

import io
import json
import sysconfig
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.functions.support import HELLO_CHAIN, KEY_ID, NOW, signing_key_version
from tests.functions.task_root import AUTHORIZER_PACKAGES, FUNCTIONS
from tests.gateway.rest_api import Api, ApiWorkshop
from tests.support.functions import make_role
from tests.support.sandbox import wait_until

# The sandbox answers the interface of AWS's extension where this layer is attached.
EXTENSION_LAYER = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension:12"
READ_SECRETS = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
STANDING_CLOCK = f"def provide_clock():\n    return lambda: {NOW}\n"
# `cryptography` and what it needs; the runtime of the function must be this interpreter's.
NOTHING: Mapping[str, str] = MappingProxyType({})
ASYMMETRIC_WHEELS = ("cryptography", "cffi", "pycparser", "typing_extensions.py")


def hello_chain() -> dict[str, str]:
    """The hello chain, with the clock that stands."""
    files = {path.name: path.read_text() for path in HELLO_CHAIN.glob("*.py")}
    return {**files, "_providers.py": STANDING_CLOCK}


def archive(chain: Mapping[str, str], *, wheels: Iterable[str] = (), modules: Mapping[str, str] = NOTHING) -> bytes:
    """The deployment package: import packages, `plugins/`, `modules` by name, and the installed `wheels`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for package in AUTHORIZER_PACKAGES:
            for path in sorted((FUNCTIONS / package).rglob("*.py")):
                opened.write(path, path.relative_to(FUNCTIONS))
        for name, source in chain.items():
            opened.writestr(f"plugins/{name}", source)
        for name, source in modules.items():
            opened.writestr(f"{name}.py", source)
        installed = Path(sysconfig.get_path("platlib"))
        for name in wheels:
            wheel = installed / name
            for path in [wheel] if wheel.is_file() else sorted(wheel.rglob("*")):
                if path.is_file() and path.suffix != ".pyc":
                    opened.write(path, path.relative_to(installed))
        if wheels:
            for path in installed.glob("_cffi_backend*.so"):
                opened.write(path, path.name)
    return stream.getvalue()


def make_signing_key(workshop: ApiWorkshop, name: str) -> str:
    """The ARN of a new secret that holds the key of `support`, under its key id."""
    secrets = workshop.running.client("secretsmanager")
    created = secrets.create_secret(Name=name, SecretString=signing_key_version().value, ClientRequestToken=KEY_ID)
    return created["ARN"]


def make_authorizer(
    workshop: ApiWorkshop,
    name: str,
    chain: Mapping[str, str],
    *,
    environment: Mapping[str, str],
    runtime: str = "python3.12",
    wheels: Iterable[str] = (),
    around: Mapping[str, str] = NOTHING,
) -> None:
    """Make the function `name`; routes name it as `Api.authorizer(name)`.

    `around` is one module by its name, whose `handle` Lambda calls instead: it is to call the product's.
    """
    handler = next(iter(around), "authorizer.handler")
    arn = workshop.functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=f"{handler}.handle",
        Role=make_role(workshop.running, f"{name}-role", [READ_SECRETS]),
        Code={"ZipFile": archive(chain, wheels=wheels, modules=around)},
        Layers=[EXTENSION_LAYER],
        Environment={"Variables": {"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false", **environment}},
        Timeout=30,
        MemorySize=256,
    )["FunctionArn"]
    workshop.adopt(name, arn)
    wait_until(
        lambda: workshop.functions.get_function_configuration(FunctionName=name)["State"] == "Active",
        what=f"{name} is active",
    )


def decisions(workshop: ApiWorkshop, name: str) -> list[dict[str, Any]]:
    """The decisions that the authorizer has logged so far, one per invocation."""
    return [json.loads(message) for message in log_messages(workshop, name) if message.startswith('{"_aws"')]


def log_messages(workshop: ApiWorkshop, name: str) -> list[str]:
    """Everything in the function's log group, in order."""
    pages = (
        workshop.running.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
    )
    return [event["message"] for page in pages for event in page["events"]]


def api_behind(workshop: ApiWorkshop, authorizers: Mapping[str, Mapping[str, Any]]) -> Api:
    """A deployed API with a route `/<path>` for each: the settings of `Api.authorizer`."""
    api = workshop.api()
    for path, settings in authorizers.items():
        api.route(f"/{path}", authorizer=api.authorizer(**settings))
    api.deploy()
    return api
