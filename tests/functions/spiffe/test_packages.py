"""What importing the library loads, its README's examples, and the wheel that it is on its own."""

import contextlib
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from jwt_verification.https_fetcher import HttpsFetcher
from tests.functions.spiffe.vectors import PARTNERS_WORKLOAD, WORKLOAD, World

FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
README = FUNCTIONS / "spiffe_verifier" / "README.md"


def loaded_by(*modules: str) -> set[str]:
    program = (
        "import sys, importlib, json; sys.path[:0] = sys.argv[1:3]\n"
        "for name in sys.argv[3:]: importlib.import_module(name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    packages = str(Path(pytest.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-B", "-c", program, str(FUNCTIONS), packages]
    done = subprocess.run([*command, *modules], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_ids_settings_errors_and_svids_are_read_without_any_cryptography() -> None:
    loaded = loaded_by(*(f"spiffe_verifier.{name}" for name in ("spiffe_id", "settings", "errors", "jwt_svid")))
    forbidden = {"cryptography", "jwt", "ssl", "socket", "http.client", "threading", "hashlib", "typing", "dataclasses"}
    assert loaded.isdisjoint(forbidden), loaded & forbidden


def test_the_verifier_is_built_without_pyjwt_boto3_x509_and_a_network_stack() -> None:
    loaded = loaded_by("spiffe_verifier.from_environment")
    assert "cryptography.hazmat.primitives.asymmetric.ec" in loaded
    forbidden = {"jwt", "boto3", "botocore", "cryptography.x509", "ssl", "http.client", "asyncio", "grpc"}
    assert loaded.isdisjoint(forbidden), loaded & forbidden


@pytest.fixture
def snippets() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)


def test_the_readmes_examples_run_as_they_are_printed(snippets: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuers are in memory, and the clock is the machine's: everything else is as it is printed."""
    world = World(now=int(time.time()))
    fetcher = world.fetcher()
    monkeypatch.setattr(HttpsFetcher, "fetch", lambda _self, url: fetcher.fetch(url))
    environment = dict(re.findall(r"^export (\w+)=\"?([^\"\n]*)\"?$", README.read_text(), flags=re.MULTILINE))
    assert {name: " ".join(value.split()) for name, value in environment.items()} == {
        name: " ".join(value.replace(",", " ").split()) for name, value in world.environment.items()
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given: dict[str, Any] = {"authorization": f"Bearer {world.token()}"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec("\n".join(snippets), given)  # noqa: S102 -- the page's own code is what is tested
        given["authorization"] = f"Bearer {world.token(aud='api://other')}"
        exec(snippets[0], given)  # noqa: S102 -- as above
    shown = re.findall(r"# prints (.*)", "\n".join(snippets))
    assert printed.getvalue().splitlines() == [*shown, "refused: wrong_audience"]
    assert shown[0] == WORKLOAD


def test_the_wheel_of_the_library_alone_verifies_a_token_without_this_repository(tmp_path: Path) -> None:
    build = [str(Path(sys.executable).with_name("uv")), "build", "--wheel", "--quiet", "--offline"]
    build += ["--no-build-isolation", "--python", sys.executable, "--out-dir", str(tmp_path)]
    subprocess.run([*build, str(README.parent)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("spiffe_verifier-*.whl")
    world = World()
    given = {
        "environment": world.environment,
        "documents": {url: text.decode() for url, text in world.documents.items()},
        "now": world.now,
        "tokens": [world.token(), world.partners_token()],
    }
    program = (
        "import json, sys; sys.path[:0] = sys.argv[1:3]; given = json.loads(sys.stdin.read())\n"
        "from jwt_verification.key_set_fetcher import InMemoryKeySets\n"
        "from spiffe_verifier.from_environment import verifier_of\n"
        "fetcher = InMemoryKeySets({url: text.encode() for url, text in given['documents'].items()})\n"
        "verifier = verifier_of(given['environment'], fetcher=fetcher, clock=lambda: given['now'])\n"
        "print(*(verifier.verify(token).spiffe_id for token in given['tokens']))"
    )
    packages = str(Path(pytest.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, str(wheel), packages],
        input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == [WORKLOAD, PARTNERS_WORKLOAD]
