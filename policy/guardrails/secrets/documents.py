"""Secrets in larger texts: API bodies, definitions, scripts, settings files, whatever form they have.

    text ──► JSON: every scalar with its name           ──► suspicion ──► Passage(place, reason)
         └─► else: formats line by line, and what lines assign to names (YAML, INI, shell, `--password x`)

A document is not refused for a form that nobody knows: it is then judged line by line. YAML is read in that way too, so
an alias or a block hides nothing. Places are lines, or the path to a member; where a part of the secret is in a
member's name, the name is left out.

In source code, only quoted texts are values; see `sources`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from guardrails.secrets.detection import is_reference, named_leaves, suspicion
from guardrails.secrets.formats import formats_in_file
from guardrails.secrets.names import names_a_secret, words_of

WINDOW: Final = 6
"""A piece of a value that is as long as this is never in a message."""

MOST_PASSAGES: Final = 5
"""More than these are counted, not listed: a dump of a vault would fill the terminal."""

_ASSIGNMENT: Final = re.compile(
    r"^[\s\[{(,]*(?:-\s+)?(?:(?:export|set|setx|env|arg|local|readonly|declare(?:\s+-\w+)*|const|let|var|final)\s+|\$env:)?"
    r"[\"']?(?P<name>[A-Za-z_][\w.\-]{0,100})[\"']?\s*(?:[:=]=?|=>|\s(?=[\"']))\s*(?P<value>\S.*?)\s*[,;]?\s*$",
    flags=re.IGNORECASE,
)
_INLINE: Final = re.compile(
    r"(?:^|[\s'\"(,;&?{])-{0,2}(?P<name>[A-Za-z_][\w\-]{0,100})=(?P<value>\"[^\"]*\"|'[^']*'|[^\s'\";&,)}]+)"
)
_QUOTED: Final = re.compile(r"[\"'](?P<name>[A-Za-z_][\w.\-]{0,100})[\"']\s*(?::|=>)\s*(?P<value>\"[^\"]*\"|'[^']*')")
_FLOW: Final = re.compile(r"[{,]\s*(?P<name>[A-Za-z_][\w.\-]{0,100}):\s+(?P<value>[^\s\"'{}\[\],][^{}\[\],]*)")
_OPTION: Final = re.compile(
    r"(?:^|\s)--(?P<name>[A-Za-z][\w\-]{0,100})\s+(?P<value>\"[^\"]*\"|'[^']*'|[^\s'\";&|-][^\s'\";&|]*)"
)
_SECRET_HINT: Final = re.compile(
    r"secret|passw|passp|passc|pwd|token|credential|key|connection|value|\barns?\b", flags=re.IGNORECASE
)
"""What every line has that assigns to a name which `names` takes for a secret's (or to `value`, see below)."""

_LONG_WORD: Final = re.compile(r"[A-Za-z0-9+/_=-]{20,}")

_PLACEHOLDER: Final = re.compile(
    r"\$\{[^{}]*\}|\$\(.*\)?|`.*`?|\$[A-Z_][A-Z0-9_]*|%[A-Z_]+%"  # shells
    r"|\$\$?\.[\w.$\[\]*'@?()-]*|States\.\w+\(.*\)|\{%.*%\}"  # Step Functions
    r"|\{\{.*\}\}|<[A-Za-z _-]+>|\*+"  # templates
    r"|null|none|~|true|false|yes|no|[|>][-+0-9]*|![A-Za-z:]+(?:\s.*)?|[&*][A-Za-z]\w*|\[\]|\{\}|[\[{(]"  # YAML
    r"|string|integer|number|boolean|object|array",  # schemas
    flags=re.IGNORECASE | re.DOTALL,
)
"""Values that are looked up when the document is used, or say that there is none, or what type it has."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Where something in a text is taken for a secret (`line 3`, `at Parameters.Password`), and why."""

    place: str
    reason: str


