"""Every function's archive, as the program packages it, imports in a clean interpreter with nothing else to lean on but
the code of its layer; an authorizer's refuses an attack and lets a good request in."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

from benchmarks.built_packages import unpacked_authorizer
from components.program import build
from components.settings import read_settings
from sandbox.lambda_runtime.interpreters import installed_candidates, probed_minor
from tests.components.partner_stack import partner_settings
from tests.components.stack_settings import sandbox_settings
from tests.functions.support import HELLO_CHAIN
from tests.packages.good_requests import GoodRequest, good_requests
from tests.support.mocks import deploy

ROOT = Path(__file__).resolve().parents[2]
# Lambda's own environment; the values are of the right form and lead nowhere.
ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "under-test",
    "AWS_REGION": "ap-southeast-3",
    "AWS_SESSION_TOKEN": "none",
    "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773",
}
IMPORT_THE_HANDLER = """
import importlib, json, sys
handler, *folders = sys.argv[1:]
sys.path[:0] = folders
sys.modules["boto3"] = sys.modules["botocore"] = None  # part of the runtime, never needed to start
before = set(sys.modules)
module, _, name = handler.rpartition(".")
handler = getattr(importlib.import_module(module), name)
assert callable(handler)
"""
PRINT_WHAT_WAS_LOADED = """
standard = set(sys.stdlib_module_names) | before
loaded = {name.partition(".")[0] for name in sys.modules} - standard - {"__main__"}
print(json.dumps(sorted(loaded)), file=sys.stderr)
"""
# The wheels of a layer, for a function that may not need them: too slow to be imported before.
WITHOUT_WHEELS = """
import sys
sys.modules["cryptography"] = None
"""
WITH_WHEELS_AFTER_ALL = """
del sys.modules["cryptography"]
"""
NEEDS_ITS_WHEELS = {"bound-token-authorizer"}
"""Functions that verify signatures at every call; their wheels are compiled for the Python of their runtime alone."""
NEEDS_WHEELS_TO_LET_IN = {"spiffe-authorizer"}
"""Functions whose extension verifies signatures; without one, as here, they do it themselves."""
AUTHORIZERS = {
    *("lambda-authorizer", "spiffe-authorizer", "client-certificate-authorizer", "bound-token-authorizer"),
    *("admin-key-authorizer", "key-exchange-authorizer", "tenant-token-authorizer"),
}

ATTACK = """
handler_event = {"type": "TOKEN", "authorizationToken": "Bearer eyJhbGciOiJub25lIn0.e30.",
                 "methodArn": "arn:aws:execute-api:ap-southeast-3:111122223333:abcdef1234/prod/GET/hello"}
try:
    answer = handler(handler_event, None)
except Exception as error:
    assert error.args == ("Unauthorized",), error
else:
    assert [each["Effect"] for each in answer["policyDocument"]["Statement"]] == ["Deny"], answer
"""
GOOD_REQUEST = """
import os
answer = handler(json.loads(os.environ["GOOD_REQUEST"]), None)
assert [each["Effect"] for each in answer["policyDocument"]["Statement"]] == ["Allow"], answer
print(json.dumps([answer["principalId"], answer["context"]]), file=sys.stderr)
"""


def interpreters() -> list[str]:
    """One installed Python of each version that product code runs on."""
    working = (
        next((path for path in installed_candidates(minor) if probed_minor(path) == minor), None)
        for minor in (11, 12, 13)
    )
    return [str(path) for path in working if path is not None]


INTERPRETERS = interpreters()
HAS_WHEELS = INTERPRETERS[-1]
"""The newest Python, which is the functions' own."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A function's unpacked archive, its handler and variables, and the code of its layers with their wheels."""

    handler: str
    variables: Mapping[str, str]
    folder: Path
    layers: list[Path]

    @property
    def importable(self) -> set[str]:
        """What can be imported that is not Python's own."""
        folders = [folder for folder in (self.folder, self.folder / "plugins", *self.layers) if folder.is_dir()]
        names = {entry.name.partition(".")[0] for folder in folders for entry in folder.iterdir()}
        # The extension module of cryptography brings it along.
        return names | {"_openssl"} if "cryptography" in names else names


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """The program's functions by their names."""
    settings = sandbox_settings(**partner_settings(tmp_path_factory.mktemp("truststore")))
    stack = deploy(lambda: build(read_settings()), settings=settings)
    layers: dict[str, Path] = {}
    for layer in stack.of_type("aws:lambda/layerVersion:LayerVersion"):
        folder = tmp_path_factory.mktemp("layer")
        unpack(layer.inputs["code"], folder)
        layers[layer.inputs["layerName"]] = folder / "python"
    unpacked: dict[str, Task] = {}
    for registered in stack.of_type("aws:lambda/function:Function"):
        folder = tmp_path_factory.mktemp("task")
        unpack(registered.inputs["code"], folder)
        own = [layers[name] for name in map(layer_name, registered.inputs.get("layers", [])) if name in layers]
        unpacked[registered.inputs["name"]] = Task(
            handler=registered.inputs["handler"],
            variables=registered.inputs.get("environment", {}).get("variables", {}),
            folder=folder,
            layers=own,
        )
    return unpacked


