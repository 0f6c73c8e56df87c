"""The table in `CustomAuthorizer`'s docstring: 24 inputs and 11 outputs, and every name on our side exists."""

import dataclasses
import inspect
import re

import pytest

from components.api_stage import StageSettings
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.function_platform import FunctionPlatform

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


def tables() -> list[list[tuple[str, bool, str]]]:
    """Per table: the module's name, whether it is marked as reconstructed, and what stands on our side."""
    found: list[list[tuple[str, bool, str]]] = []
    for line in inspect.cleandoc(CustomAuthorizer.__doc__ or "").splitlines():
        if line.startswith("| module"):
            found.append([])
        if row := re.fullmatch(r"\| `(\w+)`( \*)? +\| (.+?) +\|", line):
            found[-1].append((row[1], bool(row[2]), row[3]))
    return found


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
