"""Texts with the format of a token, a key or a password in a URL, as `detect-secrets` knows them, found quickly.

    text ──► hints, which cost next to nothing ──► the library's own detector, where its hint is there

A hint is something that every text of the format contains, so that leaving a detector out cannot hide a secret: a
property test draws texts from the expressions of each detector and demands the hint in them. A detector of another
version of the library, for which there is no hint, is always asked.

Formats that the library does not know are added here: what RFC 7468 and PuTTY call private keys in other words, keys in
base64, and tokens newer than the library. Names and randomness are judged in `detection`; verification, which would ask
servers, is never used.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, cast

from guardrails.secrets.library import without_http_client

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

JUDGED_OTHERWISE: Final = frozenset(
    {
        "Secret Keyword",
        "Public IP (ipv4)",
        "Base64 High Entropy String",
        "Hex High Entropy String",
        "Private Key",
    }
)
"""Detectors of the library that are left out: names, randomness and private keys are judged here, addresses are public.

The library takes the words `BEGIN PRIVATE KEY` for a key; a program that reads keys has them in its code.
"""

SHORTEST: Final = 6
"""No format is shorter."""

LONGEST_LINE: Final = 4096
OVERLAP: Final = 1024
"""Longer lines are looked at in windows: some of the library's expressions take quadratic time."""

PRIVATE_KEY: Final = "Private Key"

Hint = Callable[[str, str], object]
"""Gets a text and the same with its case folded, and is true where the format may be in it."""


def _has(*needles: str) -> Hint:
    return lambda text, _: any(needle in text for needle in needles)


def _has_in_any_case(*needles: str) -> Hint:
    return lambda _, folded: any(needle in folded for needle in needles)


def _fits(expression: str) -> Hint:
    search = re.compile(expression).search
    return lambda text, _: search(text)


def _fits_in_any_case(*expressions: str) -> Hint:
    """Several rather than one with alternatives: one that begins with letters is looked for twenty times as fast."""
    searches = [re.compile(expression).search for expression in expressions]
    return lambda _, folded: any(search(folded) for search in searches)


_TWILIO: Final = (re.compile(r"AC[a-z0-9]{32}"), re.compile(r"SK[a-z0-9]{32}"))
_AWS_KEY_ID: Final = re.compile(r"A(?:3T|BIA|CCA|KIA|SIA)[0-9A-Z]{16}")
_AWS_ASSIGNMENT: Final = re.compile(r"aws.{0,60}?(?:key|pw|pass|token).{0,60}?['\"]")

HINTS: Final[dict[str, Hint]] = {
    "AWS Access Key": lambda text, folded: (
        _AWS_KEY_ID.search(text) or ("aws" in folded and _AWS_ASSIGNMENT.search(folded))
    ),
    "Artifactory Credentials": _fits(r"AKC[a-zA-Z0-9]{10}|AP[\dABCDEF][a-zA-Z0-9]{8}"),
    "Azure Storage Account access key": _has("AccountKey="),
    "Basic Auth Credentials": lambda text, _: "://" in text and "@" in text,
    "Cloudant Credentials": _fits_in_any_case(r"cl(?:oudant|ou)?[_-]?(?:api)?(?:key|pw|pass|token)|cloudant\.com"),
    "Discord Bot Token": _fits(r"\.[a-zA-Z\d_-]{6}\.[a-zA-Z\d_-]{27}"),
    "GitHub Token": _has("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "GitLab Token": _has(
        *("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-", "glimt-", "glptt-", "glagent-"),
        "gloas-",
    ),
    "IBM COS HMAC Credentials": _fits_in_any_case(r"secret[-_]?(?:access)?[-_]?key"),
    "IBM Cloud IAM Key": _fits_in_any_case(
        *(rf"{word}[\"']?\]?[ :=>]+[\"']?[a-z0-9_\-]{{44}}" for word in ("key", "pwd", "pass", "password", "token"))
    ),
    "JSON Web Token": _has("eyJ"),
    "Mailchimp Access Key": _has("-us"),
    "NPM tokens": _has(":_authToken="),
    "OpenAI Token": _has("T3BlbkFJ"),
    "PyPI Token": _has("pypi-AgE"),
    "SendGrid API Key": _has("SG."),
    "Slack Token": _has_in_any_case("xox", "hooks.slack.com"),
    "SoftLayer Credentials": _fits_in_any_case("softlayer", r"sl[_-]?(?:api)?[_-]?(?:key|pwd|pass|token)"),
    "Square OAuth Secret": _has("sq0csp-"),
    "Stripe Access Key": _has("k_live_"),
    "Telegram Bot Token": _fits(r":[0-9A-Za-z_-]{35}"),
    "Twilio API Key": lambda text, _: any(expression.search(text) for expression in _TWILIO),
}
"""Detector -> what every text that it finds contains."""

_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1|BEGIN (?:[A-Z]+ )?PRIVATE KEY"
)
_PEM_IN_BASE64: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}")
"""`-----BEGIN ` in base64, and what follows it."""

_KEY_MATERIAL: Final = re.compile(
    r"(?:-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----)"
    r"(?:\s|\\n|\\r|[\"'+,()]|(?:[A-Z][A-Za-z-]*:[^\n]{0,200}\n)){0,40}[A-Za-z0-9+/]{32}"
    r"|PuTTY-User-Key-File-\d: \S|AGE-SECRET-KEY-1[0-9A-Z]{20}"
)

