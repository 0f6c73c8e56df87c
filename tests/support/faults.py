"""Makes AWS fail in a test's sandbox; `sandbox.fidelity.faults` says how. Faults that did not strike are told."""

import json
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


def _post(url: str, path: str, document: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(f"{url}/_gatehouse/{path}", data=json.dumps(document).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def waiting_faults(url: str) -> list[dict[str, Any]]:
    """Those that have not struck as often as they were told to."""
    with urllib.request.urlopen(f"{url}/_gatehouse/faults", timeout=60) as answer:
        return json.load(answer)["faults"]


def inject(url: str, **fault: Any) -> int:
    """Lets a fault wait in the sandbox at `url` (`RunningSandbox.url`); answers its number."""
    return _post(url, "faults", fault)["fault"]


def clear_faults(url: str) -> int:
    """Forgets those that wait; answers how many."""
    return _post(url, "faults/clear", {})["cleared"]


@contextmanager
def fault(url: str, **asked: Any) -> Generator[None]:
    """A fault for the length of a block; fails when it has not struck by then as often as `times` says."""
    number = inject(url, **asked)
    try:
        yield
        left = [each for each in waiting_faults(url) if each["number"] == number]
        assert not left, f"the fault did not strike: {left}"
    finally:
        clear_faults(url)


def throttled(url: str, action: str, *, times: int = 1, **narrowed: Any) -> Any:
    """DynamoDB throttles the next calls of an action: a `fault` for a `with` statement."""
    error = {"code": "ProvisionedThroughputExceededException", "message": "injected"}
    return fault(url, kind="error", service="dynamodb", action=action, times=times, error=error, **narrowed)


@contextmanager
def outage(url: str, service: str, **failure: Any) -> Generator[None]:
    """Every call of a service fails, for the length of a block; of one action, where `failure` names it."""
    inject(url, service=service, times=1_000_000, **failure)
    try:
        yield
    finally:
        clear_faults(url)


def kill_function(url: str, function: str) -> int:
    """Ends the processes of a function that are in an invocation; answers how many."""
    return _post(url, "kill", {"function": function})["killed"]


def expire_credentials(url: str, principal: str) -> int:
    """Ends the temporary credentials of a role (or of one session of it); answers how many."""
    return _post(url, "expire", {"principal": principal})["expired"]
