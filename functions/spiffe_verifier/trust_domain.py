"""The name of a trust domain (SPIFFE-ID standard, section 2.1): lower-case letters, digits, dots, dashes, underscores.

Names are compared as they are written. A name in upper case is refused and not lowered: section 2.1 has names in lower
case, and two spellings of one name are how a look-alike gets past a comparison. An IPv4 address is a name like any
other, and dots may stand anywhere (section 2.1: names are not processed by whether they are DNS names).
"""

from __future__ import annotations

MAXIMUM_TRUST_DOMAIN_BYTES = 255  # section 2.3, the length of a host in RFC 3986
SCHEME = "spiffe://"
_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")


class TrustDomain:
    """A trust domain by its name. Equal to another of the same name, and to nothing else."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        """Take the bare name.

        Raises:
            ValueError: it is none; the message says which rule it breaks and does not repeat it.
        """
        if not name:
            raise ValueError("the trust domain is empty (section 2.1)")
        if not _CHARACTERS.issuperset(name):
            raise ValueError(f"the trust domain {_what_is_wrong(name)} (section 2.1)")
        if len(name) > MAXIMUM_TRUST_DOMAIN_BYTES:
            raise ValueError(f"the trust domain has more than {MAXIMUM_TRUST_DOMAIN_BYTES} bytes (section 2.3)")
        self.name = name

    @classmethod
    def parse(cls, text: object) -> TrustDomain:
        """Return the trust domain that `text` names, as a bare name or as its SPIFFE ID (`spiffe://name`).

        Raises:
            ValueError: it names none.
        """
        if type(text) is not str:
            raise ValueError("a trust domain is a string")
        return cls(text.removeprefix(SCHEME))

    def __str__(self) -> str:
        """Return the bare name."""
        return self.name

    def __repr__(self) -> str:
        """Show the name."""
        return f"<TrustDomain {self.name}>"

    def __eq__(self, other: object) -> bool:
        """Compare names."""
        return self.name == other.name if type(other) is TrustDomain else NotImplemented

    def __hash__(self) -> int:
        """Agree with `==`."""
        return hash(self.name)


def _what_is_wrong(name: str) -> str:
    if "@" in name:
        return "has user information"
    if ":" in name:
        return "has a port, or the colon of one"
    if "%" in name:
        return "has a percent-encoded character"
    if _CHARACTERS.issuperset(name.lower()) and name.isascii():
        return "has letters in upper case"
    return "has other characters than lower-case letters, digits, dots, dashes and underscores"
