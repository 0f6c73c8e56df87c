"""What a program can get wrong about an authorizer and its API: the preview ends with the argument's name and the fix.

Every mistake is tried on the arguments that a program writes, while it runs for a preview and for an update. That the
engine shows one clean line is tried in `test_deployed.py`; what each argument accepts, beside the argument.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.api_stage import StageSettings
from components.authorized_api import AuthorizedApiArgs
from components.custom_authorizer import AuthorizerType
from components.endpoints import EndpointType
from components.errors import ArgumentError
from components.function_platform import FunctionPlatform
from components.function_settings import SnapStart, VpcSettings
from components.routes import Route
from tests.components.samples import custom_authorizer, python_function
from tests.support.mocks import deploy

LAYER = "arn:aws:lambda:ap-southeast-3:111122223333:layer:wheels:3"


Program = Callable[[Path], object]


def authorizer(**changes: Any) -> Program:
    return lambda folder: custom_authorizer(**changes)


def api(**changes: Any) -> Program:
    arguments: dict[str, Any] = {"api_name": "api", **changes}
    return lambda folder: AuthorizedApiArgs(**arguments)


def stage(**changes: Any) -> Program:
    return lambda folder: StageSettings(**changes)


def route(**changes: Any) -> Program:
    def program(folder: Path) -> None:
        parts: dict[str, Any] = {"handler": python_function(), "authorizer": custom_authorizer(), **changes}
        Route("GET", "/hello", **parts)

    return program


def chain(**files: str) -> Program:
    """An authorizer whose plugins folder has these files; without any, the folder is not there."""

    def program(folder: Path) -> None:
        plugins = folder / "plugins"
        for name, text in files.items():
            plugins.mkdir(exist_ok=True)
            if text:
                (plugins / f"{name}.py").write_text(text)
        custom_authorizer(plugins_directory=plugins)

    return program


A_PATH = "write a Path, such as Path(__file__).parent / 'plugins', or leave it out for the built-in one"

MISTAKES: dict[str, tuple[Program, str, str]] = {
    "no plugins folder": (chain(), "plugins_directory", "is not a folder; correct the path"),
    "an empty plugins folder": (chain(nothing=""), "plugins_directory", "has no file to deploy; add one"),
    "no plugin among the files": (chain(_shared="LIMIT = 1\n"), "plugins_directory", "add a file such as 01_verify.py"),
    "a plugin that does not compile": (chain(a="def validate(:\n"), "plugins_directory", "correct the file"),
    "a plugin without validate": (
        chain(a="def check(c): ...\n"),
        "plugins_directory",
        "add `def validate(auth_context",
    ),
    "a plugin that is a constant": (
        chain(a="validate = True\n"),
        "plugins_directory",
        "write `def validate(auth_context",
    ),
    "a plugin that takes nothing": (
        chain(a="def validate(): ...\n"),
        "plugins_directory",
        "a.py line 1 has a validate that does not take auth_context; write `def validate(auth_context):`",
    ),
    "a plugin that is a generator": (
        chain(a="def validate(c):\n    yield True\n"),
        "plugins_directory",
        "a.py line 1 has a validate that is a generator; return the result, without yield",
    ),
    "a plugin that asks for what there is not": (
        chain(a="def validate(c, *, database): ...\n"),
        "plugins_directory",
        "give the parameter a default, or add provide_database to _providers.py",
    ),
    "a plugins folder from here as a text": (authorizer(plugins_directory="./nowhere"), "plugins_directory", A_PATH),
    "a plugins folder as a text": (
        authorizer(plugins_directory="functions/chains/hello"),
        "function guard: plugins_directory is of type str",
        A_PATH,
    ),
    "an empty text as plugins folder": (authorizer(plugins_directory=""), "plugins_directory", A_PATH),
    "a TTL of 4000": (
        authorizer(ttl_seconds=4000),
        "ttl_seconds=4000",
        "0 to 3600 seconds, 0 meaning not at all: choose",
    ),
    "a TTL as a text": (authorizer(ttl_seconds="300"), "ttl_seconds is of type str", "write a whole number"),
    "memory of 100": (authorizer(memory_mb=100), "memory_mb=100", "128 to 10240 MB: choose a size in that range"),
    "a timeout of 0": (authorizer(timeout_seconds=0), "timeout_seconds=0", "1 to 900"),
    "a timeout of 901": (authorizer(timeout_seconds=901), "timeout_seconds=901", "1 to 900"),
    "REQUEST that caches by nothing": (
        authorizer(type=AuthorizerType.REQUEST, identity_sources=()),
        "identity_sources",
        "name what the cached policy depends on, or set ttl_seconds=0",
    ),
    "identity sources as one text": (
        authorizer(identity_sources="method.request.header.Authorization"),
        "identity_sources is of type str",
        "write a list in which each is a text",
    ),
    "a type that there is not": (authorizer(type="JWT"), "type='JWT'", "use one of TOKEN, REQUEST"),
    "PRIVATE without endpoints": (
        api(endpoint_type=EndpointType.PRIVATE),
        "vpc_endpoint_ids",
        "name at least one in a list",
    ),
    "a name that no log group can have": (
        api(api_name="my api"),
        "api_name: 'my api'",
        "letters, digits and",
    ),
    "a secret in the environment": (
        authorizer(environment={"JWT_SECRET": "use-ssm-or-secrets-manager-in-production"}),
        "environment: JWT_SECRET",
        "put the value into a ManagedSecret and hand that to the function as secret_arns={'JWT_SECRET_ARN': secret}",
    ),
    "six layers": (authorizer(layers=[LAYER] * 6), "layers: 6", "put the content of some into one"),
    "layers as one text": (authorizer(layers=LAYER), "layers is of type str", "write a list in which each is a text"),
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
    "a VPC as a dict": (
        authorizer(vpc={"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}),
        "vpc is of type dict",
        "write VpcSettings(subnet_ids=..., security_group_ids=...)",
    ),
    "a secret by its ARN alone": (
        authorizer(secret_arns={"X_ARN": "use-ssm:arn"}),
        "secret_arns['X_ARN'] is of type str",
        "with a ManagedSecret, or with ExistingSecret(arn) for one that exists already",
    ),
    "a warm start as a number": (
        authorizer(warm_start=2),
        "warm_start is of type int",
        "write ProvisionedConcurrency(executions=...) or SnapStart()",
    ),
    "a warm start without its brackets": (
        authorizer(warm_start=SnapStart),
        "warm_start is the class SnapStart itself",
        "or SnapStart()",
    ),
    "the environment as one text": (
        authorizer(environment="TOKEN=use-ssm"),
        "environment is of type str",
        "write a dict in which each value is a text (str) or an output",
    ),
    "a number in the environment": (
        authorizer(environment={"LIMIT": 5}),
        "environment['LIMIT'] is of type int",
        "write a text (str) or an output",
    ),
    "tags as a list": (authorizer(tags=["team"]), "tags is of type list", "write a dict in which each value is a text"),
    "a tag without a text": (authorizer(tags={"cost": 1}), "tags['cost'] is of type int", "write a text"),
    "a description that is too long": (
        authorizer(description="d" * 257),
        "description: 257 characters",
        "Lambda keeps at most 256: shorten it",
    ),
    "a stage by its name alone": (api(stage="prod"), "stage is of type str", "write StageSettings(...)"),
    "an origin alone": (api(cors="*"), "cors is of type str", "write Cors(allow_origin=..., ...)"),
    "yes and no as texts": (api(default_endpoint="no"), "default_endpoint is of type str", "write True or False"),
    "routes as a dict": (api(routes={"GET /": "f"}), "routes is of type dict", "in which each is Route(method, path, "),
    "an authorizer by its name": (
        api(authorizers=["guard"]),
        "authorizers[0] is of type str",
        "write a CustomAuthorizer",
    ),
    "tags of an API as a text": (
        api(tags="team=a"),
        "tags is of type str",
        "write a dict in which each value is a text",
    ),
    "required parameters as one text": (
        route(required_parameters="method.request.querystring.limit"),
        "route GET /hello: required_parameters is of type str",
        "write a list in which each is a text",
    ),
    "a schema as a text": (route(body_schema="{}"), "body_schema is of type str", "write a dict"),
    "a stage variable that API Gateway would refuse": (
        stage(variables={"a": "\u00fc b"}),
        "variables: the value of 'a'",
        "use letters, digits and - . _ ~ : / ? # & = , only",
    ),
    "stage variables as a list": (stage(variables=["a"]), "variables is of type list", "write a dict"),
    "a rate as a text": (stage(throttling_rate_limit="50"), "throttling_rate_limit is of type str", "write a number"),
}


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize(("mistake", "argument", "fix"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_the_arguments_name_and_the_fix(
    mistake: Program, argument: str, fix: str, preview: bool, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError) as refused:
        deploy(lambda: mistake(tmp_path), preview=preview)
    assert argument in str(refused.value)
    assert fix in str(refused.value)
    assert "use-ssm" not in str(refused.value)
