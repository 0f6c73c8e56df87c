"""Our verifier of JWT-SVIDs as an end of `benchmarks.peers.process`: `python -I our_svid_verifier.py <functions>`.

It goes the way of a function: built from the environment, its keys found by discovery, from documents in memory.
"""

import json
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])

from jwt_verification.key_set_fetcher import InMemoryKeySets
from spiffe_verifier.from_environment import verifier_of


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    documents = {url: json.dumps(document).encode() for url, document in setting["documents"].items()}
    verify = verifier_of(setting["environment"], fetcher=InMemoryKeySets(documents)).verify
    print(json.dumps({"version": "", "algorithms": sorted(setting["tokens"])}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        token = setting["tokens"][asked["algorithm"]]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            verify(token)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
