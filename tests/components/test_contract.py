"""What every component promises, whatever it does: its token, its outputs, its children, its tags."""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

import components
from tests.components.built_samples import built, name_of
from tests.components.samples import COMPONENTS, TAGS
from tests.support.mocks import UNKNOWN, Registration, Stack, deploy

Build = Callable[..., pulumi.ComponentResource]

# AWS has tags for functions, not for layer versions.
WITHOUT_TAGS = {"DependencyLayer", "SpiffeVerifierLayer"}

# What a sample is given, and does not make itself.
MADE_BEFORE = {"AuthorizedApi": {"backend", "guard"}, "MtlsCustomDomain": {"api", "backend", "guard"}}

every_component = pytest.mark.parametrize("class_name", sorted(COMPONENTS))


def the_component(stack: Stack, class_name: str) -> Registration:
    return stack.one(f"gatehouse:index:{class_name}", name_of(class_name))


def children(stack: Stack, class_name: str) -> list[Registration]:
    """Everything below the component, at any depth."""
    below = {the_component(stack, class_name).urn}
    found: list[Registration] = []
    for _ in stack.registrations:
        new = [each for each in stack.registrations if each.parent in below and each.urn not in below]
        below.update(each.urn for each in new)
        found.extend(new)
    return found


@functools.cache
def built_with_options(class_name: str) -> Stack:
    """The component below another one, with options that are its own."""
    build: Build = COMPONENTS[class_name]

    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Outer", "outer")
            options = pulumi.ResourceOptions(
                parent=self,
                aliases=[pulumi.Alias(name="before")],
                ignore_changes=["everything"],
                delete_before_replace=True,
                retain_on_delete=True,
                custom_timeouts=pulumi.CustomTimeouts(create="1m"),
            )
            build(name_of(class_name), options)

    return deploy(Outer)


def test_every_component_class_of_the_package_is_among_the_samples() -> None:
    found: set[str] = set()
    for module in pkgutil.iter_modules(components.__path__, "components."):
        for name, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(member, pulumi.ComponentResource) and member.__module__ == module.name:
                found.add(name)
    assert found == set(COMPONENTS)


@every_component
def test_a_component_registers_under_its_class_name(class_name: str) -> None:
    assert the_component(built(class_name), class_name).custom is False


@every_component
def test_typed_output_attributes_are_the_registered_outputs(class_name: str) -> None:
    stack = built(class_name)
    assert stack.result, "a component without outputs"
    # An output that resolves to None (an alias that is not there) is none to the engine.
    resolved = {name: value for name, value in stack.result.items() if value is not None}
    assert the_component(stack, class_name).outputs == resolved
    assert UNKNOWN not in resolved.values()


@every_component
def test_every_resource_is_below_the_component_and_not_at_the_root_of_the_stack(class_name: str) -> None:
    stack = built(class_name)
    made_for_it = MADE_BEFORE.get(class_name, set[str]())
    at_the_root = [each.name for each in stack.registrations if each.parent.endswith("gatehouse-test") and each.parent]
    assert set(at_the_root) - made_for_it == {name_of(class_name)}
    assert children(stack, class_name)


@every_component
def test_children_belong_to_the_component_even_when_it_has_a_parent_itself(class_name: str) -> None:
    stack = built_with_options(class_name)
    outer = stack.one("test:index:Outer")
    assert [each.name for each in stack.registrations if each.parent == outer.urn] == [name_of(class_name)]


@every_component
def test_options_of_the_component_do_not_leak_to_its_children(class_name: str) -> None:
    stack = built_with_options(class_name)
    assert the_component(stack, class_name).options["ignoreChanges"] == ["everything"]
    for child in children(stack, class_name):
        # The SDK gives a class that it has renamed an alias of its own.
        names = [alias["spec"].get("name") for alias in child.options.get("aliases", [])]
        assert "before" not in names, child.name
        assert "everything" not in child.options.get("ignoreChanges", []), child.name
        for option in ("deleteBeforeReplace", "retainOnDelete", "customTimeouts"):
            assert not child.options.get(option), f"{child.name} has {option}"


@every_component
def test_every_resource_that_can_have_tags_has_the_given_ones(class_name: str) -> None:
    taggable = [each for each in children(built(class_name), class_name) if each.custom and can_have_tags(each.type)]
    assert bool(taggable) == (class_name not in WITHOUT_TAGS)
    for resource in taggable:
        assert resource.inputs.get("tags", {}).items() >= TAGS.items(), f"{resource.type} {resource.name}"


def can_have_tags(type_: str) -> bool:
    """Whether pulumi_aws knows tags for a type such as `aws:iam/role:Role`."""
    _, module, class_name = type_.split(":")
    package = getattr(aws, {"lambda": "lambda_"}.get(module.split("/")[0], module.split("/")[0]))
    return hasattr(getattr(package, f"{class_name}Args"), "tags")


def test_the_tag_check_knows_taggable_types_from_others() -> None:
    assert can_have_tags("aws:iam/role:Role")
    assert can_have_tags("aws:lambda/function:Function")
    assert not can_have_tags("aws:apigateway/method:Method")


@every_component
def test_a_component_can_be_previewed_when_nothing_is_known_yet(class_name: str) -> None:
    build: Build = COMPONENTS[class_name]
    previewed = deploy(build, preview=True)
    assert {each.urn for each in previewed.registrations} == {each.urn for each in built(class_name).registrations}
