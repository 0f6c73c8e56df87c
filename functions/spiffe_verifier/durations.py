"""Durations as Go writes them, which SPIRE's settings and the seed's `JWKS_REFRESH=120s` do: `120s`, `2m`, `1h30m`."""

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0}
_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_DURATION = re.compile(rf"(?:{_PART})+")
_MAXIMUM_LENGTH = 40


def seconds_of(text: str) -> float:
    """Return the seconds of `text`: numbers, each with its unit (ns, us, ms, s, m, h), not negative.

    Raises:
        ValueError: it is no such duration; a bare number has no unit and is none.
    """
    if text == "0":
        return 0.0  # Go's one exception
    if len(text) > _MAXIMUM_LENGTH or _DURATION.fullmatch(text) is None:
        raise ValueError("a duration has a unit after every number: 120s, 2m, 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text))
