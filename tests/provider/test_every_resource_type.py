"""Every resource type is deployed, changed in every input, refreshed, imported, lost, drifted, destroyed, and refuses
bad values.

Tests that only look share one deployment per type; the others make their own.
"""

import itertools
import typing
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from pulumi import _types as pulumi_types

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.differences import equivalent
from sandbox.provider.package import classes, output_types
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.resource_type import DEFAULTS_KEY
from sandbox.provider.values import UNKNOWN, Properties
from tests.provider.cases import CASES
from tests.provider.cases.case import Case, World, value_in
from tests.provider.driver import Known, ProviderDriver, RefusedError

_COUNTER = itertools.count(1)

# One process runs this whole module (tests/support/distribution.py), so that each type is deployed once.
_PARAMETERS = [pytest.param(case, id=case.token.rpartition(":")[2]) for case in CASES]
each_case = pytest.mark.parametrize("case", _PARAMETERS)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A type's base inputs, what a preview said of them, and what the deployment then made."""

    case: Case
    world: World
    base: Properties
    planned: Properties
    known: Known


@pytest.fixture(scope="module", params=_PARAMETERS)
def deployed(
    request: pytest.FixtureRequest,
    aws: ProviderDriver,
    clients: AwsClients,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    case: Case = request.param
    folder = tmp_path_factory.mktemp("case")
    world = World(aws=aws, clients=clients, folder=folder, name=f"case-{next(_COUNTER)}")
    base = case.base(world)
    planned = aws.preview(case.token, base, name=world.name)
    known = world.keep(aws.deploy(case.token, base, name=world.name))
    yield Deployed(case=case, world=world, base=base, planned=planned, known=known)
    world.clean()


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"case-{next(_COUNTER)}")
    yield world
    world.clean()


def test_outputs_have_the_names_and_types_of_the_official_provider(deployed: Deployed) -> None:
    table, state = RESOURCE_TYPES[deployed.case.token], dict(deployed.known.state)
    assert state.pop("id") == deployed.known.id
    assert set(state) | deployed.case.absent == table.outputs
    assert not set(state) & deployed.case.absent
    declared = output_types(classes(table.token)[0])
    assert not {name: value for name, value in state.items() if not _is_of_type(value, declared[name])}


def test_a_preview_predicts_what_the_deployment_then_has(deployed: Deployed) -> None:
    table = RESOURCE_TYPES[deployed.case.token]
    predicted = {name: value for name, value in deployed.planned.items() if value is not UNKNOWN}
    generated = {table.auto_name.property} - deployed.base.keys() if table.auto_name else set[str]()
    for name in predicted.keys() - generated:
        assert equivalent(table, predicted[name], deployed.known.state.get(name), (name,)), name


def test_a_refresh_right_after_a_deployment_changes_nothing(deployed: Deployed) -> None:
    known, world = deployed.known, deployed.world
    refreshed = world.aws.refresh(known)
    assert refreshed is not None
    assert refreshed.id == known.id
    assert refreshed.state == known.state
    assert refreshed.inputs == known.inputs
    again = world.aws.check(deployed.case.token, deployed.base, name=world.name, old=refreshed.inputs)
    assert not world.aws.diff(refreshed, again.values).changed


def test_an_import_finds_what_a_deployment_with_the_same_inputs_made(deployed: Deployed) -> None:
    case, known, world = deployed.case, deployed.known, deployed.world
    imported = world.aws.import_by_id(case.token, case.import_id(known), name=world.name)
    assert imported is not None
    assert imported.id == known.id
    not_compared = case.not_imported | RESOURCE_TYPES[case.token].json_properties
    assert _without(imported.state, not_compared) == _without(known.state, not_compared)
    checked = world.aws.check(case.token, deployed.base, name=world.name, old=imported.inputs).values
    assert world.aws.diff(imported, checked).changed <= case.not_imported


def test_each_replacing_input_is_announced_as_a_replacement(deployed: Deployed) -> None:
    case, known, world = deployed.case, deployed.known, deployed.world
    for name, value in case.replaces.items():
        extra = {key: value_in(world, each) for key, each in case.with_changes.get(name, {}).items()}
        wanted = {**deployed.base, name: value_in(world, value), **extra}
        checked = world.aws.check(case.token, wanted, name=world.name, old=known.inputs).values
        assert name in world.aws.diff(known, checked).replaces, name


def test_what_aws_does_not_accept_is_refused_with_the_property_s_name(deployed: Deployed) -> None:
    case, world = deployed.case, deployed.world
    for refusal in case.refused:
        changed = {name: value_in(world, value) for name, value in refusal.change.items()}
        inputs = {name: value for name, value in {**deployed.base, **changed}.items() if value is not None}
        with pytest.raises(RefusedError) as refused:
            world.aws.check(case.token, inputs, name=world.name)
        assert refusal.message in str(refused.value)


def test_a_preview_takes_any_input_that_is_not_known_yet(deployed: Deployed) -> None:
    refused: dict[str, str] = {}
    for name in deployed.base:
        try:
            deployed.world.aws.check(deployed.case.token, {**deployed.base, name: UNKNOWN}, name=deployed.world.name)
        except (RefusedError, grpc.RpcError) as error:
            refused[name] = str(error)
    assert refused == {}


@each_case
def test_each_input_is_changed_in_place_and_taken_back_and_the_resource_destroyed(case: Case, world: World) -> None:
    base = case.base(world)
    known = world.aws.deploy(case.token, base, name=world.name)
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

    if case.changes:
        checked = world.aws.check(case.token, base, name=world.name, old=known.inputs).values
        assert not world.aws.diff(known, checked).replaces
        case.settle(world, known)
        known = world.aws.update(known, checked)
        computed = RESOURCE_TYPES[case.token].computed | case.volatile
        assert _without(known.state, computed) == _without(before.state, computed)
        case.settle(world, known)

    world.aws.delete(known)
    if case.remove is not None:
        assert world.aws.refresh(known) is None


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
def test_what_somebody_else_changed_is_repaired_and_what_they_deleted_is_missed(case: Case, world: World) -> None:
    base = case.base(world)
    known = world.aws.deploy(case.token, base, name=world.name)
    if case.drift is None:
        assert RESOURCE_TYPES[case.token].update is None or case.why_no_drift
    else:
        case.settle(world, known)
        drifted = case.drift(world, known)
        refreshed = world.aws.refresh(known)
        assert refreshed is not None
        checked = world.aws.check(case.token, base, name=world.name, old=refreshed.inputs).values
        assert world.aws.diff(refreshed, checked).changed == {drifted}
        case.settle(world, known)
        repaired = world.aws.update(refreshed, checked)
        assert _without(repaired.state, case.volatile) == _without(known.state, case.volatile)
        case.settle(world, known)
    if case.remove is None:
        assert case.why_not_removed
    else:
        case.remove(world, known)
        assert world.aws.refresh(known) is None
    # What is gone already is no error.
    world.aws.delete(known)


def _without(values: Mapping[str, object], names: Container[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names and name != DEFAULTS_KEY}


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
        return isinstance(value, dict) and _is_object(value, declared)
    return True


def _is_object(value: Mapping[str, object], declared: type) -> bool:
    fields = pulumi_types.output_type_types(declared)
    return all(name in fields and (each is None or _is_of_type(each, fields[name])) for name, each in value.items())
