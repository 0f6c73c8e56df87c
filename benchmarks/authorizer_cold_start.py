"""Cold starts of the authorizer beside the same authorizer written with Powertools and PyJWT.

A new interpreter without site packages imports what is deployed, asks on loopback for the first secret (HS256: the
signing key; RS256: the issuer's key set), decides once, and writes its log and metric. RS256 is measured with the key
set at the issuer's address as well, where no secret is read and the peer does without the AWS SDK.

Ours is what the components pack (`benchmarks.built_packages`): for HS256 the function's zip alone, for RS256 with the
layer's. Sources are compiled on the way, as from an archive in Lambda, where the task root is read-only. The peer is
measured with all its libraries compiled as well: Lambda's runtime brings the AWS SDK, and may bring its bytecode. What
is compiled in C or Rust comes from the same wheels on both sides.

Beside the elapsed time stands the processor time of the same processes: what a busy machine adds is in the first alone.
Peak memory is what the kernel says of the process at its end (`VmHWM`, Linux only).
"""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from benchmarks.authorizer_samples import sample_claims, sample_token, token_event
from benchmarks.built_packages import layer_wheels, unpacked_authorizer, unpacked_layer
from benchmarks.locked_packages import locked_packages
from benchmarks.loopback_services import LoopbackServices
from benchmarks.measure import ProcessTimes, Row, compared, processes_in_turns
from components.dependency_layer import LAYERS_DIRECTORY
from secret_store.secret_source import SecretVersion
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import HELLO_CHAIN, SECRET_ARN, SETTINGS

ROUNDS = 11
BENCHMARKS = Path(__file__).resolve().parent
LAYER_LOCK = LAYERS_DIRECTORY / "jwt_cryptography" / "requirements.txt"
LARGEST_SHARE_HS256, LARGEST_SHARE_RS256 = 0.25, 0.5
LARGEST_MEMORY_MB = 50

FIRST_DECISION = """
import json, os, sys
sys.path[:0] = json.loads(os.environ["PATHS"])
handle = __import__(os.environ["MODULE"], fromlist=["handle"]).handle
answer = handle(json.loads(os.environ["EVENT"]), None)
assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
"""
PRINT_PEAK = """
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1], file=sys.stderr)
"""
VERIFIER_RS256 = """
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.jwk_set import parse_jwk_set
from jwt_verification.refreshing_key_source import RefreshingKeySource, jwks_key_source
from jwt_verification.verifier import TokenVerifier

RULES = JwkRules(algorithms=["RS256"])

def provide_token_verifier(environment, keys, clock):
    return TokenVerifier(
        algorithm="RS256",
        keys=keys,
        rules=ClaimRules(issuers=[environment["TOKEN_ISSUER"]], audiences=[environment["TOKEN_AUDIENCE"]]),
        clock=clock,
    )
"""
STORED_KEYS = """
def provide_keys(environment, secrets, monotonic_clock):
    secret_id = environment["KEY_SET_SECRET_ARN"]
    return RefreshingKeySource(
        lambda: parse_jwk_set(secrets.current(secret_id).value.encode(), RULES), clock=monotonic_clock
    )
"""
PUBLISHED_KEYS = """
def provide_keys(environment, monotonic_clock):
    return jwks_key_source(environment["KEYS_URL"], rules=RULES, allow_plain_http=True, clock=monotonic_clock)
"""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One program: what its interpreter finds, and its environment."""

    paths: Sequence[Path]
    environment: Mapping[str, str]
    module: str

    def command(self, event: object, *, suffix: str = "") -> tuple[list[str], dict[str, str]]:
        """Arguments and environment of its process."""
        environment = {
            **self.environment,
            "PATHS": json.dumps([str(path) for path in self.paths]),
            "MODULE": self.module,
            "EVENT": json.dumps(event),
        }
        return [sys.executable, "-I", "-S", "-B", "-c", FIRST_DECISION + suffix], environment


def cold_rows(version: SecretVersion, directory: Path) -> list[Row]:
    """Measure and return the rows; `version` is of the signing key."""
    private_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    jwk = {**RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True), "kid": "1", "alg": "RS256", "use": "sig"}
    key_set = json.dumps({"keys": [jwk]})
    hs256_event = token_event(sample_token(version))
    rs256_event = token_event(jwt.encode(sample_claims(), private_key, algorithm="RS256", headers={"kid": "1"}))
    key_set_version = SecretVersion(version_id="1", value=key_set)
    with (
        SecretsExtension({(SECRET_ARN, "AWSCURRENT"): version}) as extension,
        LoopbackServices(secret=version, key_set=b"") as services,
    ):
        task_root = unpacked_authorizer(directory / "HS256", chain=HELLO_CHAIN)
        candidates = _candidates(
            "powertools",
            ours=[task_root],
            our_environment={**SETTINGS, **extension.environment},
            environment={**SETTINGS, **services.environment},
        )
        rows = _rows("HS256", _measured(candidates, hs256_event), LARGEST_SHARE_HS256)
    layer = unpacked_layer(directory / "layer", lock=LAYER_LOCK)
    with (
        SecretsExtension({(SECRET_ARN, "AWSCURRENT"): key_set_version}) as extension,
        LoopbackServices(secret=key_set_version, key_set=key_set.encode()) as services,
    ):
        settings = {**SETTINGS, "KEY_SET_SECRET_ARN": SECRET_ARN, "KEYS_URL": services.url}
        for what, provider, module, environment in (
            ("RS256", STORED_KEYS, "authorizer_with_secret", extension.environment),
            ("RS256, no secret", PUBLISHED_KEYS, "authorizer", {}),
        ):
            chain = shutil.copytree(HELLO_CHAIN, directory / f"{what}, chain")
            (chain / "_providers.py").write_text(VERIFIER_RS256 + provider)
            task_root = unpacked_authorizer(directory / what, chain=chain)
            candidates = _candidates(
                "powertools_cryptography",
                module=module,
                ours=[task_root, layer],
                our_environment={**settings, **environment},
                environment={**settings, **services.environment},
            )
            rows += _rows(what, _measured(candidates, rs256_event), LARGEST_SHARE_RS256)
    return rows


def _candidates(
    peer: str,
    *,
    ours: Sequence[Path],
    our_environment: Mapping[str, str],
    environment: Mapping[str, str],
    module: str = "authorizer",
) -> dict[str, Candidate]:
    program = BENCHMARKS / peer
    lock = program / "requirements.txt"
    wheels = layer_wheels()
    plain, compiled = (locked_packages(lock, compiled=compiled, platform=wheels) for compiled in (False, True))
    return {
        "ours": Candidate(paths=ours, environment=our_environment, module="authorizer.handler"),
        "Powertools + PyJWT": Candidate(paths=[program, plain], environment=environment, module=module),
        "the same, compiled": Candidate(paths=[program, compiled], environment=environment, module=module),
    }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Milliseconds above a bare interpreter by round and candidate, and peak megabytes by candidate."""

    elapsed: Mapping[str, list[float]]
    computing: Mapping[str, list[float]]
    peak_megabytes: Mapping[str, float]


