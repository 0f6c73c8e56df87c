"""What in one file is a secret for certain, and what is likely one. A file's answer is kept for as long as it is there.

Certain are the formats of tokens and keys with their key material, key stores, and in settings files (`.env`, JSON,
YAML, INI) what is assigned to the name of a secret. Likely is, in source code, a quoted text that is assigned to such a
name: programs call constants after what they are about, so people have to look. Randomness is no reason here: data and
lock files are full of digests.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from guardrails.secrets.archives.contents import SNIFFED, File
from guardrails.secrets.documents import in_lines, is_placeholder, passages
from guardrails.secrets.formats import formats_in_file
from guardrails.secrets.names import names_a_secret, words_of

KEY_STORES: Final = (".jks", ".kdbx", ".keystore", ".p12", ".pfx", ".ppk")
SETTINGS_SUFFIXES: Final = (
    *(".cfg", ".conf", ".env", ".ini", ".json", ".properties", ".tfvars", ".toml", ".yaml", ".yml"),
)
SETTINGS_NAMES: Final = (".env", ".netrc", ".npmrc", ".pgpass", ".pypirc", "credentials")

MOST_REASONS: Final = 5

_ASSIGNED: Final = re.compile(
    r"(?<![\w.\-])(?P<name>[A-Za-z_][\w.\-]{0,80})[\"'\]]{0,2}\s{0,8}(?::\s{0,4}[\w.\[\]]{1,40}\s{0,4})?(?:[:=]=?|=>)\s{0,8}"
    r"[rbuf]{0,2}(?P<quote>[\"'`])(?P<value>[^\"'`\s\\]{6,200})(?P=quote)"
)
_ABOUT_SECRETS: Final = re.compile("secret|passw|passphrase|passcode|pwd|token|credential|key")
"""What a line has, in any case, that assigns to the name of a secret (`names`)."""
_NO_SECRETS: Final = frozenset(
    ("bearer", "cookie", "header", "hidden", "minutes", "optional", "password", "required", "seconds")
)
"""Words that describe a secret in a request, a form or an API."""
_NO_VALUE: Final = re.compile(
    r"[\w.-]*[:/][\w./:{}$-]*"  # paths, URLs, URNs and names with a prefix
    r"|[A-Za-z]+(?:[A-Z][a-z]+)+"  # CamelCase
    r"|[a-z]+(?:[ _.-][a-z]+)+"  # names of several words
    r"|[A-Z]+(?:_[A-Z0-9]+)+"  # CONSTANTS
    r"|.*[{}<>$%].*"  # templates
)


@dataclass(frozen=True, slots=True)
class Scan:
    """Clauses about a file, each with its line: `certain` ones and `likely` ones. They repeat nothing of it.

    `about` is the text that they are about, for those who put the file's name beside them.
    """

    certain: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    about: str = field(default="", repr=False)


_scans: Final[dict[tuple[object, ...], Scan]] = {}
_MOST_KEPT: Final = 50_000


def scan(file: File) -> Scan:
    """Look at one file, or remember what was found in it. Raises `OSError` where it cannot be read."""
    name = file.name.rpartition("/")[2].lower()
    if file.identity is None or file.identity[0] == "text":
        return _of_content(name, file.content())
    return _remembered((name, *file.identity), lambda: _of_content(name, file.content()))


def _of_content(name: str, data: bytes) -> Scan:
    """The same file may be on disk, and in archives: wheels that several layers hold."""
    return _remembered((name, hashlib.sha256(data).digest()), lambda: _look(name, data))


def _remembered(key: tuple[object, ...], look: Callable[[], Scan]) -> Scan:
    found = _scans.get(key)
    if found is None:
        if len(_scans) >= _MOST_KEPT:
            _scans.clear()
        found = _scans[key] = look()
    return found


def _look(name: str, data: bytes) -> Scan:
    if name.endswith(KEY_STORES):
        return Scan(certain=("is a key store",))
    text = _text(data)
    if text is None:
        return Scan()
    if name.endswith(".json"):
        return _scan([(each.reason, each.place) for each in passages(text)], [], text)
    if name.endswith(SETTINGS_SUFFIXES) or name in SETTINGS_NAMES or name.startswith(".env."):
        return _scan([(each.reason, each.place) for each in in_lines(text)], [], text)
    formats = [(f"has the format of a secret ({kind})", f"line {number}") for number, kind in formats_in_file(text)]
    places = {place for _, place in formats}
    assigned = [("assigns a text to the name of a secret", f"line {number}") for number in _assignments(text)]
    return _scan(formats, [each for each in assigned if each[1] not in places], text)


def _scan(certain: list[tuple[str, str]], likely: list[tuple[str, str]], text: str) -> Scan:
    certain = [each for each in certain if not each[0].endswith("is random like a key")]
    if not certain and not likely:
        return Scan()
    lines = text.split("\n")
    numbers = [int(place[5:]) for _, place in (*certain, *likely) if place.startswith("line ")]
    about = "\n".join(lines[number - 1] for number in numbers) if numbers else text
    return Scan(certain=_first(certain), likely=_first(likely), about=about)


def _first(found: list[tuple[str, str]]) -> tuple[str, ...]:
    more = len(found) - MOST_REASONS
    told = [f"{place} {reason}" for reason, place in found[:MOST_REASONS]]
    return (*told, *([f"and {more} more places"] if more > 0 else []))


def _text(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return None if b"\0" in data[:SNIFFED] else data.decode("utf-8", errors="replace")


def _assignments(text: str) -> Iterator[int]:
    """Lines of source code where a quoted text is assigned to the name of a secret."""
    folded = text.casefold()
    for number, (line, in_lower_case) in enumerate(zip(text.split("\n"), folded.split("\n"), strict=True), start=1):
        quotes = '"' in line or "'" in line or "`" in line
        if (
            quotes
            and ("=" in line or ":" in line)
            and _ABOUT_SECRETS.search(in_lower_case)
            and any(_is_likely(match["name"], match["value"]) for match in _ASSIGNED.finditer(line[:2000]))
        ):
            yield number


def _is_likely(name: str, value: str) -> bool:
    words = words_of(name.rpartition(".")[2])
    if not names_a_secret(words) or is_placeholder(value) or _NO_VALUE.fullmatch(value):
        return False
    return value.lower() not in _NO_SECRETS and not set(words_of(value)) & set(words)
