"""SPIFFE IDs (SPIFFE-ID standard, section 2): `spiffe://trust-domain/path`, read as strictly as they are defined.

Nothing is decoded, folded or cleaned up: a text is a SPIFFE ID as it stands, or it is none, so that two texts are the
same ID exactly where they are the same text. Section 2.4 has scheme and trust domain compared without regard to case;
section 2.1 has trust domains in lower case, so there is one spelling, and any other is refused.
"""

from __future__ import annotations

import re

from spiffe_verifier.trust_domain import SCHEME, TrustDomain

MAXIMUM_SPIFFE_ID_BYTES = 2_048  # section 2.3: what implementations support, and nobody should exceed
# Trust domain (section 2.1) and path (section 2.2: no empty segment, no `.` or `..`, no slash at the end).
_FORM = re.compile(r"spiffe://([a-z0-9._-]{1,255})((?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+)*)")


class SpiffeId:
    """A SPIFFE ID; `parse` makes them. Equal to another of the same text, and to nothing else.

    Attributes:
        trust_domain: the trust domain.
        path: the path, `/ns/prod/sa/api`, or an empty string: then it is the ID of the trust domain itself.
    """

    __slots__ = ("_text", "path", "trust_domain")

    def __init__(self, text: object) -> None:
        """Read `text`.

        Raises:
            ValueError: it is no SPIFFE ID; the message says which rule it breaks and does not repeat it.
        """
        if type(text) is not str:
            raise ValueError("a SPIFFE ID is a string")
        if len(text) > MAXIMUM_SPIFFE_ID_BYTES:  # before anything is done with it
            raise ValueError(f"a SPIFFE ID has at most {MAXIMUM_SPIFFE_ID_BYTES} bytes (section 2.3)")
        form = _FORM.fullmatch(text)
        if form is None:
            raise ValueError(_what_is_wrong(text))
        name, self.path = form.groups()
        self.trust_domain = TrustDomain(name)
        self._text = text

    @classmethod
    def parse(cls, text: object) -> SpiffeId:
        """Return the SPIFFE ID that `text` is; raises ValueError where it is none."""
        return cls(text)

    def starts_with(self, prefix: SpiffeId) -> bool:
        """Tell whether this is `prefix` or below it: the same trust domain, and all the segments of its path.

        `spiffe://td/ns/prod/sa/api` starts with `spiffe://td/ns/prod`; `spiffe://td/ns/production` does not.
        """
        if self.trust_domain != prefix.trust_domain:
            return False
        return self.path == prefix.path or self.path.startswith(prefix.path + "/")

    def __str__(self) -> str:
        """Return the text that it was read from."""
        return self._text

    def __repr__(self) -> str:
        """Show the text."""
        return f"<SpiffeId {self._text}>"

    def __eq__(self, other: object) -> bool:
        """Compare texts."""
        return self._text == other._text if type(other) is SpiffeId else NotImplemented

    def __hash__(self) -> int:
        """Agree with `==`."""
        return hash(self._text)


def _what_is_wrong(text: str) -> str:
    """Say which rule `text`, which is not of the form, breaks."""
    if not text.startswith(SCHEME):
        return f"a SPIFFE ID starts with {SCHEME} (section 2)"
    if "?" in text or "#" in text:
        return "a SPIFFE ID has no query and no fragment (section 2)"
    name, _, path = text[len(SCHEME) :].partition("/")
    try:
        TrustDomain(name)
    except ValueError as error:
        return str(error)
    segments = path.split("/")
    if not segments[-1]:
        return "the path ends with a slash (section 2.2)"
    if "%" in path:
        return "the path has a percent-encoded character (section 2.2)"
    if "" in segments:
        return "the path has an empty segment (section 2.2)"
    if "." in segments or ".." in segments:
        return "the path has the segment `.` or `..` (section 2.2)"
    return "the path has other characters than letters, digits, dots, dashes and underscores (section 2.2)"
