"""Our verifier of JWT-SVIDs through its extension, as an end of `benchmarks.peers.process`: `python -I -S
extension_svid_peer.py <functions>`. It is the function's side: it asks the extension on the socket that the setting's
environment leads to, and fails where nobody answers there.
"""

import json
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])

from spiffe_extension.client import ExtensionVerifier
from spiffe_extension.socket_path import socket_path


def no_other() -> Any:
    """Nothing else is measured here."""
    raise RuntimeError("the extension does not answer")


def main() -> None:
    """Answer until the input ends."""
    setting: dict[str, Any] = json.loads(sys.stdin.readline())
    path = socket_path(setting["environment"])
    verify = ExtensionVerifier(path, otherwise=no_other, write=sys.stderr.write).verify
    print(json.dumps({"version": "", "algorithms": sorted(setting["tokens"])}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        token = setting["tokens"][asked["algorithm"]]
        elapsed, computing = time.perf_counter_ns(), time.process_time_ns()
        for _ in range(asked["calls"]):
            verify(token)
        print([time.perf_counter_ns() - elapsed, time.process_time_ns() - computing], flush=True)


main()
