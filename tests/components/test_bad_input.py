"""What a program can get wrong about an authorizer and its API: the preview ends with the argument's name and the fix.

Every mistake is tried on the arguments that a program writes. That the engine shows one clean line is tried in
`test_deployed.py`; what each argument accepts, beside the argument.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.authorized_api import AuthorizedApiArgs
from components.custom_authorizer import AuthorizerType
from components.endpoints import EndpointType
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.function_settings import VpcSettings
from tests.components.samples import custom_authorizer
from tests.support.mocks import deploy

LAYER = "arn:aws:lambda:ap-southeast-3:111122223333:layer:wheels:3"


def authorizer(**changes: Any) -> Callable[[Path], object]:
    return lambda folder: deploy(lambda: custom_authorizer(**changes))


def chain(**files: str) -> Callable[[Path], object]:
    """An authorizer whose plugins folder has these files; without any, the folder is not there."""

    def program(folder: Path) -> None:
        plugins = folder / "plugins"
        for name, text in files.items():
            plugins.mkdir(exist_ok=True)
            if text:
                (plugins / f"{name}.py").write_text(text)
        deploy(lambda: custom_authorizer(plugins_directory=plugins))

    return program


MISTAKES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no plugins folder": (chain(), "plugins_directory", "is not a folder; correct the path"),
    "an empty plugins folder": (chain(nothing=""), "plugins_directory", "has no file to deploy; add one"),
    "no plugin among the files": (chain(_shared="LIMIT = 1\n"), "plugins_directory", "add a file such as 01_verify.py"),
    "a plugin that does not compile": (chain(a="def validate(:\n"), "plugins_directory", "correct the file"),
    "a plugin without validate": (
        chain(a="def check(c): ...\n"),
        "plugins_directory",
        "add `def validate(auth_context",
    ),
    "a TTL of 4000": (authorizer(ttl_seconds=4000), "ttl_seconds=4000", "0 to 3600 seconds"),
    "memory of 100": (authorizer(memory_mb=100), "memory_mb=100", "128 to 10240 MB"),
    "a timeout of 0": (authorizer(timeout_seconds=0), "timeout_seconds=0", "1 to 900"),
    "a timeout of 901": (authorizer(timeout_seconds=901), "timeout_seconds=901", "1 to 900"),
    "REQUEST that caches by nothing": (
        authorizer(type=AuthorizerType.REQUEST, identity_sources=()),
        "identity_sources",
        "name what the cached policy depends on, or set ttl_seconds=0",
    ),
    "a type that there is not": (authorizer(type="JWT"), "type='JWT'", "use one of TOKEN, REQUEST"),
    "PRIVATE without endpoints": (
        lambda folder: AuthorizedApiArgs(api_name="api", endpoint_type=EndpointType.PRIVATE),
        "vpc_endpoint_ids",
        "name at least one in a list",
    ),
    "a name that no log group can have": (
        lambda folder: AuthorizedApiArgs(api_name="my api"),
        "api_name: 'my api'",
        "letters, digits and",
    ),
    "a secret in the environment": (
        authorizer(environment={"JWT_SECRET": "use-ssm-or-secrets-manager-in-production"}),
        "environment: JWT_SECRET",
        "put the value into a ManagedSecret and hand that to the function as secret_arns={'JWT_SECRET_ARN': secret}",
    ),
    "six layers": (authorizer(layers=[LAYER] * 6), "layers: 6", "put the content of some into one"),
    "an unknown runtime": (
        lambda folder: FunctionPlatform(runtime="python3.8"),
        "runtime: 'python3.8'",
        "use one of python3.11, python3.12, python3.13",
    ),
    "a VPC without subnets": (
        lambda folder: VpcSettings(subnet_ids=[], security_group_ids=["sg-1"]),
        "vpc: subnet_ids",
        "name at least one",
    ),
    "a VPC without security groups": (
        lambda folder: VpcSettings(subnet_ids=["subnet-1"], security_group_ids=[]),
        "vpc: security_group_ids",
        "name at least one",
    ),
}


@pytest.mark.parametrize(("mistake", "argument", "fix"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_the_arguments_name_and_the_fix(
    mistake: Callable[[Path], object], argument: str, fix: str, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError) as refused:
        mistake(tmp_path)
    assert argument in str(refused.value)
    assert fix in str(refused.value)
    assert "use-ssm" not in str(refused.value)