NEWER: Final[dict[str, tuple[re.Pattern[str], Hint]]] = {
    "GitHub Token": (re.compile(r"github_pat_[A-Za-z0-9_]{22,}"), _has("github_pat_")),
    "Google API Key": (re.compile(r"AIza[0-9A-Za-z_-]{35}"), _has("AIza")),
    "Anthropic API Key": (re.compile(r"sk-ant-[A-Za-z0-9_-]{20,}"), _has("sk-ant-")),
    "OpenAI Token": (
        re.compile(r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}"),
        _has("sk-proj-", "sk-svcacct-", "sk-admin-"),
    ),
    "Slack Token": (
        re.compile(r"xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+|xoxe(?:\.xox[bp])?-[A-Za-z0-9-]{20,}"),
        _has("xapp-", "xoxe"),
    ),
    "Stripe Access Key": (
        re.compile(r"(?:sk|rk)_(?:live|test)_[0-9a-zA-Z]{16,}|whsec_[A-Za-z0-9+/=]{24,}"),
        _has("k_live_", "k_test_", "whsec_"),
    ),
    "Database password": (
        re.compile(r"://[^/\s:@\"'<>{}]*:[^/\s@\"'<>{}$]+@[\w.-]"),
        lambda text, _: "://" in text and "@" in text,
    ),
}
"""Formats that detect-secrets 1.5.0 does not find: name -> (expression, hint)."""

SHORTEST_OF: Final[dict[str, int]] = {
    "AWS Access Key": 20,
    "Artifactory Credentials": 11,
    "Azure Storage Account access key": 99,
    "Basic Auth Credentials": 7,
    "Cloudant Credentials": 29,
    "Discord Bot Token": 59,
    "GitHub Token": 33,
    "GitLab Token": 25,
    "IBM COS HMAC Credentials": 58,
    "IBM Cloud IAM Key": 48,
    "Mailchimp Access Key": 36,
    "NPM tokens": 21,
    "OpenAI Token": 28,
    "PyPI Token": 90,
    "SendGrid API Key": 69,
    "Slack Token": 8,
    "SoftLayer Credentials": 70,
    "Square OAuth Secret": 50,
    "Stripe Access Key": 24,
    "Telegram Bot Token": 44,
    "Twilio API Key": 34,
    "Google API Key": 39,
    "Anthropic API Key": 27,
}
"""The fewest letters that the expressions of a format take (a test works them out); most names and ids have fewer."""


def format_of(text: str) -> str | None:
    """The name of the first format that occurs in the text, `None` when none does. Never a part of the text."""
    return None if len(text) < SHORTEST else _format_of(text)


def formats_in_file(text: str) -> Iterator[tuple[int, str]]:
    """Each line (from 1) of a larger text with the name of a format in it.

    Private keys count where key material follows their first line, not where a program only names that line.
    """
    key = _KEY_MATERIAL.search(text) if "KEY" in text or "Key" in text else None
    if key or _has_key_in_base64(text):
        yield text.count("\n", 0, key.start() if key else 0) + 1, PRIVATE_KEY
    suspects = _suspects(_all_formats(), text)
    if not suspects:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) >= SHORTEST:
            near = _suspects(suspects, line)
            name = _in_windows(line, near) if near else None
            if name:
                yield number, name


def has_private_key(text: str) -> bool:
    """Whether a text holds a private key, in PEM, PuTTY's or age's form, or PEM in base64."""
    return bool(_PRIVATE_KEY.search(text)) or _has_key_in_base64(text)


@lru_cache(maxsize=8192)
def _format_of(text: str) -> str | None:
    if has_private_key(text):
        return PRIVATE_KEY
    return _in_windows(text, _suspects(_all_formats(), text))


Format = tuple[str, Callable[[str], bool], Hint | None, int]
"""A format's name, whether a text has it, its hint, and the fewest letters that it takes."""


@cache
def _all_formats() -> tuple[Format, ...]:
    known: list[Format] = [
        (
            one.secret_type,
            lambda text, one=one: any(True for _ in one.analyze_string(text)),
            HINTS.get(one.secret_type),
            SHORTEST_OF.get(one.secret_type, SHORTEST),
        )
        for one in detectors()
    ]
    newer: list[Format] = [
        (name, lambda text, search=expression.search: search(text) is not None, hint, SHORTEST_OF.get(name, SHORTEST))
        for name, (expression, hint) in NEWER.items()
    ]
    return (*known, *newer)


def _suspects(formats: Iterable[Format], text: str) -> list[Format]:
    """Those that may be in the text."""
    length, folded = len(text), text.casefold()
    return [one for one in formats if length >= one[3] and (one[2] is None or one[2](text, folded))]


def _in_windows(text: str, suspects: list[Format]) -> str | None:
    if not suspects:
        return None
    for start in range(0, max(len(text) - OVERLAP, 1), LONGEST_LINE - OVERLAP):
        window = text[start : start + LONGEST_LINE]
        near = suspects if len(window) == len(text) else _suspects(suspects, window)
        for name, is_in, _, _ in near:
            if is_in(window):
                return name
    return None


def _has_key_in_base64(text: str) -> bool:
    if "LS0tLS1CRUdJTi" not in text:
        return False
    for match in _PEM_IN_BASE64.finditer(text):
        start = match.group()[:64]
        try:
            decoded = base64.b64decode(start[: len(start) // 4 * 4])
        except binascii.Error:  # pragma: no cover  # the expression admits no other letters
            continue
        if b"PRIVATE KEY" in decoded:
            return True
    return False


@cache
def detectors() -> tuple["BasePlugin", ...]:
    """The library's detectors of formats."""
    # Imported when the first text is judged: the library takes 0.1 s to import.
    with without_http_client():
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

        classes = cast("dict[str, type[BasePlugin]]", get_mapping_from_secret_type_to_class())
    return tuple(plugin() for secret_type, plugin in sorted(classes.items()) if secret_type not in JUDGED_OTHERWISE)
