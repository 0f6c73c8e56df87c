"""Our verifier as one more end of `benchmarks.peers.process`, so that it sleeps and wakes between turns as peers do.

`python -I our_verifier.py <functions folder>`. It goes the way of a function: a key source that holds the issuer's key
set, and for HS256 a fixed key.
"""

import json
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])

from jwt_verification.base64url import decode
from jwt_verification.claims import ClaimRules
from jwt_verification.hmac_key import HmacKey
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.key_source import FixedKeys
from jwt_verification.refreshing_key_source import RefreshingKeySource, jwks_key_source
from jwt_verification.verifier import TokenVerifier

URL = "https://issuer.example/keys"


def verifier(algorithm: str, keys: RefreshingKeySource | FixedKeys, setting: dict[str, Any]) -> TokenVerifier:
    """Build what a function builds once."""
    rules = ClaimRules(issuers=[setting["issuer"]], audiences=[setting["audience"]])
    return TokenVerifier(algorithm=algorithm, keys=keys, rules=rules, clock=time.time)


def issuers_keys(algorithm: str, key_set: dict[str, Any]) -> RefreshingKeySource:
    """The issuer's keys, fetched without a network."""
    fetcher = InMemoryKeySets({URL: json.dumps(key_set).encode()})
    return jwks_key_source(URL, rules=JwkRules(algorithms=[algorithm]), fetcher=fetcher)


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    verifiers = {
        algorithm: verifier(algorithm, issuers_keys(algorithm, key_set), setting)
        for algorithm, key_set in setting["jwks"].items()
    }
    secret = HmacKey(decode(setting["secret"]["k"].encode()))
    verifiers["HS256"] = verifier("HS256", FixedKeys({setting["key_id"]: secret}), setting)
    print(json.dumps({"version": "", "algorithms": sorted(verifiers)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        verify, token = verifiers[asked["algorithm"]].verify, setting["tokens"][asked["algorithm"]]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            verify(token)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
