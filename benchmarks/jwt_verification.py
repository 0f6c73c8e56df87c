"""Verifying one token, warm: ours beside PyJWT, joserfc, aws-jwt-verify (Node.js) and the bare primitive.

Every candidate gets the same token, keys that were parsed before, and checks signature, issuer, audience and expiry;
ours goes the way of a function, through a key source that holds the issuer's key set (HS256: a fixed key). The
primitive is one call into `hmac` or `cryptography` with everything prepared. Ours, joserfc and aws-jwt-verify each have
a process, measure themselves and take turns, so that whatever else the machine does meets them alike; beside the
elapsed time stands the processor time of the same calls, which other work delays less. What a peer does not have, or
what is not installed here, is a row that says so.
"""

import contextlib
import hmac
import json
import statistics
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jwt.algorithms import HMACAlgorithm
from jwt.utils import raw_to_der_signature

from benchmarks.locked_packages import locked_packages
from benchmarks.measure import Row, compared, samples_in_turns, timed
from benchmarks.peers.node_packages import PeerUnavailableError, node, node_packages
from benchmarks.peers.process import PeerProcess
from jwt_verification.base64url import encode
from jwt_verification.hmac_key import HmacKey
from jwt_verification.signer import sign
from tests.functions.issuer import KEY_ID, key_for_algorithm, public_jwk, signature, token
from tests.functions.support import AUDIENCE, ISSUER, RAW_KEY, claims

PEERS = Path(__file__).resolve().parent / "peers"
FUNCTIONS = PEERS.parents[1] / "functions"
NODE_PEER = PEERS / "aws_jwt_verify"
ROUNDS, CALLS = 81, 100
ALGORITHMS = ("HS256", "RS256", "ES256", "PS256")
OURS = "ours"
HELD_TO = "aws-jwt-verify"  # where it has the algorithm

Measure = Callable[[int], float]


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    now = int(time.time())
    good = claims(iat=now, exp=now + 3_600)
    tokens = {algorithm: token(algorithm, payload=good) for algorithm in ALGORITHMS if algorithm != "HS256"}
    tokens["HS256"] = sign(good, key=HmacKey(RAW_KEY), key_id=KEY_ID)
    key_sets = {name: {"keys": [public_jwk(name)]} for name in ALGORITHMS if name != "HS256"}
    setting = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "tokens": tokens,
        "jwks": key_sets,
        "secret": json.loads(HMACAlgorithm.to_jwk(RAW_KEY)),
        "key_id": KEY_ID,
    }
    rows: list[Row] = []
    with _peers(setting) as (peers, missing):
        for algorithm in ALGORITHMS:
            progress(algorithm)
            rows += _compared(algorithm, tokens[algorithm], key_sets.get(algorithm), peers)
            rows += [Row(what=f"{algorithm}: {name} not measured: {why}") for name, why in missing.items()]
            rows += [
                Row(what=f"{algorithm}: {name} {peer.version} does not have it")
                for name, peer in peers.items()
                if algorithm not in peer.algorithms
            ]
    return rows


@contextlib.contextmanager
def _peers(setting: dict[str, Any]) -> Generator[tuple[dict[str, PeerProcess], dict[str, str]]]:
    """The peers that run, by name, and why others do not."""
    peers: dict[str, PeerProcess] = {}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        ours = [sys.executable, "-I", str(PEERS / "our_verifier.py"), str(FUNCTIONS)]
        peers[OURS] = stack.enter_context(PeerProcess(ours, setting))
        packages = locked_packages(PEERS / "requirements.txt", compiled=True)
        joserfc = [sys.executable, "-I", "-S", str(PEERS / "joserfc_peer.py"), str(packages)]
        peers["joserfc"] = stack.enter_context(PeerProcess(joserfc, setting))
        try:
            command = [node(), str(NODE_PEER / "peer.cjs"), str(node_packages(NODE_PEER))]
            peers[HELD_TO] = stack.enter_context(PeerProcess(command, setting))
        except PeerUnavailableError as error:
            missing[HELD_TO] = str(error)
        yield peers, missing


def _compared(algorithm: str, jws: str, key_set: dict[str, Any] | None, peers: dict[str, PeerProcess]) -> list[Row]:
    able = {name: peer for name, peer in peers.items() if algorithm in peer.algorithms}
    candidates: dict[str, Measure] = {name: _asked(peer, algorithm) for name, peer in able.items()}
    candidates["PyJWT"] = timed(_pyjwt(algorithm, jws, key_set))
    candidates["bare primitive"] = timed(_primitive(algorithm, jws))
    versions = {name: peer.version for name, peer in able.items()} | {"PyJWT": jwt.__version__}
    samples = samples_in_turns(candidates, rounds=ROUNDS, calls=CALLS)
    rows: list[Row] = []
    for name, taken in samples.items():
        what = f"{algorithm}: {name} {versions.get(name, '')}".rstrip()
        if name != OURS:
            rows.append(_row(what, taken, against=OURS, base=samples[OURS]))
        elif HELD_TO not in samples:
            rows.append(Row(what=what, median=statistics.median(taken), unit="us"))
        else:
            rows.append(_row(what, taken, against=HELD_TO, base=samples[HELD_TO], target=True))
            # The first sample is of the round that `samples_in_turns` throws away.
            computing, base = (able[each].computing[algorithm][1:] for each in (OURS, HELD_TO))
            rows.append(_row(f"{what}, processor time", computing, against=HELD_TO, base=base, target=True))
    return rows


def _row(what: str, taken: list[float], *, against: str, base: list[float], target: bool = False) -> Row:
    return compared(what, taken, base, unit="us", against=against, most=1 if target else None)


def _asked(peer: PeerProcess, algorithm: str) -> Measure:
    return lambda calls: peer.microseconds(algorithm, calls)


def _pyjwt(algorithm: str, jws: str, key_set: dict[str, Any] | None) -> Callable[[], object]:
    key = RAW_KEY if key_set is None else jwt.PyJWK.from_dict(key_set["keys"][0])
    return lambda: jwt.decode(
        jws,
        key,
        algorithms=[algorithm],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )


def _primitive(algorithm: str, jws: str) -> Callable[[], object]:
    signed = jws.rpartition(".")[0].encode()
    if algorithm == "HS256":
        expected = hmac.digest(RAW_KEY, signed, "sha256")
        assert jws.endswith(encode(expected).decode())
        return lambda: hmac.compare_digest(hmac.digest(RAW_KEY, signed, "sha256"), expected)
    public = key_for_algorithm(algorithm).public_key()
    made = signature(algorithm, signed)
    digest = hashes.SHA256()
    if isinstance(public, rsa.RSAPublicKey):
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if algorithm == "PS256" else padding.PKCS1v15()
        return lambda: public.verify(made, signed, scheme, digest)
    encoded, ecdsa = raw_to_der_signature(made, public.curve), ec.ECDSA(digest)
    return lambda: public.verify(encoded, signed, ecdsa)
