"""Timing that means something on a busy machine: what is compared is measured in turns, and medians are reported."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table. `ratio` is to the peer named in `against`; `target` says in words what was to be reached.

    A line without `median` says in `what` why nothing was measured.
    """

    what: str
    median: float | None = None
    unit: str = ""
    against: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None


def in_turns(
    candidates: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    calls: int,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> dict[str, list[float]]:
    """Call every candidate `calls` times per round, one after the other, and return microseconds per call by name.

    Taking turns spreads what else the machine does over all of them; the first round is thrown away. What only computes
    is measured with `time.thread_time_ns`: the time in which other work has the processor is then no part of it.
    """
    timers = {name: timed(candidate, clock) for name, candidate in candidates.items()}
    return samples_in_turns(timers, rounds=rounds, calls=calls)


def timed(candidate: Callable[[], object], clock: Callable[[], int] = time.perf_counter_ns) -> Callable[[int], float]:
    """Return what calls `candidate` as often as it is told and gives the microseconds per call."""

    def microseconds(calls: int) -> float:
        started = clock()
        for _ in range(calls):
            candidate()
        return (clock() - started) / calls / 1_000

    return microseconds


def samples_in_turns(
    candidates: Mapping[str, Callable[[int], float]], *, rounds: int, calls: int
) -> dict[str, list[float]]:
    """As `in_turns`, for candidates that measure themselves: each is given a number of calls and gives a sample."""
    samples: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, candidate in candidates.items():
            sample = candidate(calls)
            if turn:
                samples[name].append(sample)
    return samples


@dataclass(frozen=True, kw_only=True)
class ProcessTimes:
    """Milliseconds of one process: from start to exit, and of that what it computed, which other work delays less."""

    elapsed: float
    computing: float


def processes_in_turns(
    commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], *, rounds: int
) -> dict[str, list[ProcessTimes]]:
    """Run every command (arguments, environment) once per round and return the times by name.

    Raises:
        RuntimeError: a command failed; its error output is shown.
    """
    samples: dict[str, list[ProcessTimes]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, (arguments, environment) in commands.items():
            started = time.perf_counter_ns()
            process = subprocess.Popen(arguments, env=dict(environment), stdout=subprocess.DEVNULL)
            _pid, status, usage = os.wait4(process.pid, 0)
            elapsed = (time.perf_counter_ns() - started) / 1_000_000
            process.returncode = os.waitstatus_to_exitcode(status)  # `wait4` has reaped it; `Popen` must not try again
            if process.returncode != 0:
                raise RuntimeError(f"{name} ended with {process.returncode}")
            if turn:
                computing = (usage.ru_utime + usage.ru_stime) * 1_000
                samples[name].append(ProcessTimes(elapsed=elapsed, computing=computing))
    return samples


def median_ratio(samples: Sequence[float], peer: Sequence[float]) -> float:
    """Return the median of the ratios of each round, which a slow spell of the machine changes least."""
    return statistics.median(ours / theirs for ours, theirs in zip(samples, peer, strict=True))


def compared(
    what: str, taken: Sequence[float], peer: Sequence[float], *, unit: str, against: str, most: float | None = None
) -> Row:
    """Return the line of samples beside those of a peer of the same rounds; `most` is the largest ratio to reach."""
    ratio = median_ratio(taken, peer)
    return Row(
        what=what,
        median=statistics.median(taken),
        unit=unit,
        against=against,
        ratio=ratio,
        target="" if most is None else f"at most {most} x",
        reached=None if most is None else ratio <= most,
    )


def median_difference(samples: Sequence[float], base: Sequence[float]) -> float:
    """Return the median of the differences of each round."""
    return statistics.median(ours - theirs for ours, theirs in zip(samples, base, strict=True))


def as_table(rows: Sequence[Row]) -> str:
    """Return rows as aligned text."""
    cells = [("what", "median", "ratio", "target", "")]
    for row in rows:
        ratio = f"{row.ratio:.2f} x {row.against}" if row.ratio is not None else ""
        verdict = {True: "reached", False: "MISSED", None: ""}[row.reached]
        cells.append(
            (row.what, "" if row.median is None else f"{row.median:.1f} {row.unit}", ratio, row.target, verdict)
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)
