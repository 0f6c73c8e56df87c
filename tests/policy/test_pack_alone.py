"""The pack as it is published: a copy of its folder in a fresh virtual environment, asked over the protocol."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from guardrails.analyzer.servicer import VERSION
from guardrails.catalogue import ALL_RULES
from sandbox.lambda_runtime.packages import installer
from tests.policy.declarations import FUNCTION, METHOD, STACK, before_it_exists, replaced
from tests.policy.judging import UNKNOWN, secret
from tests.policy.pack_process import POLICY_FOLDER, RunningPack, running_pack

MANDATORY = analyzer_pb2.MANDATORY
ADVISORY = analyzer_pb2.ADVISORY


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPack]:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    copy = elsewhere / "pack"
    shutil.copytree(POLICY_FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with running_pack(copy, str(fresh_environment(elsewhere / "venv", copy / "requirements.txt"))) as running:
        yield running


def fresh_environment(folder: Path, requirements: Path) -> Path:
    """The interpreter of a new virtual environment with the pack's own requirements and nothing else.

    The packages are in the installer's cache, where this project's environment has them from.
    """
    interpreter = folder / "bin" / "python"
    for command in (
        ["venv", "--quiet", "--python", sys.executable, str(folder)],
        ["pip", "install", "--quiet", "--require-hashes", "--python", str(interpreter), "-r", str(requirements)],
    ):
        done = subprocess.run([installer(), *command], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
    return interpreter


def test_every_rule_is_published_with_its_whole_metadata(pack: RunningPack) -> None:
    information = pack.information()
    assert information.name == "gatehouse"
    assert [policy.name for policy in information.policies] == [
        *(rule.metadata.name for rule in ALL_RULES),
        "policy-exemption-stated",
    ]
    for policy, rule in zip(information.policies[:-1], ALL_RULES, strict=True):
        assert policy.enforcementLevel == analyzer_pb2.EnforcementLevel.Value(rule.metadata.level.upper())
        assert policy.severity == analyzer_pb2.PolicySeverity.Value(f"POLICY_SEVERITY_{rule.metadata.severity.upper()}")
        assert set(policy.configSchema.properties) == {setting.name for setting in rule.settings}
        assert policy.description == rule.metadata.description
        assert policy.remediation_steps == rule.metadata.remediation
        assert policy.url == f"docs/policies/{policy.name}.md"


def of_rule(response: analyzer_pb2.AnalyzeResponse, name: str) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    """What one rule says; others may have something to say about the small declarations of these tests, too."""
    return [diagnostic for diagnostic in response.diagnostics if diagnostic.policyName == name]


def test_a_violation_is_mandatory(pack: RunningPack) -> None:
    response = pack.analyze(METHOD.with_property("authorization", "NONE"))
    (diagnostic,) = of_rule(response, "apigateway-method-custom-authorization")
    assert diagnostic.enforcementLevel == MANDATORY
    assert "Method 'get'" in diagnostic.message


def test_a_secret_is_seen_by_its_mark_alone(pack: RunningPack) -> None:
    marked = FUNCTION.with_property("environment.variables.GREETING", secret("hello"))
    (diagnostic,) = of_rule(pack.analyze(marked), "lambda-function-no-secret-in-environment")
    assert diagnostic.enforcementLevel == MANDATORY
    assert "environment.variables.GREETING is marked as a secret by Pulumi" in diagnostic.message
    assert "hello'" not in diagnostic.message.replace("Function 'hello'", "")


def test_a_violation_stays_mandatory_beside_an_unknown_value(pack: RunningPack) -> None:
    mixed = FUNCTION.with_property("environment.variables", {"A_ARN": UNKNOWN, "JWT_SECRET": "hunter2"})
    rule = "lambda-function-no-secret-in-environment"
    (violation,) = of_rule(pack.analyze(mixed), rule)
    assert violation.enforcementLevel == MANDATORY
    assert "environment.variables.JWT_SECRET" in violation.message
    (note,) = of_rule(pack.analyze_stack(), rule)
    assert note.enforcementLevel == ADVISORY
    assert "Function 'hello': environment.variables.A_ARN" in note.message


def test_a_new_stack_is_judged_by_what_its_values_come_from(pack: RunningPack) -> None:
    rule = "apigateway-method-authorizer-of-same-api"
    new_stack = before_it_exists(*STACK)
    assert of_rule(pack.analyze_stack(*new_stack), rule) == []
    stranger = next(one for one in new_stack if one.name == METHOD.name).with_property("authorizerId", "foreign")
    stranger = replace(stranger, sources={"restApi": ["api"], "resourceId": ["path"]})
    (diagnostic,) = of_rule(pack.analyze_stack(*replaced(new_stack, stranger)), rule)
    assert diagnostic.enforcementLevel == MANDATORY
    assert diagnostic.urn == METHOD.urn


def test_the_pack_imports_nothing_of_the_project() -> None:
    allowed = {"detect_secrets", "google", "grpc", "guardrails", "jsonschema", "pulumi", "yaml"}
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
    named = {
        re.split(r"[=<>]", line)[0]
        for line in (POLICY_FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert named == {"detect-secrets", "grpcio", "jsonschema", "protobuf", "pulumi", "pyyaml"}
    text = (POLICY_FOLDER / "requirements.txt").read_text(encoding="utf-8")
    assert "://" not in text
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))
    assert {name: locked[name] for name in named} == {name: metadata.version(name) for name in named}


def test_the_pack_has_a_version_and_the_plain_python_runtime() -> None:
    project = yaml.safe_load((POLICY_FOLDER / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    # No environment, tool chain or type checker is chosen for whoever runs it.
    assert project["runtime"] == {"name": "python", "options": {"configuredByCall": True}}
    assert project["version"] == VERSION
