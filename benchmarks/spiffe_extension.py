"""The SPIFFE verifier's extension: what it costs to ask it, to start it and to keep it, beside verifying in process.

Everything runs as in Lambda: the layer as the program makes it, the extension and the function in processes of their
own, AWS's runtime client, keys fetched over HTTP on loopback (`tests.support.lambda_environment`).

    verifying     one warm token through the socket, in turns with the library in process and a bare `jwt.decode`, each
                  in a process of its own. Where other work keeps all cores busy, elapsed times flatter who waits for
                  another process; processor time (means, extension included) does not
    cold start    from the start of the first process to the authorizer's first decision, in turns with and without the
                  extension; and what of it is left for the first request, which is what a caller waits for where the
                  environment was initialised before
    memory        Linux only. RSS counts all pages of a process, PSS each shared page in parts. The peak is of RSS
    layer         zipped, beside py-spiffe with what it needs
"""

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.locked_packages import locked_packages
from benchmarks.measure import Row, median_difference, median_ratio, samples_in_turns
from benchmarks.peers.process import PeerProcess
from benchmarks.spiffe import PYSPIFFE, PYSPIFFE_LOCK, zipped
from tests.functions.spiffe.vectors import AUDIENCE, WORKLOAD
from tests.functions.task_root import FUNCTIONS, make_task_root
from tests.packages.spiffe_layer import NAME, spiffe_layer
from tests.support.lambda_environment import LambdaEnvironment, Runtime
from tests.support.layers import this_machine
from tests.support.spiffe_documents import SpiffeDocuments

PEERS = Path(__file__).resolve().parent / "peers"
ALGORITHMS = ("RS256", "ES256")
ROUNDS, CALLS = 41, 100
COLD_ROUNDS = 11
LARGEST_MEDIAN_MICROSECONDS = 1_000
LARGEST_MEMORY_MB = 30
LARGEST_LAYER_MB = 8
THROUGH, DECODE = "through the extension", "PyJWT decode"
WITH, WITHOUT = "with the extension", "in process"

METHOD_ARN = "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/whoami"
RULES = f'[{{"route":"GET /whoami","spiffe_ids":["{WORKLOAD}"]}}]'
FUNCTION = "from authorizer.handler import handle as handler\n"


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    platform = this_machine()
    if platform is None:
        return [Row(what="nothing: wheels for Lambda are for Linux on x86_64 or arm64, which this machine is not")]
    runtime = Runtime(executable=Path(sys.executable).resolve(), minor=sys.version_info.minor)
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as folder:
        layers = {
            WITH: spiffe_layer(Path(folder) / "layers", platform),
            WITHOUT: spiffe_layer(Path(folder) / "layers", platform, extension=False),
        }
        where = Places(folder=Path(folder), runtime=runtime, layers=layers)
        progress("verifying through the extension")
        rows = _verifying(where)
        progress("cold starts")
        rows += _cold_starts(where)
        progress("sizes")
    return rows + _sizes(layers[WITH])


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where environments are made, and of what."""

    folder: Path
    runtime: Runtime
    layers: Mapping[str, bytes]

    @contextlib.contextmanager
    def environment(self, how: str) -> Generator[tuple[LambdaEnvironment, SpiffeDocuments]]:
        """An environment of the authorizer, not started, and the issuer of its tokens."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder, SpiffeDocuments() as documents:
            make_task_root(Path(folder) / "task", packages=("authorizer",), chain="spiffe")
            variables = {
                **documents.world.environment,
                "SPIFFE_VERIFICATION": "extension" if how == WITH else "in_process",
                "SPIFFE_ROUTE_RULES": RULES,
            }
            with LambdaEnvironment(
                Path(folder), runtime=self.runtime, layer=self.layers[how], source=FUNCTION, variables=variables
            ) as environment:
                yield environment, documents


def _event(token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    names = ("multiValueHeaders", "queryStringParameters", "pathParameters", "stageVariables")
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "headers": headers,
        "requestContext": {"requestId": "1"},
        **{name: {} for name in names},
    }


def _verifying(where: Places) -> list[Row]:
    with where.environment(WITH) as (environment, documents):
        environment.start_extensions()
        environment.start_function()
        world = documents.world
        jwks = {key["kty"]: key for key in world.jwks["keys"]}
        setting = {
            "environment": environment.environment,
            "documents": {url: json.loads(document) for url, document in world.documents.items()},
            "tokens": {algorithm: world.token(algorithm, exp=world.now + 3_600) for algorithm in ALGORITHMS},
            "jwks": {"RS256": jwks["RSA"], "ES256": jwks["EC"]},
            "audience": AUDIENCE,
        }
        isolated = [sys.executable, "-I", "-S"]
        commands = {
            WITHOUT: [sys.executable, "-I", str(PEERS / "our_svid_verifier.py"), str(FUNCTIONS)],
            THROUGH: [*isolated, str(PEERS / "extension_svid_peer.py"), str(FUNCTIONS)],
            DECODE: [*isolated, str(PEERS / "pyjwt_peer.py"), str(locked_packages(PYSPIFFE_LOCK, compiled=True))],
        }
        process = environment.extensions[NAME].process
        assert process is not None
        pid, rows = process.pid, list[Row]()
        with contextlib.ExitStack() as stack:
            peers = {name: stack.enter_context(PeerProcess(command, setting)) for name, command in commands.items()}
            for algorithm in ALGORITHMS:
                before = _processor_seconds(pid)
                samples = samples_in_turns(
                    {name: _asked(peer, algorithm) for name, peer in peers.items()}, rounds=ROUNDS, calls=CALLS
                )
                rows.append(Row(what=f"{algorithm}: {DECODE}", median=statistics.median(samples[DECODE]), unit="us"))
                rows += [_verified(algorithm, name, samples) for name in (WITHOUT, THROUGH)]
                rows += _processor_rows(
                    algorithm,
                    {name: statistics.fmean(peer.computing[algorithm]) for name, peer in peers.items()},
                    beside=(_processor_seconds(pid) - before) / (ROUNDS + 1) / CALLS * 1_000_000,
                )
        return rows


