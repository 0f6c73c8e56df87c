"""The layer `spiffe_verifier` with AWS's own runtime client, outside of the sandbox: what Lambda would see of the
extension and of a function that verifies with it, from the cold start to SHUTDOWN."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from components.function_platform import RUNTIMES, Architecture, FunctionPlatform
from tests.functions.spiffe.vectors import WORKLOAD
from tests.packages.spiffe_layer import NAME, spiffe_layer
from tests.support.lambda_environment import EnvironmentEndedError, LambdaEnvironment, best_runtime
from tests.support.layers import this_machine
from tests.support.spiffe_documents import SpiffeDocuments

LARGEST_ZIP = 8_000_000  # bytes, for one architecture
LARGEST_MEMORY_KB = 30 * 1_024  # all its pages, those too that it shares with the function's own interpreter
SOURCE = """
import os, sys, time
from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import KeySetError
from spiffe_extension.client import svid_verifier

verifier = svid_verifier(os.environ)
calls = []

def handler(event, context):
    calls.append(event)
    if event == "sleep":
        time.sleep(60)
    if event == "crash":
        os._exit(9)
    if event == "modules":
        return sorted({name.partition(".")[0] for name in sys.modules})
    try:
        svid = verifier.verify(event)
    except (JwtError, KeySetError) as error:
        return [error.code, error.temporary, len(calls)]
    return [str(svid.spiffe_id), svid.expires_at, len(calls)]
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The layer's archive for this machine."""
    platform = this_machine(best_runtime().name)
    if platform is None:
        pytest.skip("wheels for Lambda are for Linux on x86_64 or arm64, which this machine is not")
    return spiffe_layer(tmp_path_factory.mktemp("layers"), platform)


@pytest.fixture
def documents() -> Iterator[SpiffeDocuments]:
    """Both trust domains on loopback."""
    with SpiffeDocuments() as serving:
        yield serving


def environment(folder: Path, layer: bytes, documents: SpiffeDocuments, **settings: Any) -> LambdaEnvironment:
    """An environment of a function that verifies with the extension."""
    variables = {**documents.world.environment, "SPIFFE_VERIFICATION": "extension", **settings.pop("variables", {})}
    return LambdaEnvironment(
        folder, runtime=best_runtime(), layer=layer, source=SOURCE, variables=variables, **settings
    )


def lines(running: LambdaEnvironment) -> str:
    return "\n".join(running.extensions[NAME].output)


def test_the_layer_holds_an_executable_extension_and_no_more_than_8_mb(layer: bytes, tmp_path: Path) -> None:
    other = FunctionPlatform(runtime=RUNTIMES[-1], architecture=Architecture.ARM64)
    for archive in (layer, spiffe_layer(tmp_path, other)):
        assert len(archive) < LARGEST_ZIP
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in opened.infolist()}
        assert {name for name in modes if name.startswith("extensions/")} == {f"extensions/{NAME}"}
        assert modes[f"extensions/{NAME}"] == 0o755
        assert "python/spiffe_extension/__main__.py" in modes


def test_a_cold_start_a_life_and_a_shutdown(layer: bytes, documents: SpiffeDocuments, tmp_path: Path) -> None:
    with environment(tmp_path, layer, documents) as running:
        running.start_extensions()
        running.start_function()
        assert running.order[0] == f"{NAME} registers"  # before the function's process is there
        assert running.extensions[NAME].registered == {"events": ["SHUTDOWN"]}
        # The keys are there before the first invocation, and nobody asks for them again.
        assert sorted(documents.requests) == ["/.well-known/openid-configuration", "/bundle", "/keys"]
        world = documents.world
        assert running.invoke(world.token()) == [WORKLOAD, world.now + 300, 1]
        assert running.invoke(world.partners_token())[2] == 2
        assert running.invoke(world.token(exp=1)) == ["token_expired", False, 3]
        assert running.invoke(world.attacks()["invalid_signature"]["another key"])[0] == "invalid_signature"
        modules = running.invoke("modules")
        assert {"cryptography", "http", "ssl"}.isdisjoint(modules), "the function imports what the extension is for"
        assert len(documents.requests) == 3

        memory = running.extension_memory(NAME)
        assert memory["peak"] < LARGEST_MEMORY_KB, memory
        assert running.shut_down("spindown") < 2.0
        process = running.extensions[NAME].process
        assert process is not None
        assert process.returncode == 0
        assert not list((tmp_path / "tmp").iterdir()), "the socket is left"
        assert world.token() not in lines(running)