def unpack(code: Any, folder: Path) -> None:
    """Fills `folder` with what Lambda would unpack: a zip file's content, or the files that Pulumi would zip."""
    if isinstance(code, pulumi.FileArchive):
        with zipfile.ZipFile(code.path) as content:
            content.extractall(folder)
        return
    for name, source in files_of(code):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)


def layer_name(arn: str) -> str:
    """The name in the ARN of a layer version."""
    return arn.split(":")[-2]


def files_of(archive: Any) -> Iterator[tuple[str, str]]:
    assert isinstance(archive, pulumi.AssetArchive)
    for name, asset in archive.assets.items():
        assert isinstance(asset, pulumi.FileAsset)
        yield name, str(asset.path)


@pytest.fixture(scope="module")
def good(functions: dict[str, Task]) -> Iterator[dict[str, GoodRequest]]:
    """A request for each authorizer that it lets in, by the function's name."""
    with good_requests({name: task.variables for name, task in functions.items()}) as requests:
        yield requests


def run(interpreter: str, program_text: str, task: Task, **variables: str) -> list[str]:
    """The lines that the program wrote to standard error; `variables` replace those that the task is deployed with."""
    folders = [str(folder) for folder in (task.folder, *task.layers)]
    ended = subprocess.run(
        [interpreter, "-I", "-S", "-B", "-c", program_text, task.handler, *folders],
        env={**ENVIRONMENT, **task.variables, **variables},
        cwd=task.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "cannot load" not in ended.stdout, ended.stdout
    return ended.stderr.splitlines()


def test_the_program_deploys_the_functions_that_these_tests_look_at(functions: dict[str, Task]) -> None:
    assert set(functions) == {
        *("hello-world", "lambda-authorizer", "apigw-invoker", "hello-signing-key-rotation"),
        *("tenant-data", "tenant-keys", "key-exchange"),
        *("admin-key-authorizer", "key-exchange-authorizer", "tenant-token-authorizer"),
        *(f"tenant-api-{secret}-rotation" for secret in ("admin-key", "page-token-key", "signing-key")),
        *("whoami", "spiffe-authorizer"),
        *("token-issuer", "certificate-health", "protected"),
        *("client-certificate-authorizer", "bound-token-authorizer"),
        *("partner-api-pre-token-generation", "partner-api-app-clients"),
        *("partner-api-binding-key-rotation", "partner-api-acme-rotation"),
        "partner-api-client-secrets-rotation",
    }
    with_layers = {name for name, task in functions.items() if task.layers}
    assert with_layers == {"spiffe-authorizer", "bound-token-authorizer"}


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_every_archive_imports_alone_and_loads_nothing_that_it_does_not_carry(
    interpreter: str, functions: dict[str, Task]
) -> None:
    for name in functions.keys() - AUTHORIZERS:
        task = functions[name]
        loaded = run(interpreter, WITHOUT_WHEELS + IMPORT_THE_HANDLER + PRINT_WHAT_WAS_LOADED, task)
        assert set(json.loads(loaded[-1])) <= task.importable


@pytest.mark.parametrize(
    ("interpreter", "name"),
    [
        (interpreter, name)
        for interpreter in INTERPRETERS
        for name in sorted(AUTHORIZERS)
        if interpreter == HAS_WHEELS or name not in NEEDS_ITS_WHEELS
    ],
)
def test_an_authorizers_archive_alone_refuses_an_attack_and_lets_a_good_request_in(
    interpreter: str, name: str, functions: dict[str, Task], good: dict[str, GoodRequest]
) -> None:
    request = good[name]
    program_text = IMPORT_THE_HANDLER + ATTACK
    lets_in = True
    if name not in NEEDS_ITS_WHEELS:
        program_text = WITHOUT_WHEELS + program_text
    if name in NEEDS_WHEELS_TO_LET_IN:
        lets_in = interpreter == HAS_WHEELS
        program_text += WITH_WHEELS_AFTER_ALL
    if lets_in:
        program_text += GOOD_REQUEST
    variables = {**request.environment, "GOOD_REQUEST": json.dumps(request.event)}
    *answered, loaded = run(interpreter, program_text + PRINT_WHAT_WAS_LOADED, functions[name], **variables)
    assert set(json.loads(loaded)) <= functions[name].importable
    assert len(answered) == int(lets_in)
    for principal, context in map(json.loads, answered):
        assert principal == request.principal
        assert context.items() >= request.context.items()


def test_the_benchmark_of_cold_starts_measures_the_files_that_the_program_deploys(
    functions: dict[str, Task], tmp_path: Path
) -> None:
    measured = unpacked_authorizer(tmp_path, chain=HELLO_CHAIN)
    assert contents(measured) == contents(functions["lambda-authorizer"].folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_archive_carries_tests_caches_or_third_party_packages(functions: dict[str, Task]) -> None:
    ours = {entry.name for entry in (ROOT / "functions").iterdir() if entry.is_dir()} | {"plugins"}
    for folder in (task.folder for task in functions.values()):
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".py"}
        assert {path.relative_to(folder).parts[0] for path in files} <= ours
        assert not [path for path in files if {"tests", "__pycache__"} & set(path.parts[len(folder.parts) :])]
