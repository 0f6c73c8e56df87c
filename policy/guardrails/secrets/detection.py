"""Decides whether a named text is a secret, and says why without repeating it.

In this order: a reference (an ARN) never is; known token formats, keys and passwords in URLs are (`formats`); then the
name decides (`names`); then the parts of JSON documents, of `name=value` lists and of texts in base64 are judged in the
same way; then randomness, by the measure of `detect-secrets`. Larger texts are taken apart in `documents`.

What it cannot see: under an innocent name, a short password, and a random value that is not clearly longer than a name
(found: 16 bytes in hexadecimal; of 32 bytes in base64, 995 in 1,000; of 24 bytes in base64, 2 in 3).
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from guardrails.secrets.formats import format_of
from guardrails.secrets.library import without_http_client
from guardrails.secrets.names import names_a_secret, words_of

if TYPE_CHECKING:
    from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin

_ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:\S+")
"""`arn:partition:service:region:account:resource` (IAM user guide, "Identify AWS resources with ARNs")."""

_DYNAMIC_REFERENCE: Final = re.compile(r"\{\{resolve:(?:secretsmanager|ssm|ssm-secure):[^{}]+\}\}")
"""CloudFormation looks the value up (its user guide, "Get values … using dynamic references")."""

_CERTIFICATES: Final = re.compile(
    r"\s*(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+", flags=re.ASCII
)
_PUBLIC_KEYS: Final = re.compile(
    r"\s*(?:-----BEGIN (?:RSA |EC )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (?:RSA |EC )?PUBLIC KEY-----\s*)+",
    flags=re.ASCII,
)

_RANDOM_BY_NATURE: Final = frozenset(
    {"arn", "checksum", "commit", "digest", "etag", "fingerprint", "hash", "id", "revision", "sha", "thumbprint"}
)
"""A name that ends in one of these holds something random that is public."""

_JWK_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
"""RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1. The other members of a JSON Web Key are public, however random."""

_SHORTEST_RANDOM_TEXT: Final = 20
"""80 bits in hexadecimal; below it, words, numbers and ids (API ids, dates) are mistaken for keys."""

_BASE64_TEXT: Final = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_DEEPEST: Final = 8
"""Texts within texts (JSON in base64 in JSON) are followed this far; what is deeper still is judged as a whole."""


def is_reference(text: str) -> bool:
    """Whether the text is an ARN, or several separated by commas or spaces, or where CloudFormation finds a secret."""
    if not text.startswith(("arn:", "{{resolve:", " ", ",")):
        return False
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    return bool(parts) and all(_ARN.fullmatch(part) or _DYNAMIC_REFERENCE.fullmatch(part) for part in parts)


def is_public_pem(text: str) -> bool:
    """Whether the text is made of certificates, or of public keys, in PEM and of nothing else."""
    return bool(_CERTIFICATES.fullmatch(text) or _PUBLIC_KEYS.fullmatch(text))


def suspicion(name: str, text: str) -> str | None:
    """Why the text is taken for a secret, as the end of a sentence about it; `None` when it is not."""
    return _suspicion(name, text, _DEEPEST)


@lru_cache(maxsize=8192)
def _suspicion(name: str, text: str, depth: int) -> str | None:
    if not text or is_reference(text):
        return None
    found = format_of(text)
    if found:
        return f"has the format of a secret ({found})"
    words = words_of(name)
    if words and words[-1] in ("arn", "arns"):
        return "is named as an ARN, but is not one"
    if names_a_secret(words) and text.lower() not in ("true", "false") and not is_public_pem(text):
        return "holds a value, and its name says that this is a secret"
    if depth:
        for part_name, part in _parts(name, text):
            reason = _suspicion(part_name, part, depth - 1)
            if reason:
                # Without the part's name, which is a piece of the value.
                return reason if reason.startswith("has a part") else f"has a part that {reason}"
    if not _RANDOM_BY_NATURE.intersection(words[-1:]) and is_random(text):
        return "is random like a key"
    return None


def _parts(name: str, text: str) -> Iterator[tuple[str, str]]:
    if text.lstrip().startswith(("{", "[")):
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            return
        yield from named_leaves("", document)
        return
    decoded = _from_base64(text)
    if decoded is not None:
        yield name, decoded
        return
    pairs = [pair.partition("=") for pair in re.split(r"[;&\s]+", text) if pair]
    if all(separator for _, separator, _ in pairs):
        yield from ((name, value) for name, _, value in pairs if value.strip("="))


def named_leaves(name: str, document: object) -> Iterator[tuple[str, str]]:
    """The scalars of a JSON document as texts, with the names that they have in it.

    In `{"name": "PASSWORD", "value": "x"}`, which many of AWS's documents are made of, the value's name is PASSWORD. Of
    a JSON Web Key, only the private members are given.
    """
    pending: list[tuple[str, object]] = [(name, document)]
    while pending:
        name, found = pending.pop()
        if isinstance(found, dict):
            pending.extend(reversed([*_members(cast("dict[str, Any]", found))]))
        elif isinstance(found, list):
            pending.extend((name, element) for element in reversed(cast("list[object]", found)))
        elif isinstance(found, str | int | float):
            yield name, str(found)


def _members(members: dict[str, Any]) -> Iterator[tuple[str, object]]:
    if "kty" in members:
        yield from (
            ("privateKey", str(value)) for key, value in members.items() if key in _JWK_PRIVATE_MEMBERS and value
        )
        return
    lowered = {key.lower(): key for key in members}
    label = next((lowered[each] for each in ("name", "key", "parameterkey", "parametername") if each in lowered), None)
    given = members[label] if label is not None else None
    for key, value in members.items():
        yield (given if isinstance(given, str) and key.lower().endswith("value") else key), value


def _from_base64(text: str) -> str | None:
    if not _BASE64_TEXT.fullmatch(text):
        return None
    try:
        decoded = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (
        decoded if decoded.isascii() and all(letter.isprintable() or letter in "\r\n\t" for letter in decoded) else None
    )


def is_random(text: str) -> bool:
    """Whether the text is one long word as random as a key is."""
    if len(text) < _SHORTEST_RANDOM_TEXT:
        return False
    return any(
        set(text) <= set(detector.charset) and detector.calculate_shannon_entropy(text) > detector.entropy_limit
        for detector in _randomness_detectors()
    )


@cache
def _randomness_detectors() -> tuple["HighEntropyStringsPlugin", ...]:
    with without_http_client():
        from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    return (HexHighEntropyString(), Base64HighEntropyString())