def test_a_function_that_times_out_or_crashes_takes_the_extension_with_it_and_starts_again(
    layer: bytes, documents: SpiffeDocuments, tmp_path: Path
) -> None:
    for event, reason in (("sleep", "timeout"), ("crash", "failure")):
        with environment(tmp_path, layer, documents) as running:
            running.start_extensions()
            running.start_function()
            assert running.invoke(documents.world.token())[0] == WORKLOAD
            if event == "sleep":
                running.timeout_seconds = 0.3
            with pytest.raises(EnvironmentEndedError) as ended:
                running.invoke(event)
            assert (ended.value.reason, running.shutdown_reason) == (reason, reason)
            process = running.extensions[NAME].process
            assert process is not None
            assert process.returncode == 0


def test_without_the_extension_the_function_verifies_in_process_with_the_same_result(
    layer: bytes, documents: SpiffeDocuments, tmp_path: Path
) -> None:
    with environment(tmp_path, layer, documents) as running:
        running.start_extensions()
        running.start_function()
        assert running.invoke(documents.world.token())[0] == WORKLOAD
        running.kill_extension(NAME)
        assert running.invoke(documents.world.token()) == [WORKLOAD, documents.world.now + 300, 2]
        assert running.invoke(documents.world.token(aud="api://other"))[0] == "wrong_audience"
        assert sum("verifying in process" in line for line in running.function_output) == 1
        # And where a killed one has left its socket, the next one listens all the same.
        running.start_extensions()
        assert running.extensions[NAME].registered is not None


def test_settings_that_cannot_be_meant_fail_the_initialisation(
    layer: bytes, documents: SpiffeDocuments, tmp_path: Path
) -> None:
    with environment(tmp_path, layer, documents, variables={"EXPECTED_AUDIENCE": ""}) as running:
        running.start_extensions()
        process = running.extensions[NAME].process
        assert process is not None
        assert process.wait(30) == 1
        ((kind, said),) = running.extensions[NAME].errors
        assert (kind, said["errorType"]) == ("init/error", "Extension.SettingsError")
        assert said["errorMessage"].startswith("EXPECTED_AUDIENCE")


def test_an_issuer_that_is_away_at_the_cold_start_denies_for_the_moment_only(
    layer: bytes, documents: SpiffeDocuments, tmp_path: Path
) -> None:
    documents.down = True
    with environment(tmp_path, layer, documents) as running:
        running.start_extensions()
        running.start_function()
        assert running.invoke(documents.world.token())[:2] == ["key_set_unreachable", True]
        documents.down = False
        answers = []
        for _ in range(60):
            answers.append(running.invoke(documents.world.token())[0])
            if answers[-1] == WORKLOAD:
                break
            running.pause(0.1)
        assert answers[-1] == WORKLOAD, answers
        assert lines(running).count("keys cannot be loaded") == 2  # once for each trust domain


def test_the_extension_ends_when_lambdas_api_is_gone(layer: bytes, documents: SpiffeDocuments, tmp_path: Path) -> None:
    with environment(tmp_path, layer, documents) as running:
        running.start_extensions()
        running.start_function()
        running.lose_api()
        process = running.extensions[NAME].process
        assert process is not None
        assert process.wait(30) == 1
        assert not list((tmp_path / "tmp").iterdir())
