"""The tables in `CustomAuthorizer`'s docstring: 24 inputs and 11 outputs; every name on our side exists, has the
default that the table says, and gives what the table says.
"""

import dataclasses
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pytest

from components.api_stage import StageSettings
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.function_platform import FunctionPlatform
from components.routes import Route
from tests.components.samples import authorizer_args, python_function
from tests.support.mocks import ACCOUNT_ID, REGION, deploy

SHORT = {"CA": CustomAuthorizerArgs, "AA": AuthorizedApiArgs, "ST": StageSettings, "FP": FunctionPlatform}
COMPONENTS = {"AuthorizedApi": AuthorizedApi, "CustomAuthorizer": CustomAuthorizer}

# What the module's published text itself names.
PUBLISHED_INPUTS = {
    "api_name", "authorizer_ttl_seconds", "authorizer_type", "create_deployment", "deployment_dependencies",
    "endpoint_type", "identity_source", "lambda_environment_variables", "lambda_function_name", "lambda_layers",
    "lambda_memory_size", "lambda_runtime", "lambda_timeout", "lambda_vpc_config", "plugins_directory", "stage_name",
    "tags",
}  # fmt: skip
PUBLISHED_OUTPUTS = {
    "authorizer_id", "lambda_execution_role_arn", "lambda_function_arn", "rest_api_id", "rest_api_root_resource_id",
    "stage_invoke_url",
}  # fmt: skip


# What its published text gives as their defaults, in our notation.
PUBLISHED_DEFAULTS = {
    "api_name": "—", "authorizer_type": '`"TOKEN"`', "lambda_function_name": "—", "lambda_runtime": '`"python3.13"`',
    "lambda_memory_size": "`128`", "lambda_timeout": "`10`", "authorizer_ttl_seconds": "`300`",
    "stage_name": '`"prod"`', "endpoint_type": '`"REGIONAL"`', "lambda_layers": "`[]`", "lambda_vpc_config": "`None`",
    "tags": "`{}`",
}  # fmt: skip
WITHOUT_DEFAULT = "—"


def rows() -> list[list[list[str]]]:
    """The cells of both tables, row by row."""
    found: list[list[list[str]]] = []
    for line in inspect.cleandoc(CustomAuthorizer.__doc__ or "").splitlines():
        if line.startswith("| module"):
            found.append([])
        if line.startswith("| `"):
            found[-1].append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def tables() -> list[list[tuple[str, bool, str]]]:
    """Per table: the module's name, whether it is marked as reconstructed, and what stands on our side."""
    return [[(row[0].strip("` *"), row[0].endswith(" *"), row[1]) for row in table] for table in rows()]


def defaults() -> dict[str, tuple[str, str]]:
    """By the module's name: what stands on our side, and its default."""
    return {name.strip("` *"): (ours, default) for name, ours, default in rows()[0]}


def test_there_are_24_inputs_and_11_outputs_and_no_name_twice() -> None:
    inputs, outputs = tables()
    assert (len({name for name, _, _ in inputs}), len(inputs)) == (24, 24)
    assert (len({name for name, _, _ in outputs}), len(outputs)) == (11, 11)


def test_what_is_not_marked_is_what_the_module_publishes() -> None:
    inputs, outputs = tables()
    assert {name for name, reconstructed, _ in inputs if not reconstructed} == PUBLISHED_INPUTS
    assert {name for name, reconstructed, _ in outputs if not reconstructed} == PUBLISHED_OUTPUTS


@pytest.mark.parametrize("row", [row for table in tables() for row in table], ids=lambda row: row[0])
def test_every_name_on_our_side_exists(row: tuple[str, bool, str]) -> None:
    _, _, ours = row
    arguments = re.findall(r"\b(CA|AA|ST|FP)\.(\w+)", ours)
    members = re.findall(r"\b(AuthorizedApi|CustomAuthorizer)\.(\w+)", ours)
    assert arguments or members or ours == "`tags` of each component's arguments"
    for owner, name in arguments:
        assert name in {each.name for each in dataclasses.fields(SHORT[owner])}, f"{owner}.{name}"
    for owner, name in members:
        component = COMPONENTS[owner]
        assert name in inspect.get_annotations(component) or hasattr(component, name), f"{owner}.{name}"