def _verified(algorithm: str, name: str, samples: Mapping[str, list[float]]) -> Row:
    median, bounded = statistics.median(samples[name]), name == THROUGH
    return Row(
        what=f"{algorithm}: ours, {name}",
        median=median,
        unit="us",
        against=DECODE,
        ratio=median_ratio(samples[name], samples[DECODE]),
        target=f"under {LARGEST_MEDIAN_MICROSECONDS} us" if bounded else "",
        reached=median < LARGEST_MEDIAN_MICROSECONDS if bounded else None,
    )


def _processor_seconds(pid: int) -> float:
    """What a process has computed so far; proc(5), where that is. Of the kernel's clock ticks: many calls, then."""
    if sys.platform != "linux":
        return float("nan")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _processor_rows(algorithm: str, computing: Mapping[str, float], *, beside: float) -> list[Row]:
    """What a token costs in processor time, with that of the extension: other work does not change it much."""
    costs = {DECODE: computing[DECODE], WITHOUT: computing[WITHOUT], THROUGH: computing[THROUGH] + beside}
    return [
        Row(
            what=f"{algorithm}, processor time of all processes: {name}",
            median=cost,
            unit="us",
            against="" if name == DECODE else DECODE,
            ratio=None if name == DECODE else cost / costs[DECODE],
        )
        for name, cost in costs.items()
    ]


def _asked(peer: PeerProcess, algorithm: str) -> Callable[[int], float]:
    return lambda calls: peer.microseconds(algorithm, calls)


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """Milliseconds until the environment was ready and of the first decision, and kilobytes by process."""

    ready: float
    first: float
    memory: Mapping[str, Mapping[str, int]]


def _cold_starts(where: Places) -> list[Row]:
    taken: dict[str, list[ColdStart]] = {WITH: [], WITHOUT: []}
    for turn in range(COLD_ROUNDS + 1):
        for how, samples in taken.items():
            sample = _cold_start(where, how)
            if turn:
                samples.append(sample)
    rows: list[Row] = []
    parts: dict[str, Callable[[ColdStart], float]] = {
        "cold start, all of it": lambda one: one.ready + one.first,
        "cold start, until it is ready": lambda one: one.ready,
        "cold start, the first decision": lambda one: one.first,
    }
    for what, part in parts.items():
        ours, theirs = ([part(one) for one in taken[how]] for how in (WITH, WITHOUT))
        rows.append(Row(what=f"{what}: {WITHOUT}", median=statistics.median(theirs), unit="ms"))
        ratio = median_ratio(ours, theirs)
        rows.append(
            Row(what=f"{what}: {WITH}", median=statistics.median(ours), unit="ms", against=WITHOUT, ratio=ratio)
        )
    whole = [[one.ready + one.first for one in taken[how]] for how in (WITH, WITHOUT)]
    rows.append(Row(what="cold start, what the extension adds", median=median_difference(*whole), unit="ms"))
    return rows + _memory_rows(taken)


def _cold_start(where: Places, how: str) -> ColdStart:
    with where.environment(how) as (environment, documents):
        token = documents.world.token()
        started = time.perf_counter()
        if how == WITH:
            environment.start_extensions()
        environment.start_function()
        ready = time.perf_counter()
        answer = environment.invoke(_event(token))
        done = time.perf_counter()
        assert answer["principalId"] == WORKLOAD, answer
        for number in range(20):
            environment.invoke(_event(documents.world.token(iat=documents.world.now - number)))
        memory: dict[str, Mapping[str, int]] = {}
        if sys.platform == "linux":
            memory["function"] = environment.function_memory()
            if how == WITH:
                memory["extension"] = environment.extension_memory(NAME)
        return ColdStart(ready=(ready - started) * 1_000, first=(done - ready) * 1_000, memory=memory)


def _memory_rows(taken: Mapping[str, list[ColdStart]]) -> list[Row]:
    rows: list[Row] = []
    for how, who in ((WITH, "extension"), (WITH, "function"), (WITHOUT, "function")):
        for kind, name in (("peak", "peak RSS"), ("Pss", "PSS")):
            found = [one.memory[who][kind] / 1_024 for one in taken[how] if who in one.memory]
            if not found:
                rows.append(Row(what=f"memory of the {who}, {how}, {name}: read on Linux only"))
                continue
            median = statistics.median(found)
            bounded = who == "extension"
            rows.append(
                Row(
                    what=f"memory of the {who}, {how}, {name}",
                    median=median,
                    unit="MB",
                    target=f"under {LARGEST_MEMORY_MB} MB" if bounded else "",
                    reached=median < LARGEST_MEMORY_MB if bounded else None,
                )
            )
    return rows


def _sizes(layer: bytes) -> list[Row]:
    ours, theirs = len(layer) / 1_000_000, zipped([locked_packages(PYSPIFFE_LOCK)])
    return [
        Row(what=f"zipped: {PYSPIFFE} and its packages", median=theirs, unit="MB"),
        Row(
            what="zipped: the layer",
            median=ours,
            unit="MB",
            against=PYSPIFFE,
            ratio=ours / theirs,
            target=f"under {LARGEST_LAYER_MB} MB",
            reached=ours < LARGEST_LAYER_MB,
        ),
    ]
