"""Ends all running functions at once when the sandbox stops. No gap: the emulator ends them one after the other."""

import subprocess
import time
from typing import Any

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.lambda_extensions import end_extensions

PATIENCE_SECONDS = 2.0


def end_functions() -> None:
    """Asks every function's process to end, waits for all of them together, then ends the rest hard."""
    lambda_runtime = emulator_module("core.lambda_runtime")
    pools: list[list[Any]] = list(lambda_runtime._workers.values())
    end_extensions([worker for pool in pools for worker in pool])
    processes: list[subprocess.Popen[bytes]] = [worker._proc for pool in pools for worker in pool if worker._proc]
    for process in processes:
        process.terminate()
    give_up = time.monotonic() + PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.0, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
