"""Tells a function's log which keys of an issuer are not used, by code: a token that needs one is only `unknown_key`.

    {"level":"INFO","message":"keys that the issuer publishes are not used","issuer":"...","left_out":{"weak_key":1}}

One line per load that leaves keys out. INFO, because most sets have keys for others: SPIFFE trust bundles those of
X.509-SVIDs, identity providers those for encryption. Deliberately nothing of the keys themselves: no `kid`, no member.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _write(line: str) -> None:
    sys.stdout.write(line)  # looked up now: Lambda's runtime client puts its own there
    sys.stdout.flush()


def left_out_log(issuer: str, *, write: Callable[[str], object] = _write) -> Callable[[Mapping[str, int]], None]:
    """Return what writes the line, for the argument `report_left_out` of a key source.

    Args:
        issuer: the name in the line, out of configuration.
        write: takes a line of the log with its line end.
    """

    def report(left_out: Mapping[str, int]) -> None:
        line = {
            "level": "INFO",
            "message": "keys that the issuer publishes are not used",
            "issuer": issuer,
            "left_out": dict(sorted(left_out.items())),
        }
        write(json.dumps(line, separators=(",", ":")) + "\n")

    return report
