"""Run benchmarks by name, or all of them; print a table for each and write `benchmarks/results/<name>.json`."""

import argparse
import dataclasses
import datetime as dt
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from benchmarks.measure import Row, as_table
from benchmarks.registry import BENCHMARKS
from sandbox.server.settings import ENDS_WITH_VARIABLE

RESULTS = Path(__file__).resolve().parent / "results"


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(BENCHMARKS)}")
    parser.add_argument(
        "--list", action="store_true", help="load every benchmark, print their names and measure nothing"
    )
    options = parser.parse_args(arguments)
    if options.list:
        for name, module in BENCHMARKS.items():
            print(f"{name}: {(importlib.import_module(module).__doc__ or '').splitlines()[0]}")
        return 0
    names: list[str] = options.names or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    os.environ[ENDS_WITH_VARIABLE] = str(os.getpid())  # the sandboxes of benchmarks that are killed end with them
    for name in names:
        print(f"{name}:")
        rows: list[Row] = importlib.import_module(BENCHMARKS[name]).run(_progress)
        print(as_table(rows), end="\n\n")
        _write(name, rows)
    return 0


def _progress(message: str) -> None:
    print(f"  {message} ...", file=sys.stderr, flush=True)


def _write(name: str, rows: list[Row]) -> None:
    RESULTS.mkdir(exist_ok=True)
    document = {
        "benchmark": name,
        "at": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the tables has enough of them. Nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
