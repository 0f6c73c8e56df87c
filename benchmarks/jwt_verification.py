"""Verifying one token, warm: ours beside PyJWT, joserfc, aws-jwt-verify (Node.js) and the bare primitive.

Every candidate gets the same token, keys that were parsed before, and checks signature, issuer, audience and expiry;
ours goes the way of a function, through a key source that holds the issuer's key set (HS256: a fixed key). The
primitive is one call into `hmac` or `cryptography` with everything prepared. Peers in processes of their own measure
themselves; all take turns. What a peer does not have, or what is not installed here, is a row that says so.
"""

import contextlib
import hmac
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jwt.algorithms import HMACAlgorithm
from jwt.utils import raw_to_der_signature

from benchmarks.locked_packages import locked_packages
from benchmarks.measure import Row, median_ratio, samples_in_turns, timed
from benchmarks.peers.node_packages import PeerUnavailableError, node, node_packages
from benchmarks.peers.process import PeerProcess
from jwt_verification.base64url import encode
from jwt_verification.claims import ClaimRules
from jwt_verification.hmac_key import HmacKey
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.key_source import FixedKeys
from jwt_verification.refreshing_key_source import RefreshingKeySource, jwks_key_source
from jwt_verification.signer import sign
from jwt_verification.verifier import TokenVerifier
from tests.functions.issuer import KEY_ID, URL, key_for_algorithm, public_jwk, signature, token
from tests.functions.support import AUDIENCE, ISSUER, RAW_KEY, claims

PEERS = Path(__file__).resolve().parent / "peers"
NODE_PEER = PEERS / "aws_jwt_verify"
ROUNDS, CALLS = 41, 200
ALGORITHMS = ("HS256", "RS256", "ES256", "PS256")
FASTEST_PEER = "aws-jwt-verify"  # what ours is held to, where it has the algorithm

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
def _peers(setting: dict[str, Any]) -> Iterator[tuple[dict[str, PeerProcess], dict[str, str]]]:
    """The peers that run, by name, and why others do not."""
    peers: dict[str, PeerProcess] = {}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        python = [
            sys.executable,
            "-I",
            "-S",
            str(PEERS / "joserfc_peer.py"),
            str(locked_packages(PEERS / "requirements.txt", compiled=True)),
        ]
        peers["joserfc"] = stack.enter_context(PeerProcess(python, setting))
        try:
            command = [node(), str(NODE_PEER / "peer.cjs"), str(node_packages(NODE_PEER))]
            peers[FASTEST_PEER] = stack.enter_context(PeerProcess(command, setting))
        except PeerUnavailableError as error:
            missing[FASTEST_PEER] = str(error)
        yield peers, missing


def _compared(algorithm: str, jws: str, key_set: dict[str, Any] | None, peers: dict[str, PeerProcess]) -> list[Row]:
    candidates: dict[str, Measure] = {
        "bare primitive": timed(_primitive(algorithm, jws)),
        "ours": timed(_ours(algorithm, jws, key_set)),
        f"PyJWT {jwt.__version__}, jwt.decode": timed(_pyjwt(algorithm, jws, key_set)),
    }
    names = {"ours": "ours"}
    for name, peer in peers.items():
        if algorithm in peer.algorithms:
            names[name] = f"{name} {peer.version}"
            candidates[names[name]] = _asked(peer, algorithm)
    samples = samples_in_turns(candidates, rounds=ROUNDS, calls=CALLS)
    rows: list[Row] = []
    for name, taken in samples.items():
        held_to = names.get(FASTEST_PEER)
        against = f"{held_to}" if name == "ours" and held_to in samples else "ours"
        if name == against:
            rows.append(Row(what=f"{algorithm}: {name}", median=statistics.median(taken), unit="us"))
            continue
        ratio = median_ratio(taken, samples[against])
        target = name == "ours"
        rows.append(
            Row(
                what=f"{algorithm}: {name}",
                median=statistics.median(taken),
                unit="us",
                against=against,
                ratio=ratio,
                target="at most 1 x" if target else "",
                reached=ratio <= 1 if target else None,
            )
        )
    return rows


def _asked(peer: PeerProcess, algorithm: str) -> Measure:
    return lambda calls: peer.microseconds(algorithm, calls)


def _ours(algorithm: str, jws: str, key_set: dict[str, Any] | None) -> Callable[[], object]:
    verifier = TokenVerifier(
        algorithm=algorithm,
        keys=FixedKeys({KEY_ID: HmacKey(RAW_KEY)}) if key_set is None else _issuers_keys(algorithm, key_set),
        rules=ClaimRules(issuers=[ISSUER], audiences=[AUDIENCE]),
        clock=time.time,
    )
    return lambda: verifier.verify(jws)


def _issuers_keys(algorithm: str, key_set: dict[str, Any]) -> RefreshingKeySource:
    fetcher = InMemoryKeySets({URL: json.dumps(key_set).encode()})
    return jwks_key_source(URL, rules=JwkRules(algorithms=[algorithm]), fetcher=fetcher)


def _pyjwt(algorithm: str, jws: str, key_set: dict[str, Any] | None) -> Callable[[], object]:
    key = RAW_KEY if key_set is None else jwt.PyJWK.from_dict(key_set["keys"][0])
    required = {"require": ["exp", "iss", "aud", "sub"]}
    return lambda: jwt.decode(jws, key, algorithms=[algorithm], issuer=ISSUER, audience=AUDIENCE, options=required)


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
