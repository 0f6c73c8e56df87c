"""One check of the tour and its line on the terminal. It deliberately knows no system."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was sent, what must come back and what came back; it passes when the last two are equal."""

    sent: str
    expected: str
    received: str

    @property
    def passed(self) -> bool:
        """Whether the system answered as it must."""
        return self.expected == self.received

    def line(self) -> str:
        """The check on one line, for people."""
        verdict = "ok  " if self.passed else "FAIL"
        return f"{verdict}  {self.sent}  ->  expected: {self.expected}  |  received: {self.received}"


def run(checks: Iterable[Check]) -> tuple[int, int]:
    """Prints each check as it is made, then the count as the last line. Answers (passed, failed)."""
    passed = failed = 0
    for check in checks:
        print(check.line(), flush=True)  # noqa: T201 - the tour's output is its product
        passed += check.passed
        failed += not check.passed
    print(f"{passed} passed, {failed} failed", flush=True)  # noqa: T201 - as above
    return passed, failed
