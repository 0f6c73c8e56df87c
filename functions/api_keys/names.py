"""The forms of customer ids and key ids, so narrow that each can stand in a path, a session tag and a table's key.

Ids are compared byte for byte: `acme` and `Acme` are two customers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

MAXIMUM_CUSTOMER_ID_LENGTH = 64
KEY_ID_LENGTH = 32
CUSTOMER_ID_RULE = (
    f"A customer_id has 1 to {MAXIMUM_CUSTOMER_ID_LENGTH} letters a-z A-Z, digits, `.`, `_` and `-`, "
    "and begins with a letter or a digit"
)
_LETTERS_AND_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_CUSTOMER_ID_CHARACTERS = _LETTERS_AND_DIGITS | frozenset("._-")
_HEXADECIMAL = frozenset("0123456789abcdef")


def is_customer_id(candidate: object) -> TypeGuard[str]:
    """Tell whether `candidate` has the form of a customer id."""
    return (
        type(candidate) is str
        and 0 < len(candidate) <= MAXIMUM_CUSTOMER_ID_LENGTH
        and candidate[0] in _LETTERS_AND_DIGITS
        and _CUSTOMER_ID_CHARACTERS.issuperset(candidate)
    )


def is_key_id(candidate: object) -> TypeGuard[str]:
    """Tell whether `candidate` has the form of a key id: 32 lower-case hexadecimal digits."""
    return type(candidate) is str and len(candidate) == KEY_ID_LENGTH and _HEXADECIMAL.issuperset(candidate)
