"""The packages as they are deployed, in clean interpreters of every Python that is supported and installed.

`-I -S`: no site packages, no settings from outside, no current folder; so whatever is imported is in the package or in
the standard library.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.lambda_runtime.interpreters import installed_candidates
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import (
    SECRET_ARN,
    SETTINGS,
    claims,
    header,
    make_token,
    request_event,
    signing_key_version,
    token_event,
)
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root

SUPPORTED = ("3.11", "3.12", "3.13")
FAR_FUTURE = 4_102_444_800  # 2100-01-01

DRIVER = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from authorizer.handler import handle
results = []
for event in json.loads(os.environ["EVENTS"]):
    try:
        results.append(handle(event, None))
    except Exception as error:
        results.append([type(error).__name__, str(error)])
foreign = sorted(
    name for name, module in sys.modules.items()
    if getattr(module, "__file__", None)
    and not module.__file__.startswith((sys.argv[1], os.path.dirname(os.__file__)))
    and "lib-dynload" not in module.__file__
)
print(json.dumps({"results": results, "foreign": foreign, "modules": sorted(sys.modules)}), file=sys.stderr)
"""

IMPORT_ONLY = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
assert callable(importlib.import_module(sys.argv[2]).handle)
"""


def _interpreters() -> dict[str, str]:
    """Find an interpreter of each supported version that really is that version."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in SUPPORTED:
        for candidate in installed_candidates(int(version.partition(".")[2])):
            if version not in found and _version_of(str(candidate)) == version:
                found[version] = str(candidate)
    return {version: executable for version, executable in sorted(found.items()) if version in SUPPORTED}


def _version_of(executable: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(
        [executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    return answer.stdout.strip()


INTERPRETERS = _interpreters()


@pytest.fixture
def extension() -> Iterator[SecretsExtension]:
    with SecretsExtension({(SECRET_ARN, "AWSCURRENT"): signing_key_version()}) as running:
        yield running


def run(executable: str, code: str, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [executable, "-I", "-S", "-B", "-W", "error", "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_supported_python_that_is_installed_is_tried() -> None:
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in INTERPRETERS


@pytest.mark.parametrize("version", SUPPORTED)
def test_the_authorizer_decides_from_its_package_alone(
    version: str, tmp_path: Path, extension: SecretsExtension
) -> None:
    if version not in INTERPRETERS:
        pytest.skip(f"no Python {version} is installed")
    task_root = make_task_root(tmp_path, packages=AUTHORIZER_PACKAGES, chain="hello")
    good = make_token(payload=claims(exp=FAR_FUTURE))
    events = [
        token_event(good),
        request_event(good),
        token_event(make_token(header(alg="none"))),
        token_event(make_token()),
        None,
    ]
    environment = {
        **SETTINGS,
        **extension.environment,
        "AWS_LAMBDA_FUNCTION_NAME": "lambda-authorizer",
        "EVENTS": json.dumps(events),
    }
    done = run(INTERPRETERS[version], DRIVER, str(task_root), environment=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stderr)
    assert [result["principalId"] for result in report["results"][:2]] == ["apigw-invoker"] * 2
    assert report["results"][2:] == [["Exception", "Unauthorized"]] * 3
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["reason"] for record in records] == [
        "allowed",
        "allowed",
        "unsupported_algorithm",
        "token_expired",
        "malformed_event",
    ]
    assert {record["authorizer"] for record in records} == {"lambda-authorizer"}
    assert extension.requests == [(SECRET_ARN, "AWSCURRENT")]
    assert report["foreign"] == []
    costly = {"asyncio", "boto3", "dataclasses", "email", "http", "inspect", "logging", "pathlib", "typing", "urllib"}
    assert costly.isdisjoint(report["modules"]), "these are kept off the cold path (docs/adr/0004)"


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize(
    ("handler", "packages"),
    [
        ("hello.handler", ("hello",)),
        ("invoker.handler", ("invoker", "jwt_verification", "secret_store")),
        ("secret_rotation.handler", ("secret_rotation", "aws_calls", "jwt_verification", "secret_store")),
        ("app_clients.handler", ("app_clients", "aws_calls")),
        (
            "tenant_data.handler",
            (
                "tenant_data",
                "tenant_usage",
                "audit_trail",
                "aws_calls",
                "api_responses",
                "jwt_verification",
                "secret_store",
            ),
        ),
        (
            "tenant_keys.handler",
            ("tenant_keys", "api_keys", "api_responses", "audit_trail", "aws_calls", "jwt_verification"),
        ),
        (
            "key_exchange.handler",
            (
                "key_exchange",
                "api_keys",
                "api_responses",
                "audit_trail",
                "aws_calls",
                "jwt_verification",
                "secret_store",
            ),
        ),
    ],
)
def test_the_other_functions_import_from_their_packages_alone(
    version: str, handler: str, packages: tuple[str, ...], tmp_path: Path
) -> None:
    if version not in INTERPRETERS:
        pytest.skip(f"no Python {version} is installed")
    task_root = make_task_root(tmp_path, packages=packages)
    done = run(INTERPRETERS[version], IMPORT_ONLY, str(task_root), handler, environment={})
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_with_a_broken_plugin_imports_and_denies(tmp_path: Path) -> None:
    task_root = make_task_root(tmp_path, packages=AUTHORIZER_PACKAGES, chain="hello")
    (task_root / "plugins" / "02_broken.py").write_text("def validate(auth_context)\n    return True\n")
    environment = {
        **SETTINGS,
        "EVENTS": json.dumps([token_event(make_token(payload=claims(exp=FAR_FUTURE)))]),
    }
    done = run(sys.executable, DRIVER, str(task_root), environment=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr)["results"] == [["Exception", "Unauthorized"]]
    fault, denial = (json.loads(line) for line in done.stdout.splitlines())
    assert (fault["file"], fault["detail"]) == ("02_broken.py", "SyntaxError in line 1")
    assert denial["reason"] == "plugin_does_not_import"


def test_a_package_without_settings_imports_and_denies(tmp_path: Path) -> None:
    task_root = make_task_root(tmp_path, packages=AUTHORIZER_PACKAGES, chain="hello")
    done = run(sys.executable, DRIVER, str(task_root), environment={"EVENTS": json.dumps([token_event()])})
    assert json.loads(done.stderr)["results"] == [["Exception", "Unauthorized"]]
    assert json.loads(done.stdout.splitlines()[0])["file"] == "01_verify_jwt.py"


def test_a_package_without_plugins_imports_and_denies(tmp_path: Path) -> None:
    task_root = make_task_root(tmp_path, packages=AUTHORIZER_PACKAGES)
    done = run(sys.executable, DRIVER, str(task_root), environment={"EVENTS": json.dumps([token_event()])})
    assert json.loads(done.stderr)["results"] == [["Exception", "Unauthorized"]]
    assert json.loads(done.stdout.splitlines()[1])["reason"] == "plugins_directory_missing"
