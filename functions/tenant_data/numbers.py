"""Numbers between JSON and DynamoDB, exact in both directions, and in one form.

DynamoDB keeps 38 significant digits and magnitudes from 1E-130 to 9.99...E+125, and trims zeros that say nothing
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html). What it
cannot keep is refused instead of rounded. A number is answered with the value that was sent, in one form whoever
reads it and however often: 100 as 100, 10.5 as 10.5, 10.0 as 10, 1e3 as 1000, 1e60 as 1E+60.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

MAXIMUM_DIGITS = 38
SMALLEST_EXPONENT, LARGEST_EXPONENT = -130, 125  # of the first significant digit
_PLAIN_BELOW = 10**MAXIMUM_DIGITS
# What is written plainly, without an exponent: no more digits than a number may have, before and after the point.
_SMALLEST_PLAIN, _LARGEST_PLAIN = -10, MAXIMUM_DIGITS - 1
# Wide enough that normalizing never rounds: a body has no number as long as this.
_UNROUNDED = Context(prec=100_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
# What DynamoDB has stored and `number_text` would not write otherwise. It never stores more than MAXIMUM_DIGITS.
PLAIN_NUMBER = r"0|-?(?:[1-9][0-9]{0,37}(?:\.[0-9]*[1-9])?|0\.0{0,9}(?:[1-9][0-9]*)?[1-9])"
_is_plain = re.compile(PLAIN_NUMBER).fullmatch


def number_text(number: int | Decimal) -> str:
    """Return `number` as both DynamoDB and JSON write it.

    Raises:
        ValueError: DynamoDB cannot keep it exactly. The message says why.
    """
    if type(number) is int and -_PLAIN_BELOW < number < _PLAIN_BELOW:
        return str(number)
    value = Decimal(number).normalize(_UNROUNDED)
    if not value:
        return "0"
    if len(value.as_tuple().digits) > MAXIMUM_DIGITS:
        raise ValueError(f"has more than {MAXIMUM_DIGITS} significant digits")
    if not SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT:
        raise ValueError(f"is not between 1E{SMALLEST_EXPONENT} and 1E+{LARGEST_EXPONENT} in size")
    if _SMALLEST_PLAIN <= value.adjusted() <= _LARGEST_PLAIN:
        return format(value, "f")
    return str(value)


def json_number(stored: str) -> str:
    """Return a number that DynamoDB has returned as a number of JSON.

    DynamoDB writes even 1E-130 without an exponent, and rows may have come there by other ways than ours.
    """
    return stored if _is_plain(stored) else number_text(Decimal(stored))
