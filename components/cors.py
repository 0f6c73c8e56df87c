"""Cross-origin resource sharing of an API: what its preflight and its gateway responses say. Pure.

An `AWS_PROXY` integration returns the function's headers as they are, so a function that browsers call adds
`Access-Control-Allow-Origin` to its own answers; this covers the answers that API Gateway itself gives.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.argument_types import check_types
from components.errors import ArgumentError

# https://fetch.spec.whatwg.org/#http-responses; Chromium caps the maximum age at 2 hours
MAXIMUM_AGE_SECONDS = range(7200 + 1)
ANY_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
DEFAULT_HEADERS = ("Authorization", "Content-Type")
_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.-]+(?::\d{1,5})?")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class Cors:
    """One allowed origin (or `*`) and the request headers that it may send.

    API Gateway's MOCK integration answers every preflight alike, so there is one origin, not a list.
    Raises `ArgumentError` for what is not an origin (a path, a trailing slash) or not a header's name.
    """

    allow_origin: str
    allow_headers: Sequence[str] = DEFAULT_HEADERS
    maximum_age_seconds: int = 600

    def __post_init__(self) -> None:
        check_types(self, "cors")
        if not _ORIGIN.fullmatch(self.allow_origin):
            raise ArgumentError(
                f"allow_origin: {self.allow_origin!r} is no origin; write scheme, host and port only, "
                "for example https://app.example.com, or *."
            )
        for header in self.allow_headers:
            if not _HEADER_NAME.fullmatch(header):
                raise ArgumentError(f"allow_headers: {header!r} is not the name of a header.")
        if self.maximum_age_seconds not in MAXIMUM_AGE_SECONDS:
            raise ArgumentError(
                f"maximum_age_seconds: {self.maximum_age_seconds}; browsers keep it at most 7200 seconds."
            )

    def preflight_headers(self, methods: Sequence[str]) -> dict[str, str]:
        """Headers of the answer to OPTIONS, for a path with these methods; API Gateway's `ANY` is no word of CORS."""
        allowed = set(ANY_METHODS if "ANY" in methods else methods)
        return {
            "Access-Control-Allow-Headers": ",".join(self.allow_headers),
            "Access-Control-Allow-Methods": ",".join(sorted(allowed)),
            "Access-Control-Allow-Origin": self.allow_origin,
            "Access-Control-Max-Age": str(self.maximum_age_seconds),
        }

    def error_headers(self) -> dict[str, str]:
        """Headers of an error that API Gateway answers, so that a browser lets its caller see it."""
        return {"Access-Control-Allow-Origin": self.allow_origin}
