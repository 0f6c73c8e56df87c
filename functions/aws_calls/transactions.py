"""A transaction of DynamoDB: all of its writes or none, and whether another attempt can end what kept it from it.

Deliberately no attempts: what is written depends on what was read, so that who tries again has to read again.
"""

from __future__ import annotations

from aws_calls.errors import AwsCallError, NoAnswer, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from aws_calls.own_role import Call

# Reasons of a cancelled transaction that another attempt, made from what is read then, can end.
_CONFLICTS = frozenset({"ConditionalCheckFailed", "TransactionConflict", "None"})


class TransactionNotMade(Exception):  # noqa: N818 -- read as what happened
    """Somebody else wrote first, or nobody knows whether it was made: read again."""


class TransactionFailed(Exception):  # noqa: N818 -- read as what happened
    """DynamoDB does not do it; the message says what it said."""


def write_together(call: Call, writes: Sequence[dict[str, Any]]) -> None:
    """Make all of these writes, elements of TransactWriteItems.

    Raises:
        TransactionNotMade: another attempt may succeed.
        TransactionFailed: another attempt would fail like this one.
    """
    try:
        call("TransactWriteItems", {"TransactItems": writes})
    except Refused as error:
        reasons = error.document.get("CancellationReasons") or [{"Code": error.code}]
        codes = {str(reason.get("Code")) for reason in reasons}
        if error.code == "TransactionInProgressException" or codes <= _CONFLICTS:
            raise TransactionNotMade from None
        raise TransactionFailed(f"{error}: {', '.join(sorted(codes - {'None'}))}") from None
    except NoAnswer:
        raise TransactionNotMade from None
    except AwsCallError as error:
        raise TransactionFailed(str(error)) from None
