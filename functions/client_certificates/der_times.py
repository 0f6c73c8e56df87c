"""The times in a certificate (RFC 5280 section 4.1.2.5), to seconds since 1970 and back to text.

`datetime`, `calendar` and `time.strptime` do the same and take milliseconds to import.
"""

from __future__ import annotations

from time import gmtime, strftime

from client_certificates.der import GENERALIZED_TIME, UTC_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from client_certificates.der import Element

_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_YEAR_OF_UTC_TIME = 1950  # two digits: 50 to 99 are of the twentieth century
_DAYS_UNTIL_1970 = 719_468  # from 0000-03-01, in the Gregorian calendar
_TEXT, _TEXT_LENGTH = "%Y-%m-%dT%H:%M:%SZ", 20


def seconds_since_1970(element: Element) -> int:
    """Read a UTCTime `YYMMDDHHMMSSZ` or a GeneralizedTime `YYYYMMDDHHMMSSZ`; raises ValueError for all others."""
    digits = {UTC_TIME: 12, GENERALIZED_TIME: 14}.get(element.tag)
    text = element.content
    if digits is None or len(text) != digits + 1 or text[-1:] != b"Z" or not text[:-1].isdigit():
        raise ValueError("a time is not in the form that RFC 5280 wants")
    year = int(text[: digits - 10])
    if element.tag == UTC_TIME:
        year += 1900 if year >= _FIRST_YEAR_OF_UTC_TIME - 1900 else 2000
    return _seconds(year, *(int(text[at : at + 2]) for at in range(digits - 10, digits, 2)))


def text_of(seconds: int) -> str:
    """Return a time as RFC 3339 writes it, `2026-01-01T00:00:00Z`."""
    return strftime(_TEXT, gmtime(seconds)).zfill(_TEXT_LENGTH)  # C libraries differ in years before 1000


def seconds_of(text: str) -> int:
    """Read what `text_of` writes; raises ValueError for anything else."""
    parts = (text[0:4], text[5:7], text[8:10], text[11:13], text[14:16], text[17:19])
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("not a time")
    seconds = _seconds(*(int(part) for part in parts))
    if text_of(seconds) != text:
        raise ValueError("not a time")
    return seconds


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    if not (1 <= month <= 12 and 1 <= day <= _DAYS_OF_MONTHS[month - 1]):
        raise ValueError("a time has a date that does not exist")
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if month == 2 and day == 29 and not leap:
        raise ValueError("a time has a date that does not exist")
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("a time has an hour, minute or second that does not exist")
    # Howard Hinnant's days_from_civil: years that begin in March, so that the leap day is the last one.
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    days = era * 146_097 + day_of_era - _DAYS_UNTIL_1970
    return ((days * 24 + hour) * 60 + minute) * 60 + second