def default_of(owner: type, name: str) -> Any:
    """What the field has when nobody sets it, in the table's notation."""
    (field,) = [each for each in dataclasses.fields(owner) if each.name == name]
    if field.default_factory is not dataclasses.MISSING:
        return written(field.default_factory())
    return WITHOUT_DEFAULT if field.default is dataclasses.MISSING else written(field.default)


def written(value: object) -> str:
    """A default in the table's notation; lists and tuples alike."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(written(each) for each in value)}]"
    return repr(value)


def meant(cell: str) -> str:
    """A cell without its quotes, a constant's name replaced by its value."""
    return re.sub(
        r"[A-Z_]{5,}(?=\])",
        lambda name: written(getattr(inspect.getmodule(CustomAuthorizer), name[0])),
        cell.strip("`"),
    )


@pytest.mark.parametrize("name", defaults())
def test_every_default_is_the_one_of_the_arguments_on_our_side(name: str) -> None:
    ours, cell = defaults()[name]
    told = meant(cell)
    actual = [default_of(SHORT[owner], each) for owner, each in re.findall(r"\b(CA|AA|ST|FP)\.(\w+)", ours)]
    if name == "deployment_dependencies":
        actual = [written(inspect.signature(AuthorizedApi.deploy).parameters["after"].default)]
    if name == "tags":
        actual = [default_of(owner, "tags") for owner in (CustomAuthorizerArgs, AuthorizedApiArgs)]
    assert actual
    for default in actual:
        if told.endswith('..."'):
            assert default.startswith(told.removesuffix('..."'))
        else:
            assert default == told


def test_the_defaults_that_the_module_publishes_are_ours() -> None:
    assert {name: defaults()[name][1] for name in PUBLISHED_DEFAULTS} == PUBLISHED_DEFAULTS


def outputs_of_an_api() -> Mapping[str, pulumi.Output[Any]]:
    """Every output of the second table by the module's name, of an API in which no two names are the same."""
    authorizer = CustomAuthorizer("authorizer", authorizer_args(function_name="guard"))
    route = Route("GET", "/hello", handler=python_function(), authorizer=authorizer)
    stage = StageSettings(stage_name="dev")
    api = AuthorizedApi("api", AuthorizedApiArgs(api_name="orders", routes=[route], stage=stage))
    owners = {"AuthorizedApi": api, "CustomAuthorizer": authorizer}
    found: dict[str, pulumi.Output[Any]] = {}
    for name, _, ours in tables()[1]:
        ((owner, member, key),) = re.findall(r"(\w+)\.(\w+)(\[<function name>\])?`", ours)
        output = getattr(owners[owner], member)
        found[name] = output["guard"] if key else output
    return found


def test_every_output_is_what_the_module_calls_it() -> None:
    resolved: dict[str, Any] = {}
    deploy(lambda: pulumi.Output.all(**outputs_of_an_api()).apply(resolved.update))
    assert resolved == {
        "rest_api_id": "abc123defg",
        "rest_api_root_resource_id": "root123456",
        "rest_api_execution_arn": f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:abc123defg",
        "authorizer_id": "id-of-api-guard",
        "stage_name": "dev",
        "stage_invoke_url": f"https://abc123defg.execute-api.{REGION}.amazonaws.com/dev",
        "deployment_id": "id-of-api-dev-deployment",
        "lambda_function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:guard",
        "lambda_function_name": "guard",
        "lambda_execution_role_arn": f"arn:aws:iam::{ACCOUNT_ID}:role/authorizer-role-1a2b3c4",
        "lambda_log_group_name": "/aws/lambda/guard",
    }
