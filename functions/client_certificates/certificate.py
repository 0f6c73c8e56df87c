"""What an X.509 certificate says of itself, read from its DER (RFC 5280 section 4.1) with the standard library.

    thumbprint     `x5t#S256` of RFC 8705 section 3.1: base64url of SHA-256 over the DER, without padding
    fingerprint    the same digest in hexadecimal, as operators' tools print it
    issuer_id      SHA-256 of the issuer's name in DER, in hexadecimal: which CRL speaks of it

Deliberately verifies no signature and looks at no extension: the handshake has done that.
"""

from __future__ import annotations

from hashlib import sha256

from client_certificates.der import BIT_STRING, SEQUENCE, expect, only_element, unsigned_integer
from client_certificates.der_times import seconds_since_1970
from client_certificates.names import name_text
from jwt_verification.base64url import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from client_certificates.der import Element

_VERSION = 0xA0  # [0] EXPLICIT, absent in version 1 certificates such as RFC 8705's own example
_MAXIMUM_SERIAL_BYTES = 20  # RFC 5280 section 4.1.2.2


class Certificate:
    """One certificate. `repr` shows its fingerprint, which is public."""

    __slots__ = ("_issuer", "_subject", "fingerprint", "issuer_id", "not_after", "not_before", "serial", "thumbprint")

    def __init__(self, der: bytes) -> None:
        """Read `der`.

        Raises:
            ValueError: it is not a certificate, or not in DER. The message says what is wrong, and repeats nothing.
        """
        signed, algorithm, signature = _three(only_element(der, SEQUENCE))
        fields = expect(signed, SEQUENCE).children()
        if fields and fields[0].tag == _VERSION:
            del fields[0]
        if len(fields) < 6:
            raise ValueError("a certificate lacks fields")
        serial, inner_algorithm, issuer, validity, subject, key = fields[:6]
        expect(key, SEQUENCE)
        expect(signature, BIT_STRING)
        if expect(algorithm, SEQUENCE).content != expect(inner_algorithm, SEQUENCE).content:
            raise ValueError("a certificate names two signature algorithms")  # RFC 5280 section 4.1.1.2
        number = unsigned_integer(serial)
        if number.bit_length() > 8 * _MAXIMUM_SERIAL_BYTES:
            raise ValueError("a serial number has more than 20 bytes")
        times = [seconds_since_1970(time) for time in expect(validity, SEQUENCE).children()]
        if len(times) != 2:
            raise ValueError("a validity is not two times")
        digest = sha256(der)
        self.thumbprint = encode(digest.digest()).decode("ascii")
        self.fingerprint = digest.hexdigest()
        self.serial = serial_text(number)
        self.not_before, self.not_after = times
        self.issuer_id = sha256(expect(issuer, SEQUENCE).whole).hexdigest()
        self._issuer, self._subject = issuer, expect(subject, SEQUENCE)

    @property
    def subject(self) -> str:
        """The subject's name as text; raises ValueError where it is malformed."""
        return name_text(self._subject)

    @property
    def issuer(self) -> str:
        """The issuer's name as text; raises ValueError where it is malformed."""
        return name_text(self._issuer)

    def __repr__(self) -> str:
        """Show the fingerprint."""
        return f"<Certificate {self.fingerprint}>"


def serial_text(number: int) -> str:
    """Return a serial number as API Gateway writes it: `a1:b2:c3`."""
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big").hex(":")


def _three(certificate: Element) -> tuple[Element, Element, Element]:
    parts = certificate.children()
    if len(parts) != 3:
        raise ValueError("a certificate has three parts")
    return parts[0], parts[1], parts[2]
