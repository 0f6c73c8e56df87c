"""Every resource type is deployed, changed in every input, refreshed, imported, lost, drifted, destroyed, and refuses
bad values.
"""

import itertools
import typing
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.differences import equivalent
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.resource_type import DEFAULTS_KEY
from sandbox.provider.schema import Property, input_properties, output_names, output_types
from sandbox.provider.values import UNKNOWN
from tests.provider.cases import CASES
from tests.provider.cases.case import Case, World, value_in
from tests.provider.driver import ProviderDriver, RefusedError

_COUNTER = itertools.count(1)
_BY_TOKEN = {case.token: case for case in CASES}

each_case = pytest.mark.parametrize("case", CASES, ids=[case.token.rpartition(":")[2] for case in CASES])


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"case-{next(_COUNTER)}")
    yield world
    world.clean()


def test_every_registered_resource_type_has_exactly_one_case() -> None:
    assert sorted(case.token for case in CASES) == sorted(RESOURCE_TYPES)


@each_case
def test_every_input_is_changed_or_replaced_or_has_a_reason(case: Case, world: World) -> None:
    inputs = input_properties(RESOURCE_TYPES[case.token].arguments_class)
    told = [*case.changes, *case.replaces, *case.beyond, *case.untested]
    assert sorted(set(told)) == sorted(told), "an input is in two tables"
    assert sorted(told) == sorted(inputs)
    assert all(reason for reason in case.untested.values())


@each_case
def test_every_type_says_which_published_constraints_judge_it(case: Case) -> None:
    table = RESOURCE_TYPES[case.token]
    assert table.cloudformation is not None or table.api is not None
    assert case.refused


@each_case
def test_tables_name_only_inputs_and_outputs_that_pulumi_aws_has(case: Case) -> None:
    table = RESOURCE_TYPES[case.token]
    inputs = input_properties(table.arguments_class)
    outputs = output_names(table.resource_class)
    for names in (table.computed, table.write_only, table.locators, table.defaults):
        assert set(names) <= set(inputs)
    for dotted in (*table.replaces, *table.json_properties, *table.unordered):
        assert _exists(dotted, inputs), dotted
    assert set(table.recomputed) <= outputs
    assert table.secret_properties <= outputs | set(inputs)
    for shape in filter(None, (table.cloudformation,)):
        for dotted in (*shape.renames, *shape.omits):
            assert _exists(dotted, inputs), dotted
    for dotted in table.api.members if table.api else ():
        assert _exists(dotted, inputs), dotted


@each_case
def test_outputs_have_the_names_and_types_of_the_official_provider(case: Case, world: World) -> None:
    table = RESOURCE_TYPES[case.token]
    known = world.keep(world.aws.deploy(case.token, case.base(world), name=world.name))
    assert set(known.state) | case.absent == output_names(table.resource_class)
    assert not set(known.state) & case.absent
    declared = output_types(table.resource_class)
    wrong = {name: value for name, value in known.state.items() if not _is_of_type(value, declared[name])}
    assert not wrong


@each_case
def test_a_preview_predicts_what_the_deployment_then_has(case: Case, world: World) -> None:
    base = case.base(world)
    planned = world.aws.preview(case.token, base, name=world.name)
    known = world.keep(world.aws.deploy(case.token, base, name=world.name))
    predicted = {name: value for name, value in planned.items() if value is not UNKNOWN}
    table = RESOURCE_TYPES[case.token]
    generated = {table.auto_name.property} if table.auto_name else set()
    generated -= base.keys()
    for name in predicted.keys() - generated:
        assert equivalent(table, predicted[name], known.state.get(name), (name,)), name


@each_case
def test_a_refresh_right_after_a_deployment_changes_nothing(case: Case, world: World) -> None:
    known = world.keep(world.aws.deploy(case.token, case.base(world), name=world.name))
    refreshed = world.aws.refresh(known)
    assert refreshed is not None
    assert refreshed.id == known.id
    assert refreshed.state == known.state
    assert refreshed.inputs == known.inputs
    again = world.aws.check(case.token, case.base(world), name=world.name, old=refreshed.inputs)
    assert not world.aws.diff(refreshed, again.values).changed


@each_case
def test_each_input_is_changed_in_place_and_all_are_taken_back(case: Case, world: World) -> None:
    base = case.base(world)
    known = world.keep(world.aws.deploy(case.token, base, name=world.name))
    before, wanted = known, dict(base)
    for name, value in case.changes.items():
        extra = {key: value_in(world, each) for key, each in case.with_changes.get(name, {}).items()}
        wanted |= {name: value_in(world, value), **extra}
        checked = world.aws.check(case.token, wanted, name=world.name, old=known.inputs).values
        diff = world.aws.diff(known, checked)
        assert diff.changed == {name, *extra}, name
        assert not diff.replaces, name
        case.settle(world, known)
        known = world.aws.update(known, checked)
        refreshed = world.aws.refresh(known)
        assert refreshed is not None
        assert refreshed.state == known.state, name
        assert refreshed.inputs == known.inputs, name
        assert not world.aws.diff(refreshed, checked).changed, name

    if not case.changes:
        return
    checked = world.aws.check(case.token, base, name=world.name, old=known.inputs).values
    assert not world.aws.diff(known, checked).replaces
    case.settle(world, known)
    known = world.aws.update(known, checked)
    computed = RESOURCE_TYPES[case.token].computed | case.volatile
    assert _without(known.state, computed) == _without(before.state, computed)
    case.settle(world, known)


