"""`make up` from a clean clone with warm caches, and again: the second run must change nothing and take a fraction.

It deliberately measures the command that people type, set-up of `.venv` included, and not its parts.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, median_ratio
from tests.support.checkout import Checkout, checked_out

ROUNDS = 3
CLEAN_CLONE_SECONDS = 90
SECOND_RUN_SECONDS = 15


def run(progress: Callable[[str], None]) -> list[Row]:
    """Deploys from `ROUNDS` clean clones, twice each; seconds. Raises RuntimeError when a deployment fails."""
    first: list[float] = []
    second: list[float] = []
    for turn in range(1, ROUNDS + 1):
        progress(f"clean clone {turn} of {ROUNDS}")
        with (
            tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as folder,
            checked_out(Path(folder), own_packages=True) as checkout,
        ):
            first.append(deploy(checkout, changes=True))
            second.append(deploy(checkout, changes=False))
    return [
        Row(
            what="make up, clean clone, warm caches",
            median=statistics.median(first),
            unit="s",
            target=f"< {CLEAN_CLONE_SECONDS} s",
            reached=statistics.median(first) < CLEAN_CLONE_SECONDS,
        ),
        Row(
            what="make up again, 0 changes",
            median=statistics.median(second),
            unit="s",
            against="first",
            ratio=median_ratio(second, first),
            target=f"< {SECOND_RUN_SECONDS} s",
            reached=statistics.median(second) < SECOND_RUN_SECONDS,
        ),
    ]


def deploy(checkout: Checkout, *, changes: bool) -> float:
    """Seconds of one `make up`. Raises RuntimeError unless it ends well, with changes or without as expected."""
    started = time.perf_counter()
    ended = checkout.make("up")
    elapsed = time.perf_counter() - started
    changed = any(f" {what}" in ended.stdout.partition("Resources:")[2] for what in ("created", "updated", "replaced"))
    if ended.returncode or changed != changes:
        raise RuntimeError(f"make up ended with {ended.returncode}, changes: {changed}\n{ended.stdout}")
    return elapsed
