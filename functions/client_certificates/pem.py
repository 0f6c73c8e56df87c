"""PEM (RFC 7468): exactly one certificate, in the strict form; nothing before it, nothing after it.

RFC 7468 lets parsers skip text around a block and take the first of several. Here that is refused: what is compared,
logged and registered must be the one certificate that the handshake was made with.
"""

from __future__ import annotations

import binascii

BEGIN = "-----BEGIN CERTIFICATE-----"
END = "-----END CERTIFICATE-----"
# A certificate with an RSA key of 4,096 bits has 2 KB; the whole list of certificates in a handshake has seldom 16.
MAXIMUM_LENGTH = 32_768
_LINE_ENDS = str.maketrans("", "", "\r\n")


def certificate_der(text: str) -> bytes:
    """Return the DER bytes in `text`.

    Raises:
        ValueError: it is not one PEM certificate. The message does not repeat the text.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise ValueError(f"longer than {MAXIMUM_LENGTH} characters")
    block = text.strip(" \t\r\n")
    if not block.startswith(BEGIN) or not block.endswith(END):
        raise ValueError("not a PEM block of a certificate")
    body = block[len(BEGIN) : -len(END)].translate(_LINE_ENDS)
    try:
        # Strict: characters outside of the alphabet, and so a second block, are refused.
        return binascii.a2b_base64(body.encode("ascii"), strict_mode=True)
    except ValueError:
        raise ValueError("the PEM block is not base64") from None
