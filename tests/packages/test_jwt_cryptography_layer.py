"""The layer `jwt_cryptography`, really installed: for every platform, complete, small, and enough for RS, PS and ES."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from components.function_platform import RUNTIMES, Architecture, FunctionPlatform
from jwt_verification.jwk import ALGORITHMS
from sandbox.lambda_runtime.interpreters import installed_candidates, probed_minor
from tests.functions.issuer import jwk_set, public_jwk, token
from tests.functions.support import AUDIENCE, ISSUER, claims
from tests.support.layers import JWT_CRYPTOGRAPHY, files_of_layer, this_machine, zipped, zipped_layer

FUNCTIONS = JWT_CRYPTOGRAPHY.parents[2]
ELF_MACHINES = {Architecture.X86_64: 62, Architecture.ARM64: 183}  # e_machine: EM_X86_64, EM_AARCH64
LARGEST_ZIP = 8_000_000  # bytes, for one architecture
VERIFY = """
import json, sys
task_root, layer = sys.argv[1:3]
sys.path[:0] = [task_root, layer + "/python"]
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import ALGORITHMS, JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier
given = json.load(sys.stdin)
found = {}
for algorithm, tokens in given["tokens"].items():
    keys = jwks_key_source(
        "https://issuer.example/keys",
        rules=JwkRules(algorithms=[algorithm]),
        fetcher=InMemoryKeySets({"https://issuer.example/keys": given["sets"][algorithm].encode()}),
    )
    rules = ClaimRules(issuers=[given["issuer"]], audiences=[given["audience"]])
    verifier = TokenVerifier(algorithm=algorithm, keys=keys, rules=rules, clock=lambda: given["now"])
    found[algorithm] = []
    for token in tokens:
        try:
            found[algorithm].append(verifier.verify(token)["sub"])
        except Exception as error:
            found[algorithm].append(error.code)
outside = sorted(
    module.__file__ for name, module in sys.modules.items()
    if name.partition(".")[0] in ("jwt", "cryptography", "_cffi_backend", "cffi") and module.__file__
    and not module.__file__.startswith(layer)
)
print(json.dumps([found, outside]))
"""


@pytest.mark.parametrize("runtime", [RUNTIMES[0], RUNTIMES[-1]])
@pytest.mark.parametrize("architecture", Architecture)
def test_the_layer_is_complete_small_and_for_the_functions_machine(runtime: str, architecture: Architecture) -> None:
    functions = FunctionPlatform(runtime=runtime, architecture=architecture)
    files = files_of_layer(JWT_CRYPTOGRAPHY, functions)
    assert "python/cryptography/hazmat/bindings/_rust.abi3.so" in files
    libraries = {name: path.read_bytes()[:20] for name, path in files.items() if path.suffix == ".so"}
    assert any(f"cpython-{runtime.removeprefix('python').replace('.', '')}-" in name for name in libraries)
    for head in libraries.values():
        assert head[:4] == b"\x7fELF"
        assert int.from_bytes(head[18:20], "little") == ELF_MACHINES[architecture]
    junk = re.compile(r"(^|/)(__pycache__|tests|bin)/|\.(pyc|pyi|c|h)$|/(RECORD|INSTALLER|REQUESTED)$")
    assert not [name for name in files if junk.search(name)]
    assert [name for name in files if "licenses/" in name], "what is distributed keeps its licenses"
    assert len(zipped_layer(JWT_CRYPTOGRAPHY, functions)) < LARGEST_ZIP


def test_the_layer_carries_the_versions_that_the_tests_run_with() -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", JWT_CRYPTOGRAPHY.read_text(), re.MULTILINE))
    assert locked["cryptography"] == importlib.metadata.version("cryptography"), "run `make lock`"


def test_two_zips_of_one_lock_are_the_same_bytes_wherever_the_files_are(tmp_path: Path) -> None:
    functions = FunctionPlatform()
    files = files_of_layer(JWT_CRYPTOGRAPHY, functions)
    copied: dict[str, Path] = {}
    for name, path in reversed(files.items()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copied[name] = Path(shutil.copyfile(path, tmp_path / name))
        copied[name].chmod(path.stat().st_mode)
    assert zipped(copied) == zipped_layer(JWT_CRYPTOGRAPHY, functions)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_clean_interpreter_with_the_layer_verifies_every_algorithm_and_takes_nothing_from_this_machine(
    runtime: str, tmp_path: Path
) -> None:
    minor = int(runtime.partition(".")[2])
    functions = this_machine(runtime)
    interpreter = next((path for path in installed_candidates(minor) if probed_minor(path) == minor), None)
    if functions is None or interpreter is None:
        pytest.skip(f"no {runtime} on a Linux machine that Lambda has: its wheels cannot be loaded here")
    with zipfile.ZipFile(BytesIO(zipped_layer(JWT_CRYPTOGRAPHY, functions))) as layer:
        layer.extractall(tmp_path)
    good = {algorithm: token(algorithm) for algorithm in ALGORITHMS}
    given = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "now": claims()["iat"],
        "tokens": {algorithm: [jws, f"{jws[:-8]}AAAAAAAA"] for algorithm, jws in good.items()},
        "sets": {algorithm: jwk_set(public_jwk(algorithm)).decode() for algorithm in ALGORITHMS},
    }
    done = subprocess.run(
        [interpreter, "-I", "-S", "-B", "-W", "error", "-c", VERIFY, str(FUNCTIONS), str(tmp_path)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, outside = json.loads(done.stdout)
    assert found == {algorithm: [claims()["sub"], "invalid_signature"] for algorithm in ALGORITHMS}
    assert outside == []
