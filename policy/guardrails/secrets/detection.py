"""Decides whether a named text is a secret, and says why without repeating it.

In this order: a reference (an ARN) never is; known token formats, keys and passwords in URLs are; then the name decides
(`names`); then the parts of JSON documents and of `name=value` lists are judged in the same way; then randomness.
Formats and the measure of randomness come from `detect-secrets`; its verification, which asks servers, is never used.

What it cannot see: under an innocent name, a short password, and a random value that is not clearly longer than a name
(found: 16 bytes in hexadecimal; of 32 bytes in base64, 995 in 1,000; of 24 bytes in base64, 2 in 3).
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from guardrails.secrets.names import names_a_secret, words_of

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin
    from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin

_ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:\S+")
"""`arn:partition:service:region:account:resource` (IAM user guide, "Identify AWS resources with ARNs")."""

_RANDOM_BY_NATURE: Final = frozenset(
    {"arn", "checksum", "commit", "digest", "etag", "fingerprint", "hash", "id", "revision", "sha", "thumbprint"}
)
"""A name that ends in one of these holds something random that is public."""

_JWK_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
"""RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1. The other members of a JSON Web Key are public, however random."""

_SHORTEST_RANDOM_TEXT: Final = 20
"""80 bits in hexadecimal; below it, words, numbers and ids (API ids, dates) are mistaken for keys."""

JUDGED_OTHERWISE: Final = frozenset(
    {"Secret Keyword", "Public IP (ipv4)", "Base64 High Entropy String", "Hex High Entropy String"}
)
"""Detectors of `detect-secrets` that are left out: names and randomness are judged here, addresses are public."""


def is_reference(text: str) -> bool:
    """Whether the text is an ARN, or several separated by commas or spaces."""
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    return bool(parts) and all(_ARN.fullmatch(part) for part in parts)


def suspicion(name: str, text: str) -> str | None:
    """Why the text is taken for a secret, as the end of a sentence about it; `None` when it is not."""
    if not text or is_reference(text):
        return None
    for detector in _format_detectors():
        if any(True for _ in detector.analyze_string(text)):
            return f"has the format of a secret ({detector.secret_type})"
    words = words_of(name)
    if words and words[-1] in ("arn", "arns"):
        return "is named as an ARN, but is not one"
    if names_a_secret(words) and text.lower() not in ("true", "false"):
        return "holds a value, and its name says that this is a secret"
    for part_name, part in _parts(text):
        reason = suspicion(part_name, part)
        if reason:
            return f"has a part that {reason}"  # without the part's name, which is a piece of the value
    if not _RANDOM_BY_NATURE.intersection(words[-1:]) and _is_random(text):
        return "is random like a key"
    return None


def _parts(text: str) -> Iterator[tuple[str, str]]:
    if text.lstrip().startswith(("{", "[")):
        try:
            document: object = json.loads(text)
        except ValueError:
            return
        yield from _leaves("", document)
        return
    pairs = [pair.partition("=") for pair in re.split(r"[;&\s]+", text) if pair]
    if all(separator for _, separator, _ in pairs):
        yield from ((name, value) for name, _, value in pairs if value.strip("="))


def _leaves(name: str, document: object) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        members = cast("dict[str, Any]", document)
        is_jwk = "kty" in members
        for key, value in members.items():
            if not is_jwk:
                yield from _leaves(key, value)
            elif key in _JWK_PRIVATE_MEMBERS:
                yield "privateKey", str(value)
    elif isinstance(document, list):
        for element in cast("list[object]", document):
            yield from _leaves(name, element)
    elif isinstance(document, str | int | float):
        yield name, str(document)


def _is_random(text: str) -> bool:
    if len(text) < _SHORTEST_RANDOM_TEXT:
        return False
    return any(
        set(text) <= set(detector.charset) and detector.calculate_shannon_entropy(text) > detector.entropy_limit
        for detector in _randomness_detectors()
    )


@cache
def _format_detectors() -> tuple["BasePlugin", ...]:
    # Imported when the first text is judged: the library takes 0.6 s to import (it loads an HTTP client for a
    # verification that is never called here), half of what the whole pack takes to start.
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes = cast("dict[str, type[BasePlugin]]", get_mapping_from_secret_type_to_class())
    return tuple(plugin() for secret_type, plugin in sorted(classes.items()) if secret_type not in JUDGED_OTHERWISE)


@cache
def _randomness_detectors() -> tuple["HighEntropyStringsPlugin", ...]:
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    return (HexHighEntropyString(), Base64HighEntropyString())
