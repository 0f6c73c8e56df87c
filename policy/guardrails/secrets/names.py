"""Which names name a secret: `JWT_SECRET`, `apiKey`, `db_password`; not `TOKEN_ISSUER`, not `SIGNING_KEY_SECRET_ARN`.

Names are split into words at capitals, digits and punctuation, so the same lists serve environment variables, stage
variables and the members of JSON documents. Values are not looked at here.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_SECRET_WORD: Final = re.compile(
    r".*(secret|password|passwd|passphrase|passcode|token|credential|apikey|privatekey|signingkey)s?|pwd"
)

_SECRET_KEYS: Final = frozenset(
    (
        *("access", "admin", "api", "auth", "client", "encryption", "hmac", "jwt"),
        *("master", "private", "secret", "service", "session", "shared", "signing"),
    )
)
"""Words that make the word `key` after them a secret one. PUBLIC_KEY and SORT_KEY are none."""

_DESCRIBING_WORDS: Final = frozenset(
    (
        *("alg", "algorithm", "arn", "arns", "audience", "authorizer", "bucket", "claim", "claims", "class"),
        *("command", "connections", "count", "disabled", "duration", "enabled", "endpoint", "exchange", "expiration"),
        *("expiry", "field", "file", "format", "function", "group", "handler", "header", "headers", "host", "id"),
        *("ids", "index", "issuer", "kind", "label", "leeway", "length", "level", "lifetime", "limit", "location"),
        *("max", "millis", "milliseconds", "min", "minutes", "mode", "name", "names", "namespace", "parameter"),
        *("path", "paths", "policy", "port", "prefix", "provider", "queue", "ref", "reference", "region", "required"),
        *("rotation", "scope", "scopes", "seconds", "size", "source", "stage", "status", "store", "strategy"),
        *("suffix", "table", "timeout", "topic", "ttl", "type", "types", "units", "uri", "url", "use", "validity"),
        *("version", "versions"),
    )
)
"""A name that ends in one of these is about a secret, not the secret: TOKEN_ISSUER, PASSWORD_LENGTH."""

_COUNTING_WORDS: Final = frozenset(("allow", "enable", "max", "min", "require", "use"))
"""A name that starts with one of these is a limit or a switch: MAX_TOKENS."""


def words_of(name: str) -> list[str]:
    """The words of a name in lower case: `["db", "password"]` for `DB_PASSWORD`, `dbPassword` and `db-password2`."""
    return [word.lower() for word in _WORD.findall(name)]


def names_a_secret(words: Sequence[str]) -> bool:
    """Whether a name made of these words says that its value is a secret."""
    if not words or words[-1] in _DESCRIBING_WORDS or words[0] in _COUNTING_WORDS:
        return False
    if any(_SECRET_WORD.fullmatch(word) for word in words):
        return True
    return any(
        (second in ("key", "keys") and first in _SECRET_KEYS) or (first, second) == ("connection", "string")
        for first, second in pairwise(words)
    )
