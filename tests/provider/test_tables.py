"""The tables themselves: complete, and true to the pulumi_aws package."""

from collections.abc import Mapping

import pytest

from sandbox.provider.registry import RESOURCE_TYPES, by_token
from sandbox.provider.schema import Property
from tests.provider.cases import CASES
from tests.provider.cases.case import Case

each_case = pytest.mark.parametrize("case", CASES, ids=[case.token.rpartition(":")[2] for case in CASES])


def test_every_registered_resource_type_has_exactly_one_case() -> None:
    assert sorted(case.token for case in CASES) == sorted(RESOURCE_TYPES)


@each_case
def test_every_input_is_changed_or_replaced_or_has_a_reason(case: Case) -> None:
    inputs = RESOURCE_TYPES[case.token].inputs
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
    inputs = table.inputs
    outputs = table.outputs
    for names in (table.computed, table.write_only, table.locators, table.defaults):
        assert set(names) <= set(inputs)
    for dotted in (*table.replaces, *table.json_properties, *table.unordered, *table.choices):
        assert _exists(dotted, inputs), dotted
    assert set(table.recomputed) <= outputs
    assert table.secret_properties <= outputs | set(inputs)
    for shape in filter(None, (table.cloudformation, *table.further_cloudformation)):
        for dotted in (*shape.renames, *shape.omits, *(shape.only or ())):
            assert _exists(dotted, inputs), dotted
    for dotted in table.api.members if table.api else ():
        assert _exists(dotted, inputs), dotted


def test_a_type_that_is_described_twice_is_a_mistake() -> None:
    table = next(iter(RESOURCE_TYPES.values()))
    with pytest.raises(ValueError, match="is described twice"):
        by_token([table, table])


def _exists(dotted: str, inputs: Mapping[str, Property]) -> bool:
    name, _, rest = dotted.partition(".")
    if name not in inputs:
        return False
    declared = inputs[name]
    while declared.element is not None:
        declared = declared.element
    return not rest or _exists(rest, declared.fields)
