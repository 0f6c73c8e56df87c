"""One value that is costly to load, kept for a while: fresh, stale but still good, or gone.

    age    0 ........ maximum_age ........ maximum_age + grace ........
    get()  the value  load again; where    load again; where that
           as it is   that fails, the      fails, the failure:
                      last good value      closed

However often it is asked, a failing source is tried once in `retry_seconds`. Deliberately without locks: a worker
handles one request at a time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, TypeVar

    Value = TypeVar("Value")


class CachedValue(Generic[Value] if TYPE_CHECKING else object):
    """Caches what `load` returns; `load` never returns None, and raises `error_type` where it cannot."""

    def __init__(
        self,
        load: Callable[[], Value],
        *,
        error_type: type[Exception],
        clock: Callable[[], float],
        maximum_age_seconds: float,
        grace_seconds: float,
        retry_seconds: float,
    ) -> None:
        """Take how to load, and for how long what was loaded is good. `clock` is monotonic seconds."""
        self._load = load
        self._error_type = error_type
        self._clock = clock
        self._maximum_age_seconds = maximum_age_seconds
        self._grace_seconds = grace_seconds
        self._retry_seconds = retry_seconds
        self._value: Value | None = None
        self._loaded_at = 0.0
        self._outdated = False
        self._failure: tuple[type[Exception], str] | None = None
        self._failed_at = 0.0

    def get(self) -> Value:
        """Return the value, loaded again where it is too old; raises `error_type` where none may be used."""
        value = self._value
        fresh = not self._outdated and self._clock() - self._loaded_at < self._maximum_age_seconds
        if value is not None and fresh:
            return value
        return self.reload()

    def outdate(self) -> None:
        """Treat the value as too old, because of something that only the caller knows: the next `get` loads again."""
        self._outdated = True

    def reload(self) -> Value:
        """Load now, whatever the value's age, but not within `retry_seconds` of a failure; otherwise like `get`."""
        now = self._clock()
        if self._failure is None or now - self._failed_at >= self._retry_seconds:
            try:
                self._value = self._load()
            except self._error_type as error:
                # Not the exception itself: its traceback would keep the frames of this request alive, token and all.
                self._failure = (type(error), str(error))
                self._failed_at = now
            else:
                self._loaded_at = now
                self._outdated = False
                self._failure = None
        value = self._value
        if self._failure is not None:
            too_old = now - self._loaded_at >= self._maximum_age_seconds + self._grace_seconds
            if value is None or too_old:
                error_type, message = self._failure
                raise error_type(message)
        if value is None:
            raise RuntimeError("`load` returned None, which a value must not be")
        return value
