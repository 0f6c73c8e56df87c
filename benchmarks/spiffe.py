"""Verifying one JWT-SVID, warm: ours beside a bare `jwt.decode` and py-spiffe; what importing costs, and the packages.

Every candidate has a process of its own, gets the same tokens as SPIRE signs them and keys that were parsed before, and
they take turns. Ours checks everything that `spiffe_verifier` does, through sources that hold the keys; `jwt.decode`
checks signature, audience and expiry, and is what ours is held to. Imports are whole processes less an empty one, of
processor time, which other work delays less. Sizes are zipped files for this machine, without bytecode.

One more candidate is one more line in `_commands` (an end of `benchmarks.peers.process`), and its target one in
`TARGETS`.
"""

import contextlib
import io
import json
import os
import statistics
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.locked_packages import locked_packages
from benchmarks.measure import Row, compared, median_difference, processes_in_turns, samples_in_turns
from benchmarks.peers.process import PeerProcess
from tests.functions.spiffe.spiffe_ids import TRUST_DOMAIN
from tests.functions.spiffe.vectors import AUDIENCE, World

BENCHMARKS = Path(__file__).resolve().parent
PEERS = BENCHMARKS / "peers"
FUNCTIONS = BENCHMARKS.parent / "functions"
OUR_LOCK = FUNCTIONS / "layers" / "jwt_cryptography" / "requirements.txt"
PYSPIFFE_LOCK = BENCHMARKS / "pyspiffe" / "requirements.txt"
OUR_PACKAGES = ("jwt_verification", "spiffe_verifier")

OURS, PYJWT, PYSPIFFE = "ours", "PyJWT decode", "py-spiffe"
ALGORITHMS = ("RS256", "ES256")
ROUNDS, CALLS = 81, 100
IMPORT_ROUNDS = 15
TARGETS = {OURS: 1.2}  # times PyJWT's `decode`


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    return [*_verifying(progress), *_importing(progress), *_sizes(progress)]


def _commands() -> dict[str, list[str]]:
    isolated = [sys.executable, "-I", "-S"]
    pyspiffe = str(locked_packages(PYSPIFFE_LOCK, compiled=True))  # PyJWT comes with it
    return {
        OURS: [sys.executable, "-I", str(PEERS / "our_svid_verifier.py"), str(FUNCTIONS)],
        PYJWT: [*isolated, str(PEERS / "pyjwt_peer.py"), pyspiffe],
        PYSPIFFE: [*isolated, str(PEERS / "pyspiffe_peer.py"), pyspiffe],
    }


def _setting() -> dict[str, Any]:
    now = int(time.time())
    world = World(now=now)
    jwks = {key["kty"]: key for key in world.jwks["keys"]}
    return {
        "environment": world.environment,
        "documents": {url: json.loads(document) for url, document in world.documents.items()},
        "tokens": {algorithm: world.token(algorithm, exp=now + 3_600) for algorithm in ALGORITHMS},
        "jwks": {"RS256": jwks["RSA"], "ES256": jwks["EC"]},
        "bundle": {"keys": [{**jwks[kind], "use": "jwt-svid"} for kind in ("RSA", "EC")]},
        "audience": AUDIENCE,
        "trust_domain": TRUST_DOMAIN,
    }


def _verifying(progress: Callable[[str], None]) -> Iterable[Row]:
    setting = _setting()
    with contextlib.ExitStack() as stack:
        peers = {name: stack.enter_context(PeerProcess(command, setting)) for name, command in _commands().items()}
        for algorithm in ALGORITHMS:
            progress(f"verifying {algorithm}")
            asked = {name: _asked(peer, algorithm) for name, peer in peers.items()}
            samples = samples_in_turns(asked, rounds=ROUNDS, calls=CALLS)
            for name, taken in samples.items():
                what = f"{algorithm}: {name} {peers[name].version}".rstrip()
                yield _compared(what, taken, samples[PYJWT], name)
            # The first sample is of the round that `samples_in_turns` throws away.
            computing = {name: peer.computing[algorithm][1:] for name, peer in peers.items()}
            yield _compared(f"{algorithm}: {OURS}, processor time", computing[OURS], computing[PYJWT], OURS)


def _asked(peer: PeerProcess, algorithm: str) -> Callable[[int], float]:
    return lambda calls: peer.microseconds(algorithm, calls)


def _compared(what: str, taken: list[float], base: list[float], name: str) -> Row:
    if name == PYJWT:
        return Row(what=what, median=statistics.median(taken), unit="us")
    return compared(what, taken, base, unit="us", against=PYJWT, most=TARGETS.get(name))


def _importing(progress: Callable[[str], None]) -> Iterable[Row]:
    progress("importing")
    our_packages = f"{FUNCTIONS}:{locked_packages(OUR_LOCK, compiled=True)}"
    programs = {
        "nothing": ("", "pass"),
        OURS: (our_packages, "import spiffe_verifier.from_environment, jwt_verification.https_fetcher"),
        PYJWT: (str(locked_packages(PYSPIFFE_LOCK, compiled=True)), "import jwt; jwt.PyJWK"),
        PYSPIFFE: (str(locked_packages(PYSPIFFE_LOCK, compiled=True)), "import spiffe"),
    }
    commands = {
        name: (
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {path.split(':')!r}; {code}"],
            os.environ,
        )
        for name, (path, code) in programs.items()
    }
    samples = {
        name: [each.computing for each in taken]
        for name, taken in processes_in_turns(commands, rounds=IMPORT_ROUNDS).items()
    }
    empty = samples.pop("nothing")
    costs = {name: median_difference(taken, empty) for name, taken in samples.items()}
    for name, cost in costs.items():
        against = None if name == PYSPIFFE else cost / costs[PYSPIFFE]
        what = f"import: {name}, with what fetches keys" if name == OURS else f"import: {name}"
        yield Row(what=what, median=cost, unit="ms", against=PYSPIFFE if against else "", ratio=against)


def _sizes(progress: Callable[[str], None]) -> Iterable[Row]:
    progress("sizes")
    ours = zipped([*(FUNCTIONS / name for name in OUR_PACKAGES), locked_packages(OUR_LOCK)])
    code = zipped([FUNCTIONS / name for name in OUR_PACKAGES])
    theirs = zipped([locked_packages(PYSPIFFE_LOCK)])
    yield Row(what=f"zipped: {OURS} and its packages", median=ours, unit="MB", against=PYSPIFFE, ratio=ours / theirs)
    yield Row(what=f"zipped: {OURS} alone", median=code, unit="MB")
    yield Row(what=f"zipped: {PYSPIFFE} and its packages", median=theirs, unit="MB")


def zipped(folders: Iterable[Path]) -> float:
    """Megabytes of all files below the folders, bytecode and what installers leave aside."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix != ".pyc" and path.name != ".lock":
                    archive.write(path, path.relative_to(folder.parent))
    return len(written.getvalue()) / 1_000_000
