"""py-spiffe as an end of `benchmarks.peers.process`: `python -I -S pyspiffe_peer.py <folder with its packages>`.

`JwtSvid.parse_and_validate` with a bundle that was parsed once, as its documentation shows. It is not in this project's
environment.
"""

import importlib
import json
import sys
import time
from importlib.metadata import version
from typing import Any

sys.path.insert(0, sys.argv[1])

# By name: a type checker would take our chain of that name for it.
spiffe: Any = importlib.import_module("spiffe")


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    bundle = spiffe.JwtBundle.parse(spiffe.TrustDomain(setting["trust_domain"]), json.dumps(setting["bundle"]).encode())
    audience = {setting["audience"]}
    print(json.dumps({"version": version("spiffe"), "algorithms": sorted(setting["tokens"])}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        token = setting["tokens"][asked["algorithm"]]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            spiffe.JwtSvid.parse_and_validate(token, bundle, audience)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
