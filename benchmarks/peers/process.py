"""A peer in a process of its own, asked over its standard streams to verify a token so many times.

    we    {"issuer": ..., "audience": ..., "tokens": {...}, "jwks": {...}}      once, a line of JSON
    peer  {"version": ..., "algorithms": [...]}                                once, what it can verify
    we    {"algorithm": "RS256", "calls": 200}
    peer  [12345678, 12000000]                                                 nanoseconds for all of the calls:
                                                                               elapsed, and of processor time

The peer measures itself, so the pipe costs nothing; it fails by ending, with its reason on standard error.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self


class PeerProcess:
    """A context manager; `version` and `algorithms` are what the peer says of itself."""

    def __init__(self, command: Sequence[str], setting: Mapping[str, Any]) -> None:
        """Start the peer and give it what it needs. Raises RuntimeError when it ends at once."""
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        answer: dict[str, Any] = self._ask(setting)
        self.version: str = answer["version"]
        self.algorithms: frozenset[str] = frozenset(answer["algorithms"])
        self.computing: dict[str, list[float]] = {}

    def microseconds(self, algorithm: str, calls: int) -> float:
        """Let the peer verify its token of this algorithm `calls` times; microseconds per call.

        The processor time of the same calls is appended to `computing[algorithm]`.
        """
        elapsed, computing = self._ask({"algorithm": algorithm, "calls": calls})
        self.computing.setdefault(algorithm, []).append(computing / calls / 1_000)
        return elapsed / calls / 1_000

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.communicate(timeout=30)
            raise RuntimeError(f"the peer {self._process.args!r} ended with {self._process.returncode}")
        return json.loads(answer)

    def __enter__(self) -> Self:
        """Nothing is left to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the peer: it reads until its input ends."""
        self._process.communicate(timeout=30)
