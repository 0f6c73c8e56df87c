"""Which calls are sent again: what AWS has not done, and what does no more the second time.

Deliberately not how long to wait before it: that is different from service to service.
"""

from __future__ import annotations

from aws_calls.errors import NoAnswer, NotSent, Throttled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from aws_calls.errors import AwsCallError

    Result = TypeVar("Result")


def repeated(
    send: Callable[[], Result],
    *,
    repeatable: bool,
    attempts: int,
    pause: Callable[[int, AwsCallError], object],
) -> Result:
    """Return what `send` returns, at one of at most `attempts` times.

    Args:
        send: sends the call; raises AwsCallError.
        repeatable: whether it may be sent again when nobody knows whether it was done.
        attempts: 1 or more.
        pause: waits after the attempt of this number, counted from 1, and its error.

    Raises:
        AwsCallError: that of the last attempt, or of one that is not to be followed by another.
    """
    attempt = 1
    while True:
        try:
            return send()
        except (NotSent, NoAnswer, Throttled) as error:
            again = repeatable or not isinstance(error, NoAnswer)
            if not again or attempt == attempts:
                raise
            pause(attempt, error)
        attempt += 1
