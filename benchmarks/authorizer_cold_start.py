"""Cold starts of the authorizer beside the same authorizer written with Powertools and PyJWT.

A new interpreter without site packages imports what is deployed, asks for the first secret (HS256) or for the issuer's
key set (RS256) on loopback, decides once, and writes its log and metric. Sources are compiled on the way, as from an
archive in Lambda, where the task root is read-only. Peers are measured with compiled libraries as well: the AWS SDK is
part of Lambda's runtime, where it may be compiled, and the ratio to the better of the two is what counts.

Peak memory is what the kernel says of the process at its end (`VmHWM`, Linux only).
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from benchmarks.authorizer_samples import sample_claims, sample_token, token_event
from benchmarks.locked_packages import locked_packages
from benchmarks.loopback_services import LoopbackServices
from benchmarks.measure import ProcessTimes, Row, median_ratio, processes_in_turns
from secret_store.secret_source import SecretVersion
from tests.functions.support import SETTINGS
from tests.functions.task_root import AUTHORIZER_PACKAGES, FUNCTIONS, make_task_root

ROUNDS = 11
BENCHMARKS = Path(__file__).resolve().parent
LAYER_LOCK = FUNCTIONS / "layers" / "jwt_cryptography" / "requirements.txt"
LARGEST_SHARE_HS256, LARGEST_SHARE_RS256 = 0.25, 0.5
LARGEST_MEMORY_MB = 50

FIRST_DECISION = """
import json, os, sys
sys.path[:0] = json.loads(os.environ["PATHS"])
if os.environ["MODULE"] == "authorizer.handler":
    from authorizer.handler import handle
else:
    from authorizer import handle
answer = handle(json.loads(os.environ["EVENT"]), None)
assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
"""
PRINT_PEAK = """
print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1], file=sys.stderr)
"""
PROVIDERS_RS256 = """
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier

def provide_token_verifier(environment, clock, monotonic_clock):
    return TokenVerifier(
        algorithm="RS256",
        keys=jwks_key_source(
            environment["KEYS_URL"], rules=JwkRules(algorithms=["RS256"]), allow_plain_http=True, clock=monotonic_clock
        ),
        rules=ClaimRules(issuers=[environment["TOKEN_ISSUER"]], audiences=[environment["TOKEN_AUDIENCE"]]),
        clock=clock,
    )
"""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One program: what its interpreter finds, and its environment."""

    paths: Sequence[Path]
    environment: Mapping[str, str]
    module: str = "authorizer"

    def command(self, event: object, *, suffix: str = "") -> tuple[list[str], dict[str, str]]:
        """Arguments and environment of its process."""
        environment = {
            **self.environment,
            "PATHS": json.dumps([str(path) for path in self.paths]),
            "MODULE": self.module,
            "EVENT": json.dumps(event),
        }
        return [sys.executable, "-I", "-S", "-B", "-c", FIRST_DECISION + suffix], environment


def cold_rows(version: SecretVersion, extension: Mapping[str, str], directory: Path) -> list[Row]:
    """Measure and return the rows. `extension` is the environment with AWS's secrets extension."""
    private_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    jwk = {**RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True), "kid": "1", "alg": "RS256", "use": "sig"}
    rs256_token = jwt.encode(sample_claims(), private_key, algorithm="RS256", headers={"kid": "1"})
    with LoopbackServices(secret=version, key_set=json.dumps({"keys": [jwk]}).encode()) as services:
        hs256 = _measured(_hs256(extension, services, directory), token_event(sample_token(version)))
        rs256 = _measured(_rs256(services, directory), token_event(rs256_token))
    return [
        *_rows("HS256", hs256, LARGEST_SHARE_HS256),
        *_rows("RS256", rs256, LARGEST_SHARE_RS256),
    ]


def _hs256(extension: Mapping[str, str], services: LoopbackServices, directory: Path) -> dict[str, Candidate]:
    task_root = make_task_root(directory / "hs256", packages=AUTHORIZER_PACKAGES, chain="hello")
    lock, program = BENCHMARKS / "powertools" / "requirements.txt", BENCHMARKS / "powertools"
    environment = {**SETTINGS, **services.environment}
    return {
        "ours": Candidate(paths=[task_root], environment={**SETTINGS, **extension}, module="authorizer.handler"),
        "Powertools + PyJWT": Candidate(paths=[program, locked_packages(lock)], environment=environment),
        "the same, compiled": Candidate(paths=[program, locked_packages(lock, compiled=True)], environment=environment),
    }


def _rs256(services: LoopbackServices, directory: Path) -> dict[str, Candidate]:
    task_root = make_task_root(directory / "rs256", packages=AUTHORIZER_PACKAGES, chain="hello")
    (task_root / "plugins" / "_providers.py").write_text(PROVIDERS_RS256)
    lock, program = BENCHMARKS / "powertools_cryptography" / "requirements.txt", BENCHMARKS / "powertools_cryptography"
    environment = {**SETTINGS, **services.environment, "KEYS_URL": services.url}
    layer = locked_packages(LAYER_LOCK)
    return {
        "ours": Candidate(paths=[task_root, layer], environment=environment, module="authorizer.handler"),
        "Powertools + PyJWT[crypto]": Candidate(paths=[program, locked_packages(lock)], environment=environment),
        "the same, compiled": Candidate(paths=[program, locked_packages(lock, compiled=True)], environment=environment),
    }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Milliseconds above a bare interpreter by round and candidate, and peak megabytes by candidate."""

    above_bare: Mapping[str, list[float]]
    peak_megabytes: Mapping[str, float]


def _measured(candidates: Mapping[str, Candidate], event: object) -> Measured:
    commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        "bare": ([sys.executable, "-I", "-S", "-B", "-c", "pass"], {})
    }
    commands |= {name: candidate.command(event) for name, candidate in candidates.items()}
    samples = processes_in_turns(commands, rounds=ROUNDS)

    def above(taken: Sequence[ProcessTimes]) -> list[float]:
        return [one.elapsed - bare.elapsed for one, bare in zip(taken, samples["bare"], strict=True)]

    return Measured(
        above_bare={name: above(samples[name]) for name in candidates},
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
    ours, *peers = measured.above_bare
    rows = [
        Row(what=f"cold {algorithm}: {name}", median=statistics.median(measured.above_bare[name]), unit="ms")
        for name in peers
    ]
    for name in peers:
        ratio = median_ratio(measured.above_bare[ours], measured.above_bare[name])
        rows.append(
            Row(
                what=f"cold {algorithm}: {ours}, above a bare interpreter",
                median=statistics.median(measured.above_bare[ours]),
                unit="ms",
                against=name,
                ratio=ratio,
                target=f"at most {largest_share} x" if name == peers[0] else "",
                reached=ratio <= largest_share if name == peers[0] else None,
            )
        )
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
