"""Names and types of inputs, judged by the pulumi_aws package."""

import pytest

from sandbox.provider.checking import type_problems
from sandbox.provider.declarations import declaration
from sandbox.provider.paths import path_text
from sandbox.provider.schema import Kind
from sandbox.provider.values import UNKNOWN, Archive, Asset

FUNCTION = declaration("aws:lambda/function:Function").inputs
ROLE = declaration("aws:iam/role:Role")
BASE = {"role": "arn"}


def problems(**inputs: object) -> list[str]:
    found = type_problems({**BASE, **inputs}, FUNCTION)
    return [f"{path_text(problem.path)}: {problem.message}" for problem in found]


def test_names_types_and_required_inputs_come_from_the_package() -> None:
    assert FUNCTION["role"].required
    assert not FUNCTION["handler"].required
    assert FUNCTION["memorySize"].kind is Kind.INTEGER
    assert FUNCTION["code"].kind is Kind.ARCHIVE
    assert FUNCTION["environment"].fields["variables"].kind is Kind.MAP
    assert declaration("aws:apigateway/stage:Stage").inputs["restApi"].kind is Kind.STRING
    assert {"arn", "uniqueId"} <= ROLE.outputs
    assert not {"id", "urn"} & ROLE.outputs


def test_a_policy_document_may_be_text_or_object() -> None:
    declared = ROLE.inputs
    assert not type_problems({"assumeRolePolicy": "{}"}, declared)
    assert not type_problems({"assumeRolePolicy": {"Version": "2012-10-17", "Statement": []}}, declared)
    [problem] = type_problems({"assumeRolePolicy": 3}, declared)
    assert problem.message == "must be a string or an object, not an integer"


def test_right_inputs_pass() -> None:
    assert not problems(
        memorySize=128,
        publish=True,
        runtime="python3.12",
        layers=["a", UNKNOWN],
        environment={"variables": {"A": "b", "C": UNKNOWN}},
        code=Archive(path="/code"),
        tracingConfig=UNKNOWN,
        description=None,
        __defaults=["memorySize"],
    )


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"memory": 1}, "memory: no such property; did you mean memorySize?"),
        ({"zzz": 1}, "zzz: no such property; there are architectures, capacityProviderConfig"),
        ({"memorySize": "128"}, "memorySize: must be an integer, not a string"),
        ({"memorySize": 1.5}, "memorySize: must be an integer, not a number with a fraction"),
        ({"memorySize": True}, "memorySize: must be an integer, not a boolean"),
        ({"publish": "true"}, "publish: must be a boolean, not a string"),
        ({"layers": "arn"}, "layers: must be a list, not a string"),
        ({"layers": ["a", 3]}, "layers[1]: must be a string, not an integer"),
        ({"layers": [None]}, "layers[0]: must be a string, not null"),
        ({"environment": {"variables": {"A": 1}}}, "environment.variables.A: must be a string, not an integer"),
        ({"environment": ["A"]}, "environment: must be an object, not a list"),
        ({"environment": {"vars": {}}}, "environment.vars: no such property; did you mean variables?"),
        ({"deadLetterConfig": {}}, "deadLetterConfig.targetArn: is required and has no value"),
        ({"code": "code.zip"}, "code: must be an archive, not a string"),
        ({"code": Asset(path="a")}, "code: must be an archive, not an asset or archive"),
        ({"role": None}, "role: is required and has no value"),
    ],
)
def test_a_wrong_input_is_named_with_what_is_allowed(inputs: dict[str, object], expected: str) -> None:
    [problem] = problems(**inputs)
    assert problem.startswith(expected)


def test_messages_never_hold_values() -> None:
    assert "hunter2" not in "".join(problems(memorySize="hunter2", publish="hunter2", environment="hunter2"))