def passages(text: str) -> Iterator[Passage]:
    """Every place in the text that is taken for a secret. Never repeats a part of it."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _in_document(document)
            return
    yield from in_lines(text)


def told(found: Iterator[Passage]) -> list[str]:
    """The passages as clauses for a message, the first few of them."""
    clauses = [f"{passage.place} {passage.reason}" for passage in found]
    more = len(clauses) - MOST_PASSAGES
    return [*clauses[:MOST_PASSAGES], f"and {more} more places"] if more > 0 else clauses


def plain_name(name: str, value: str) -> str | None:
    """The name, where it can be shown: it is one, and shares no piece with the value."""
    if not re.fullmatch(r"[\w.:/$-]{1,100}", name):
        return None
    folded = value.casefold()
    shared = any(name[at : at + WINDOW].casefold() in folded for at in range(len(name) - WINDOW + 1))
    return None if shared or suspicion("", name) else name


def is_placeholder(value: str) -> bool:
    """Whether the text stands for a value that is found elsewhere when it is needed, or for none."""
    return bool(_PLACEHOLDER.fullmatch(value)) or is_reference(value)


def in_lines(text: str) -> Iterator[Passage]:
    """The same for a text that is no JSON: settings, scripts, YAML."""
    told_lines: set[int] = set()
    for number, secret_type in formats_in_file(text):
        told_lines.add(number)
        yield Passage(f"line {number}", f"has the format of a secret ({secret_type})")
    label: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > 2000:
            line = line[:2000]  # formats are found in lines of any length
        named = _ASSIGNMENT.match(line) if ":" in line or "=" in line else None
        interesting = _SECRET_HINT.search(line) or _LONG_WORD.search(line)
        if interesting and number not in told_lines:
            reason = _line_reason(line, named, label)
            if reason:
                yield Passage(f"line {number}", reason)
        if named and named["name"].lower() in ("name", "key"):
            label = _literal(named["value"])
        elif named and named["name"].lower() != "value":
            label = label if named["name"].lower() in ("type", "in") else None


def _line_reason(line: str, named: re.Match[str] | None, label: str | None) -> str | None:
    if named:
        name = label if label and named["name"].lower() == "value" else named["name"]
        reason = _value_reason(name, named["value"])
        if reason:
            return reason
    for expression in (_INLINE, _QUOTED, _FLOW, _OPTION):
        for match in expression.finditer(line):
            if names_a_secret(words_of(match["name"])):
                reason = _value_reason(match["name"], match["value"])
                if reason:
                    return reason
    return None


def _value_reason(name: str, value: str) -> str | None:
    literal = _literal(value)
    return None if literal is None else suspicion(name, literal)


def _literal(value: str) -> str | None:
    value = value.strip()
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        value = value[1:end] if end > 0 else value[1:]
    else:
        value = re.split(r"\s+#", value, maxsplit=1)[0].strip()
    return None if not value or is_placeholder(value) else value


def _in_document(document: object) -> Iterator[Passage]:
    pending: list[tuple[str, str, object]] = [("", "", document)]
    while pending:
        path, name, found = pending.pop()
        if isinstance(found, dict):
            pending.extend(reversed([*_entries(path, name, cast("dict[str, Any]", found))]))
        elif isinstance(found, list):
            elements = cast("list[object]", found)
            pending.extend(reversed([(f"{path}[{index}]", name, each) for index, each in enumerate(elements)]))
        elif isinstance(found, str | int | float) and not isinstance(found, bool):
            value = str(found)
            reason = None if is_placeholder(value) else _leaf_reason(name, value)
            if reason:
                yield Passage(f"at {path}" if path else "as a whole", reason)


def _leaf_reason(name: str, value: str) -> str | None:
    reason = suspicion(name, value)
    if reason is None and "\n" in value:
        first = next(in_lines(value), None)
        reason = None if first is None else f"in its {first.place} {first.reason}"
    return reason


def _entries(path: str, name: str, members: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    if "kty" in members:
        yield from ((path, found, value) for found, value in named_leaves(name, members))
        return
    folded = {key.lower(): value for key, value in members.items()}
    label = next((folded[each] for each in ("name", "key", "parameterkey", "parametername") if each in folded), None)
    for key, value in members.items():
        member = label if isinstance(label, str) and key.lower().endswith("value") else key
        shown = plain_name(member, json.dumps(value)) or "(a member)"
        yield (f"{path}.{shown}" if path else shown), member, value
