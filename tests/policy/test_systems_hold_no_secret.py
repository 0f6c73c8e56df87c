"""The repository's own systems, as their program registers them, before the rules on secrets: no exemption, no note."""

import runpy
from typing import Any, cast

import pulumi
import pytest
import yaml

from guardrails.nodes import Archive, Asset, Known, Node, node
from guardrails.resources import Resource, Stack
from guardrails.rules import Rule, Violation
from guardrails.secrets import RULES
from tests.components.partner_stack import partner_settings
from tests.components.stack_settings import ROOT, sandbox_settings
from tests.policy.registered import findings
from tests.support.mocks import ACCOUNT_ID, REGION, Registration, deploy

SECRET = "aws:secretsmanager/secret:Secret"  # a type


def as_node(value: object) -> Node:
    """What the engine would make of a registered value."""
    if isinstance(value, dict):
        return Known({name: as_node(member) for name, member in cast("dict[str, object]", value).items()})
    if isinstance(value, list):
        return Known([as_node(member) for member in cast("list[object]", value)])
    if isinstance(value, pulumi.AssetArchive):
        return Known(Archive(files={name: as_node(file) for name, file in value.assets.items()}))
    if isinstance(value, pulumi.FileArchive):
        return Known(Archive(path=str(value.path)))
    if isinstance(value, pulumi.FileAsset):
        return Known(Asset(path=str(value.path)))
    return node(value)


def as_resource(registration: Registration) -> Resource:
    properties = {name: as_node(value) for name, value in registration.inputs.items()}
    if registration.type == SECRET:
        name = registration.inputs.get("name") or f"{registration.name}-1a2b3c4"
        properties["id"] = Known(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-AbCdEf")
    return Resource(type=registration.type, name=registration.name, urn=registration.urn, properties=properties)


def declared(folder: str) -> dict[str, object]:
    """The settings that a project's files give, under the namespace of the tests' programs."""
    project = yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    own = ROOT / folder / "Pulumi.sandbox.yaml"
    given: dict[str, object] = yaml.safe_load(own.read_text(encoding="utf-8"))["config"] if own.exists() else {}
    values = {name: each.get("default") for name, each in project["config"].items()} | given
    return {f"gatehouse:{name.partition(':')[2]}": value for name, value in values.items()}


@pytest.fixture(scope="module", params=[".", "stacks/ecr", "examples/orders_api"])
def systems(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """All systems of one program, and its outputs."""
    folder = str(request.param)
    exported: dict[str, object] = {}

    def keep(name: str, value: Any) -> None:
        pulumi.Output.from_input(value).apply(lambda known: exported.update({name: known}))

    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pulumi, "export", keep)
            patch.syspath_prepend(str(ROOT / folder))
            runpy.run_path(str(ROOT / folder / "__main__.py"), run_name="__main__")

    partners = partner_settings(tmp_path_factory.mktemp("partner"))
    settings = sandbox_settings(**partners) if folder == "." else declared(folder)
    resources = [as_resource(each) for each in deploy(program, settings=settings).registrations]
    outputs = {name: as_node(value) for name, value in exported.items()}
    stack = Resource(type="pulumi:pulumi:Stack", name="gatehouse", urn="urn:stack", properties=outputs)
    return Stack(resources=(*(each for each in resources if each.type != stack.type), stack))


def test_all_that_a_program_registers_is_looked_at(systems: Stack) -> None:
    types = {resource.type for resource in systems.resources}
    assert "aws:ecr/repository:Repository" in types or {SECRET, "aws:lambda/function:Function"} <= types
    if len(systems.resources) > 200:
        assert {"aws:cognito/userPool:UserPool", "aws:lambda/layerVersion:LayerVersion"} <= types
    assert systems.of_type("pulumi:pulumi:Stack")[0].properties


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.metadata.name)
def test_the_systems_of_this_repository_comply_without_an_exemption(rule: Rule, systems: Stack) -> None:
    said = [
        f"{each.resource.label}: {each.problem if isinstance(each, Violation) else each.properties}"
        for each in findings([rule], systems)
    ]
    assert said == []
