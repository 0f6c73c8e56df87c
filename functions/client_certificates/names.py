"""Distinguished names as text (RFC 4514), and the ids of clients.

The text is for people, listings and the audit trail. Nothing is decided by it: certificates are told apart by their
fingerprints, issuers by the digest of their name's DER.
"""

from __future__ import annotations

from client_certificates.der import OBJECT_IDENTIFIER, SEQUENCE, SET, Element, expect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

MAXIMUM_CLIENT_ID_LENGTH = 64
CLIENT_ID_RULE = "A client's id has 1 to 64 lower-case letters, digits and hyphens, and begins with a letter or a digit"
_CLIENT_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

# RFC 4514 section 3, and what else is usual in client certificates (RFC 4519, RFC 2985). Others are shown by number.
_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_UTF8, _PRINTABLE, _TELETEX, _IA5, _UNIVERSAL, _BMP = 0x0C, 0x13, 0x14, 0x16, 0x1C, 0x1E
_ENCODINGS = {
    _UTF8: "utf-8", _PRINTABLE: "ascii", _TELETEX: "latin-1", _IA5: "ascii", _UNIVERSAL: "utf-32-be", _BMP: "utf-16-be",
}  # fmt: skip
_MAXIMUM_IDENTIFIER_BYTES = 64
_ESCAPED = frozenset('"+,;<>\\')


def is_client_id(candidate: object) -> TypeGuard[str]:
    """Tell whether `candidate` is an id as `CLIENT_ID_RULE` says."""
    return (
        type(candidate) is str
        and 0 < len(candidate) <= MAXIMUM_CLIENT_ID_LENGTH
        and _CLIENT_ID_CHARACTERS.issuperset(candidate)
        and candidate[0] != "-"
    )


def name_text(name: Element) -> str:
    """Return a Name as text, most specific part first: `CN=billing,O=Acme`.

    Raises:
        ValueError: it is not a Name, or a value is not text in the encoding that it claims.
    """
    parts: list[str] = []
    for relative_name in expect(name, SEQUENCE).children():
        attributes = [_attribute(attribute) for attribute in expect(relative_name, SET).children()]
        if not attributes:
            raise ValueError("a part of a name is empty")
        parts.append("+".join(attributes))
    return ",".join(reversed(parts))


def _attribute(element: Element) -> str:
    parts = expect(element, SEQUENCE).children()
    if len(parts) != 2:
        raise ValueError("a part of a name is not a type and a value")
    kind = _object_identifier(expect(parts[0], OBJECT_IDENTIFIER).content)
    encoding = _ENCODINGS.get(parts[1].tag)
    if encoding is None:
        return f"{kind}=#{parts[1].whole.hex()}"  # RFC 4514 section 2.4
    return f"{_SHORT_NAMES.get(kind, kind)}={_escaped(parts[1].content.decode(encoding))}"


def _object_identifier(content: bytes) -> str:
    if not 0 < len(content) <= _MAXIMUM_IDENTIFIER_BYTES or content[-1] & 0x80:
        raise ValueError("an object identifier is cut off, or longer than any")
    numbers: list[int] = []
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(each) for each in (first, numbers[0] - 40 * first, *numbers[1:]))


def _escaped(value: str) -> str:
    """Escape as RFC 4514 section 2.4 wants it, and every character that does not print."""
    shown: list[str] = []
    for at, character in enumerate(value):
        at_end = at in (0, len(value) - 1)
        if character in _ESCAPED or (character == " " and at_end) or (character == "#" and at == 0):
            shown.append(f"\\{character}")
        elif character.isprintable():
            shown.append(character)
        else:
            shown += [f"\\{byte:02X}" for byte in character.encode("utf-8", "surrogatepass")]
    return "".join(shown)
