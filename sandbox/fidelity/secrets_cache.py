"""What an execution environment keeps of the secrets it read, for module `secrets_extension`.

Source of the variables, their defaults and limits: retrieving-secrets_lambda.html of the Secrets Manager user guide.
Deliberately nothing of the emulator: this is importable anywhere.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MOST_SECONDS = 300
MOST_ENTRIES = 1000

Query = tuple[tuple[str, str], ...]
"""What was asked: the parameters of GetSecretValue by name."""


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    """For how long and how many secrets an environment keeps; 0 of either means none."""

    seconds: float = MOST_SECONDS
    entries: int = MOST_ENTRIES


def cache_settings(variables: Mapping[str, str]) -> CacheSettings:
    """From the function's variables. Values that AWS does not allow count as its defaults."""
    if variables.get("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "true").lower() == "false":
        return CacheSettings(seconds=0, entries=0)
    seconds = _number(variables.get("SECRETS_MANAGER_TTL"), most=MOST_SECONDS)
    entries = _number(variables.get("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE"), most=MOST_ENTRIES)
    return CacheSettings(seconds=seconds, entries=entries)


def _number(text: str | None, *, most: int) -> int:
    return min(int(text), most) if text is not None and text.isdecimal() else most


class SecretCache:
    """Answers of one environment, by what was asked. `now` answers seconds that only grow."""

    def __init__(self, settings: CacheSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._kept: OrderedDict[Query, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, query: Query) -> bytes | None:
        """The kept answer, unless it is too old."""
        with self._lock:
            kept = self._kept.get(query)
            return kept[1] if kept and self._now() - kept[0] < self._settings.seconds else None

    def put(self, query: Query, answer: bytes) -> None:
        """Keeps an answer; the oldest one goes when there are too many."""
        with self._lock:
            self._kept[query] = (self._now(), answer)
            self._kept.move_to_end(query)
            while len(self._kept) > self._settings.entries:
                self._kept.popitem(last=False)
