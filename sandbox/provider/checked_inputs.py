"""Check: fill in names and defaults, and hold the inputs against everything that could refuse them on AWS.

In this order, each step only when those before it found nothing: names and types (`checking.py`), what the sandbox
cannot honour; the type's own rules and documents that do not parse; AWS's published constraints
(`cloudformation_judge.py`, `api_model.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.provider.api_model import api_problems
from sandbox.provider.checking import type_problems
from sandbox.provider.cloudformation import translate
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.naming import UNIQUE_DIGITS, Naming, automatic_name
from sandbox.provider.regions import region_problem
from sandbox.provider.resource_type import DEFAULTS_KEY, Problem, ResourceType
from sandbox.provider.schema import Kind
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown


def checked(
    resource_type: ResourceType,
    given: Mapping[str, Any],
    old_inputs: Mapping[str, Any],
    naming: Naming,
    *,
    judge: CloudFormationJudge,
    region: str,
) -> tuple[Properties, list[Problem]]:
    """The inputs as they will be stored, and every reason to refuse them."""
    inputs: Properties = {name: value for name, value in given.items() if value is not None and name != DEFAULTS_KEY}
    problems = type_problems(inputs, resource_type.inputs)
    problems.extend(_unsupported(resource_type, inputs))
    problems.extend(_region_problems(inputs))
    if problems:
        return inputs, problems
    inputs = {name: _as_text(resource_type, name, value) for name, value in inputs.items()}
    filled = _defaults(resource_type, inputs, old_inputs, naming)
    inputs = {**inputs, **filled}
    problems.extend(_name_problems(resource_type, inputs, filled))
    if resource_type.check is not None and not problems:
        problems.extend(resource_type.check(inputs))
    told = {problem.path for problem in problems}
    problems.extend(each for each in _document_problems(resource_type, inputs) if each.path not in told)
    if not problems:
        judged = _with_example_of_prefixed_name(resource_type, inputs)
        problems.extend(_constraint_problems(resource_type, judged, judge, region))
    return {**_stored(inputs, resource_type), DEFAULTS_KEY: sorted(filled)}, problems


def _unsupported(resource_type: ResourceType, inputs: Properties) -> Iterator[Problem]:
    for name, reason in resource_type.unsupported.items():
        if name in inputs:
            yield Problem(path=(name,), message=f"the sandbox cannot honour this: {reason}")


def _region_problems(inputs: Properties) -> Iterator[Problem]:
    region = inputs.get("region")
    if isinstance(region, str) and (wrong := region_problem(region)):
        yield Problem(path=("region",), message=wrong)


def _as_text(resource_type: ResourceType, name: str, value: Any) -> Any:
    # Policy documents may be given as objects; AWS and the state have them as text, as with the official provider.
    declared = resource_type.inputs[name]
    is_document = name in resource_type.json_properties and isinstance(value, Mapping)
    if is_document and declared.kind is Kind.STRING and not contains_unknown(value):
        return json.dumps(value)
    return cast("Any", value)


def _stored(inputs: Properties, resource_type: ResourceType) -> Properties:
    # A document that is not known as a whole is judged by what is known of it, but has no text yet.
    return {
        name: UNKNOWN if name in resource_type.json_properties and contains_unknown(value) else value
        for name, value in inputs.items()
        if name != DEFAULTS_KEY
    }


def _defaults(
    resource_type: ResourceType, inputs: Properties, old_inputs: Mapping[str, Any], naming: Naming
) -> Properties:
    filled: Properties = {name: value for name, value in resource_type.defaults.items() if name not in inputs}
    auto_name = resource_type.auto_name
    if auto_name is not None and auto_name.property not in inputs and f"{auto_name.property}Prefix" not in inputs:
        name = automatic_name(auto_name, naming, old_inputs)
        if name is not None:
            filled[auto_name.property] = name
    return filled


def _with_example_of_prefixed_name(resource_type: ResourceType, inputs: Properties) -> Properties:
    # The name is made when the resource is: what can be judged now is the prefix with as many digits.
    if resource_type.auto_name is None or resource_type.auto_name.property in inputs:
        return inputs
    prefix = inputs.get(f"{resource_type.auto_name.property}Prefix")
    example = prefix + "0" * UNIQUE_DIGITS if isinstance(prefix, str) else UNKNOWN
    return {**inputs, resource_type.auto_name.property: example}


def _name_problems(
    resource_type: ResourceType, inputs: Mapping[str, Any], filled: Mapping[str, Any]
) -> Iterator[Problem]:
    if resource_type.auto_name is None:
        return
    name, prefix = resource_type.auto_name.property, f"{resource_type.auto_name.property}Prefix"
    if name not in inputs and prefix not in inputs:
        yield Problem(path=(name,), message="has no value, and the stack's configuration forbids automatic names")
    if prefix in inputs and name in inputs and name not in filled:
        yield Problem(path=(prefix,), message=f"excludes {name}; give one of them")


def _document_problems(resource_type: ResourceType, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    for name in sorted(resource_type.json_properties & inputs.keys()):
        text = inputs[name]
        try:
            if isinstance(text, str):
                json.loads(text)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno} column {error.colno}"
            yield Problem(path=(name,), message=f"is not valid JSON: {error.msg} at {where}")


def _constraint_problems(
    resource_type: ResourceType, inputs: Properties, judge: CloudFormationJudge, region: str
) -> list[Problem]:
    problems: list[Problem] = []
    declared = resource_type.inputs
    for shape in filter(None, (resource_type.cloudformation, *resource_type.further_cloudformation)):
        concerned = inputs if shape.only is None else {name: inputs[name] for name in shape.only & inputs.keys()}
        if concerned or shape.only is None:
            translated = translate(concerned, shape, declared, resource_type.json_properties)
            problems.extend(judge.problems(translated, region=region))
    if resource_type.api is not None:
        told = {problem.path for problem in problems}
        problems.extend(each for each in api_problems(inputs, resource_type.api) if each.path not in told)
    return problems
