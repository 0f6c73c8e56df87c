"""Every function's archive, as the program packages it, imports in a clean interpreter with nothing else to lean on."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.program import build
from components.settings import read_settings
from sandbox.fidelity.lambda_python.interpreters import installed_candidates, probed_minor
from tests.components.stack_settings import sandbox_settings
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
sys.path.insert(0, sys.argv[1])
sys.modules["boto3"] = sys.modules["botocore"] = None  # part of the runtime, never needed to start
before = set(sys.modules)
module, _, name = sys.argv[2].rpartition(".")
handler = getattr(importlib.import_module(module), name)
assert callable(handler)
standard = set(sys.stdlib_module_names) | before
loaded = {name.partition(".")[0] for name in sys.modules} - standard - {"__main__"}
print(json.dumps(sorted(loaded)), file=sys.stderr)
"""
ATTACK = """
handler_event = {"type": "TOKEN", "authorizationToken": "Bearer eyJhbGciOiJub25lIn0.e30.",
                 "methodArn": "arn:aws:execute-api:ap-southeast-3:111122223333:abcdef1234/prod/GET/hello"}
try:
    handler(handler_event, None)
except Exception as error:
    assert error.args == ("Unauthorized",), error
else:
    raise SystemExit("an unsigned token was not refused")
"""


def interpreters() -> list[str]:
    """One installed Python of each version that product code runs on."""
    working = (
        next((path for path in installed_candidates(minor) if probed_minor(path) == minor), None)
        for minor in (11, 12, 13)
    )
    return [str(path) for path in working if path is not None]


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Path]]:
    """Function name -> (handler, the unpacked archive)."""
    stack = deploy(lambda: build(read_settings()), settings=sandbox_settings())
    unpacked: dict[str, tuple[str, Path]] = {}
    for registered in stack.of_type("aws:lambda/function:Function"):
        folder = tmp_path_factory.mktemp("task")
        for name, source in files_of(registered.inputs["code"]):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
        unpacked[registered.inputs["name"]] = (registered.inputs["handler"], folder)
    return unpacked


def files_of(archive: Any) -> Iterator[tuple[str, str]]:
    assert isinstance(archive, pulumi.AssetArchive)
    for name, asset in archive.assets.items():
        assert isinstance(asset, pulumi.FileAsset)
        yield name, str(asset.path)


def run(interpreter: str, program_text: str, folder: Path, handler: str) -> str:
    ended = subprocess.run(
        [interpreter, "-I", "-S", "-B", "-c", program_text, str(folder), handler],
        env=ENVIRONMENT,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def test_the_program_deploys_the_functions_that_these_tests_look_at(
    functions: dict[str, tuple[str, Path]],
) -> None:
    assert set(functions) == {
        *("hello-world", "lambda-authorizer", "apigw-invoker", "hello-signing-key-rotation"),
        *("tenant-data", "tenant-keys", "key-exchange"),
        *("admin-key-authorizer", "key-exchange-authorizer", "tenant-token-authorizer"),
        *(f"tenant-api-{secret}-rotation" for secret in ("admin-key", "page-token-key", "signing-key")),
    }


@pytest.mark.parametrize("interpreter", interpreters())
def test_every_archive_imports_alone_and_loads_nothing_that_it_does_not_carry(
    interpreter: str, functions: dict[str, tuple[str, Path]]
) -> None:
    for handler, folder in functions.values():
        loaded = json.loads(run(interpreter, IMPORT_THE_HANDLER, folder, handler).splitlines()[-1])
        carried = {entry.name for entry in folder.iterdir()}
        assert set(loaded) <= carried


@pytest.mark.parametrize("interpreter", interpreters())
def test_the_authorizers_archive_decides_alone_and_refuses(
    interpreter: str, functions: dict[str, tuple[str, Path]]
) -> None:
    handler, folder = functions["lambda-authorizer"]

    run(interpreter, IMPORT_THE_HANDLER + ATTACK, folder, handler)


def test_no_archive_carries_tests_caches_or_third_party_packages(functions: dict[str, tuple[str, Path]]) -> None:
    ours = {entry.name for entry in (ROOT / "functions").iterdir() if entry.is_dir()} | {"plugins"}
    for _, folder in functions.values():
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".py"}
        assert {path.relative_to(folder).parts[0] for path in files} <= ours
        assert not [path for path in files if {"tests", "__pycache__"} & set(path.parts[len(folder.parts) :])]
