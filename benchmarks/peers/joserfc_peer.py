# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
"""joserfc as the other end of `benchmarks.peers.process`: `python -I -S joserfc_peer.py <folder with its packages>`.

It does what ours does, the way its documentation shows: `jwt.decode` with the algorithm pinned and a key that was
imported once, then `JWTClaimsRegistry.validate` for issuer, audience and expiry. It is not in this project's
environment, hence the suppressions above.
"""

import json
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])

import joserfc
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": setting["issuer"]},
        aud={"essential": True, "value": setting["audience"]},
        sub={"essential": True},
        exp={"essential": True},
    )
    keys: dict[str, Any] = {algorithm: KeySet.import_key_set(key_set) for algorithm, key_set in setting["jwks"].items()}
    keys["HS256"] = OctKey.import_key(setting["secret"])
    print(json.dumps({"version": joserfc.__version__, "algorithms": sorted(keys)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        algorithm = asked["algorithm"]
        token, key, pinned = setting["tokens"][algorithm], keys[algorithm], [algorithm]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            registry.validate(jwt.decode(token, key, algorithms=pinned).claims)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
