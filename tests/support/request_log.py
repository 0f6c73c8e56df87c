"""Counts the AWS API calls of a piece of a test by the sandbox's own request log. Deliberately only reads it."""

import json
import urllib.parse
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


def _none() -> list[dict[str, Any]]:
    return []


@dataclass(kw_only=True)
class Calls:
    """The calls between two moments; each as `sandbox.fidelity.request_log.LoggedCall` describes it."""

    all: list[dict[str, Any]] = field(default_factory=_none)

    def of(self, service: str, *actions: str, **facts: Any) -> list[dict[str, Any]]:
        """Those of a service, of these actions (all where none is named), with these facts: `of("sts", status=200)`."""
        return [
            call
            for call in self.all
            if call["service"] == service
            and (not actions or call["action"] in actions)
            and all(call[name] == value for name, value in facts.items())
        ]

    def actions(self, service: str) -> list[str]:
        """The actions of a service, in order."""
        return [call["action"] for call in self.of(service)]


def read_calls(url: str, *, since: int = 0, **filters: str) -> dict[str, Any]:
    """The request log of the sandbox at `url` (`RunningSandbox.url`): `last`, `lost` and `requests`."""
    query = urllib.parse.urlencode({"since": since, **filters})
    with urllib.request.urlopen(f"{url}/_gatehouse/requests?{query}", timeout=60) as answer:
        return json.load(answer)


@contextmanager
def counted_calls(url: str) -> Generator[Calls]:
    """Fills the `Calls` that it gives when the block ends; fails when the log no longer has all of them.

    The log does not know who caused a call: nothing else may use the same sandbox meanwhile, or ask by principal.
    """
    before = read_calls(url, since=2**62)["last"]
    calls = Calls()
    yield calls
    found = read_calls(url, since=before)
    assert found["lost"] == 0, f"the request log has lost {found['lost']} of the calls; count fewer at a time"
    calls.all.extend(found["requests"])