def _measured(candidates: Mapping[str, Candidate], event: object) -> Measured:
    commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        "bare": ([sys.executable, "-I", "-S", "-B", "-c", "pass"], {})
    }
    commands |= {name: candidate.command(event) for name, candidate in candidates.items()}
    samples = processes_in_turns(commands, rounds=ROUNDS)

    def above_bare(milliseconds: Callable[[ProcessTimes], float]) -> dict[str, list[float]]:
        bare = [milliseconds(each) for each in samples["bare"]]
        return {
            name: [milliseconds(each) - base for each, base in zip(samples[name], bare, strict=True)]
            for name in candidates
        }

    return Measured(
        elapsed=above_bare(lambda times: times.elapsed),
        computing=above_bare(lambda times: times.computing),
        peak_megabytes={name: _peak_megabytes(candidate, event) for name, candidate in candidates.items()},
    )


def _peak_megabytes(candidate: Candidate, event: object) -> float:
    if sys.platform != "linux":
        return float("nan")
    arguments, environment = candidate.command(event, suffix=PRINT_PEAK)
    taken = [
        int(
            subprocess.run(
                arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
            ).stderr.split()[-1]
        )
        for _ in range(3)
    ]
    return statistics.median(taken) / 1_024


def _rows(algorithm: str, measured: Measured, largest_share: float) -> list[Row]:
    rows = _time_rows(f"cold {algorithm}", measured.elapsed, largest_share)
    rows += _time_rows(f"cold {algorithm}, processor time", measured.computing, largest_share)
    ours = next(iter(measured.elapsed))
    for name, peak in measured.peak_megabytes.items():
        is_ours = name == ours
        rows.append(
            Row(
                what=f"peak memory {algorithm}: {name}",
                median=peak,
                unit="MB",
                target=f"under {LARGEST_MEMORY_MB} MB" if is_ours else "",
                reached=peak < LARGEST_MEMORY_MB if is_ours else None,
            )
        )
    return rows


def _time_rows(what: str, above_bare: Mapping[str, list[float]], largest_share: float) -> list[Row]:
    ours, *peers = above_bare
    rows = [Row(what=f"{what}: {name}", median=statistics.median(above_bare[name]), unit="ms") for name in peers]
    for name in peers:
        most = largest_share if name == peers[0] else None
        above = f"{what}: {ours}, above a bare interpreter"
        rows.append(compared(above, above_bare[ours], above_bare[name], unit="ms", against=name, most=most))
    return rows
