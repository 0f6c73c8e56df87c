"""A bare `jwt.decode` of PyJWT as an end of `benchmarks.peers.process`: `python -I -S pyjwt_peer.py <packages folder>`.

It does the least that anybody would write: the algorithm pinned, a key that was parsed once, audience and expiry. It
knows nothing of SPIFFE IDs, trust domains, key sets and their age.
"""

import json
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])

import jwt


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    keys = {algorithm: jwt.PyJWK.from_dict({**jwk, "alg": algorithm}) for algorithm, jwk in setting["jwks"].items()}
    audience = setting["audience"]
    print(json.dumps({"version": jwt.__version__, "algorithms": sorted(keys)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        algorithm = asked["algorithm"]
        token, key, pinned = setting["tokens"][algorithm], keys[algorithm], [algorithm]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            jwt.decode(token, key, algorithms=pinned, audience=audience)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