@each_case
def test_a_change_that_the_emulator_does_not_know_is_sent_and_its_error_told_in_one_line(
    case: Case, world: World
) -> None:
    base = case.base(world)
    for name, beyond in case.beyond.items():
        known = world.aws.deploy(case.token, base, name=world.name)
        checked = world.aws.check(
            case.token, {**base, name: value_in(world, beyond.value)}, name=world.name, old=known.inputs
        )
        with pytest.raises(grpc.RpcError) as failed:
            world.aws.update(known, checked.values)
        assert failed.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert beyond.message in str(failed.value.details())
        assert "\n" not in str(failed.value.details())
        world.aws.delete(known)


@each_case
def test_each_replacing_input_is_announced_as_a_replacement(case: Case, world: World) -> None:
    base = case.base(world)
    known = world.keep(world.aws.deploy(case.token, base, name=world.name))
    for name, value in case.replaces.items():
        extra = {key: value_in(world, each) for key, each in case.with_changes.get(name, {}).items()}
        wanted = {**base, name: value_in(world, value), **extra}
        checked = world.aws.check(case.token, wanted, name=world.name, old=known.inputs).values
        assert name in world.aws.diff(known, checked).replaces, name


@each_case
def test_an_import_finds_what_a_deployment_with_the_same_inputs_made(case: Case, world: World) -> None:
    base = case.base(world)
    known = world.keep(world.aws.deploy(case.token, base, name=world.name))
    imported = world.aws.import_by_id(case.token, case.import_id(known), name=world.name)
    assert imported is not None
    assert imported.id == known.id
    documents = RESOURCE_TYPES[case.token].json_properties
    not_compared = case.not_imported | documents
    assert _without(imported.state, not_compared) == _without(known.state, not_compared)
    checked = world.aws.check(case.token, base, name=world.name, old=imported.inputs).values
    assert world.aws.diff(imported, checked).changed <= case.not_imported


@each_case
def test_a_resource_that_was_deleted_elsewhere_is_missed_and_its_deletion_succeeds(case: Case, world: World) -> None:
    if case.remove is None:
        assert case.why_not_removed
        return
    known = world.aws.deploy(case.token, case.base(world), name=world.name)
    case.remove(world, known)
    assert world.aws.refresh(known) is None
    world.aws.delete(known)


@each_case
def test_a_change_behind_the_provider_s_back_is_found_and_repaired(case: Case, world: World) -> None:
    if case.drift is None:
        assert RESOURCE_TYPES[case.token].update is None or case.why_no_drift
        return
    base = case.base(world)
    known = world.keep(world.aws.deploy(case.token, base, name=world.name))
    case.settle(world, known)
    drifted = case.drift(world, known)
    refreshed = world.aws.refresh(known)
    assert refreshed is not None
    checked = world.aws.check(case.token, base, name=world.name, old=refreshed.inputs).values
    assert world.aws.diff(refreshed, checked).changed == {drifted}
    case.settle(world, known)
    repaired = world.aws.update(refreshed, checked)
    assert _without(repaired.state, case.volatile) == _without(known.state, case.volatile)


@each_case
def test_a_destroyed_resource_is_gone(case: Case, world: World) -> None:
    known = world.aws.deploy(case.token, case.base(world), name=world.name)
    world.aws.delete(known)
    if case.remove is not None:
        assert world.aws.refresh(known) is None


@each_case
def test_what_aws_does_not_accept_is_refused_with_the_property_s_name(case: Case, world: World) -> None:
    base = case.base(world)
    world.aws.check(case.token, base, name=world.name)
    for refusal in case.refused:
        changed = {name: value_in(world, value) for name, value in refusal.change.items()}
        inputs = {name: value for name, value in {**base, **changed}.items() if value is not None}
        with pytest.raises(RefusedError) as refused:
            world.aws.check(case.token, inputs, name=world.name)
        assert refusal.message in str(refused.value)


def _without(values: Mapping[str, object], names: Container[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names and name != DEFAULTS_KEY}


def _exists(dotted: str, inputs: Mapping[str, Property]) -> bool:
    name, _, rest = dotted.partition(".")
    if name not in inputs:
        return False
    declared = inputs[name]
    while declared.element is not None:
        declared = declared.element
    return not rest or _exists(rest, declared.fields)


def _is_of_type(value: object, declared: typing.Any) -> bool:
    origin = typing.get_origin(declared)
    if origin is typing.Union:
        return any(_is_of_type(value, each) for each in typing.get_args(declared))
    scalars = {str: str, int: int, float: (int, float), bool: bool}
    if declared in scalars:
        return isinstance(value, scalars[declared]) and (declared is bool or not isinstance(value, bool))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict)
    if origin is not None:
        return isinstance(value, list) and all(_is_of_type(item, typing.get_args(declared)[0]) for item in value)
    if isinstance(declared, type) and declared.__module__.startswith("pulumi_aws."):
        known = getattr(declared, "__annotations__", {}) and declared
        return isinstance(value, dict) and (not known or _is_object(value, declared))
    return True


def _is_object(value: Mapping[str, object], declared: type) -> bool:
    from pulumi import _types

    fields = _types.output_type_types(declared)
    return all(name in fields and (each is None or _is_of_type(each, fields[name])) for name, each in value.items())
