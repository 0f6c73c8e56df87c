"""Keeps credentials out of what is printed. What might be one is printed as its length.

A value is redacted for one of three reasons:

    known        it is, contains, or is a part of a credential or secret that the command has handled
    name         its name says that it is one: `access_token`, `apiKey`, `password`, `set-cookie`; not `key_id`
    shape        it looks like one: a JWT, an Authorization value, a PEM private key, an AWS access key, a long random
                 text

It errs on the side of redacting. Deliberately no promise for what a plugin has transformed: a hash of a short
password is as secret as the password and looks like any other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Shorter texts turn up in ordinary words by chance; they are redacted only where they are the whole value.
MINIMUM_PART_LENGTH = 6
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CREDENTIAL_WORDS = frozenset(
    {
        "apikey", "assertion", "auth", "authorization", "cookie", "credential", "credentials", "hmac", "jwt", "key",
        "keys", "mac", "nonce", "passphrase", "passwd", "password", "pin", "private", "secret", "secrets", "session",
        "sig", "signature", "token", "tokens",
    }
)  # fmt: skip
# Names ending so say something about a credential (`key_id`, `token_type`); a session's id is the credential itself.
_ABOUT_WORDS = frozenset(
    {
        "arn", "at", "class", "count", "expires", "expiry", "id", "kind", "level", "method", "name", "scheme", "time",
        "type", "uri", "url", "use", "version",
    }
)  # fmt: skip
_SHAPES_ANYWHERE = (
    # A JWT's header is a JSON object: base64url of `{` and what may follow it begins with `ew` or `ey`.
    re.compile(r"(?<![A-Za-z0-9_-])e[wy][A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){2,4}"),
    re.compile(r"(?:Basic|Bearer|Digest|DPoP|Negotiate)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
)
_WHOLE_SHAPES = (
    re.compile(r"(?:[0-9a-f]{32,}|[0-9A-F]{32,})"),
    # Upper case, lower case and digits mixed as no word is: base64 of 16 random bytes and more.
    re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[A-Za-z0-9+/_-]{22,}={0,2}"),
)


class Redactor:
    """Redacts texts; `know` adds credentials as they become known."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Take the credentials that are known from the start."""
        self._known: set[str] = set()
        self.know(known)

    def know(self, credentials: Iterable[str]) -> None:
        """Redact these as well from now on; empty texts are no credentials."""
        self._known.update(text.casefold() for text in credentials if text)

    def text(self, text: str) -> str:
        """Return `text`, or what stands for it where it holds a known credential or looks like one."""
        return _redacted(text) if self._holds_known(text) or _looks_like_a_credential(text) else text

    def member(self, name: str, value: str | float | bool | None) -> str | float | bool | None:  # noqa: FBT001 -- a JSON value
        """Return the value of a member of that name, or what stands for it. A number may be a one-time password."""
        if value is None or isinstance(value, bool):
            return value
        if names_credential(name):
            return _redacted(str(value))
        if isinstance(value, str):
            return self.text(value)
        return _redacted(str(value)) if self._holds_known(str(value)) else value

    def members(self, values: Mapping[str, str | float | bool | None]) -> dict[str, str | float | bool | None]:
        """Return an object with its values redacted, and its names where those are credentials."""
        return {self.text(name): self.member(name, value) for name, value in values.items()}

    def _holds_known(self, text: str) -> bool:
        text = text.casefold()  # a plugin may have changed the case, which protects nothing
        if text in self._known:
            return True
        long_enough = len(text) >= MINIMUM_PART_LENGTH
        return any(
            (len(known) >= MINIMUM_PART_LENGTH and known in text) or (long_enough and text in known)
            for known in self._known
        )


def names_credential(name: str) -> bool:
    """Tell whether a member, header or parameter of that name holds a credential."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or _CREDENTIAL_WORDS.isdisjoint(words):
        return False
    return words[-1] not in _ABOUT_WORDS or "session" in words


def _looks_like_a_credential(text: str) -> bool:
    anywhere = any(shape.search(text) for shape in _SHAPES_ANYWHERE)
    return anywhere or any(shape.fullmatch(text) for shape in _WHOLE_SHAPES)


def _redacted(text: str) -> str:
    return f"<redacted, {len(text)} characters>"
