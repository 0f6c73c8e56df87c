"""The pack as it is published: a copy of its folder, run by itself, asked over the engine's protocol."""

import ast
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from guardrails.catalogue import ALL_RULES
from tests.policy.declarations import FUNCTION, METHOD, STACK, before_it_exists, replaced
from tests.policy.judging import UNKNOWN, secret
from tests.policy.pack_process import POLICY_FOLDER, RunningPack, running_pack

MANDATORY = analyzer_pb2.MANDATORY
ADVISORY = analyzer_pb2.ADVISORY


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPack]:
    copy = tmp_path_factory.mktemp("elsewhere") / "pack"
    shutil.copytree(POLICY_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with running_pack(copy) as running:
        yield running


def test_every_rule_is_published_as_mandatory_with_its_whole_metadata(pack: RunningPack) -> None:
    information = pack.information()
    assert information.name == "gatehouse"
    assert [policy.name for policy in information.policies] == [rule.metadata.name for rule in ALL_RULES]
    for policy, rule in zip(information.policies, ALL_RULES, strict=True):
        assert policy.enforcementLevel == MANDATORY
        assert policy.severity == analyzer_pb2.POLICY_SEVERITY_CRITICAL
        assert policy.description == rule.metadata.description
        assert policy.remediation_steps == rule.metadata.remediation
        assert policy.url == f"docs/policies/{policy.name}.md"


def test_a_violation_is_mandatory(pack: RunningPack) -> None:
    response = pack.analyze(METHOD.with_property("authorization", "NONE"))
    (diagnostic,) = response.diagnostics
    assert diagnostic.enforcementLevel == MANDATORY
    assert diagnostic.policyName == "apigateway-method-custom-authorization"
    assert "Method 'get'" in diagnostic.message


def test_a_secret_is_seen_by_its_mark_alone(pack: RunningPack) -> None:
    marked = FUNCTION.with_property("environment.variables.GREETING", secret("hello"))
    (diagnostic,) = pack.analyze(marked).diagnostics
    assert diagnostic.enforcementLevel == MANDATORY
    assert "environment.variables.GREETING is marked as a secret by Pulumi" in diagnostic.message
    assert "hello'" not in diagnostic.message.replace("Function 'hello'", "")


def test_a_violation_stays_mandatory_beside_an_unknown_value(pack: RunningPack) -> None:
    mixed = FUNCTION.with_property("environment.variables", {"A_ARN": UNKNOWN, "JWT_SECRET": "hunter2"})
    by_level = {diagnostic.enforcementLevel: diagnostic.message for diagnostic in pack.analyze(mixed).diagnostics}
    assert by_level.keys() == {MANDATORY, ADVISORY}
    assert "environment.variables.JWT_SECRET" in by_level[MANDATORY]
    assert "environment.variables.A_ARN not known yet" in by_level[ADVISORY]


def test_a_new_stack_is_judged_by_what_its_values_come_from(pack: RunningPack) -> None:
    new_stack = before_it_exists(*STACK)
    assert list(pack.analyze_stack(*new_stack).diagnostics) == []
    stranger = next(one for one in new_stack if one.name == METHOD.name).with_property("authorizerId", "foreign")
    stranger = replace(stranger, sources={"restApi": ["api"], "resourceId": ["path"]})
    (diagnostic,) = pack.analyze_stack(*replaced(new_stack, stranger)).diagnostics
    assert diagnostic.enforcementLevel == MANDATORY
    assert diagnostic.urn == METHOD.urn


def test_the_pack_imports_nothing_of_the_project() -> None:
    allowed = {"detect_secrets", "google", "grpc", "guardrails", "pulumi"}
    for module in sorted(POLICY_FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, module
                names = [node.module or ""]
            for name in names:
                package = name.partition(".")[0]
                assert package in allowed or package in sys.stdlib_module_names, f"{module} imports {name}"


def test_the_entry_point_is_short_and_only_starts_the_pack() -> None:
    assert len((POLICY_FOLDER / "__main__.py").read_text(encoding="utf-8").splitlines()) <= 15


def test_the_published_requirements_are_those_that_are_installed_here() -> None:
    pinned = [
        line.partition("==")
        for line in (POLICY_FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert {name for name, _, _ in pinned} == {"pulumi", "pulumi-policy", "detect-secrets"}
    locked = (POLICY_FOLDER / "requirements.txt").read_text(encoding="utf-8")
    assert all(f"\n{name}=={version} " in f"\n{locked}" for name, _, version in pinned)
    assert "://" not in locked
    assert {name: metadata.version(name) for name, _, _ in pinned} == {name: version for name, _, version in pinned}


def test_the_pack_has_a_version_and_the_plain_python_runtime() -> None:
    project = yaml.safe_load((POLICY_FOLDER / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert project["runtime"] == "python"
    assert project["version"]
