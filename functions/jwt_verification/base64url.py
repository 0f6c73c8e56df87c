"""Base64url without padding, as RFC 7515 section 2 defines it, and nothing laxer.

The standard library's decoders skip foreign characters and ignore the unused bits of the last one, so that many texts
decode to the same bytes. Here every byte string has exactly one accepted text: what was decoded is encoded again and
must be what came in.
"""

import binascii

# The standard alphabet's own two characters and the padding become something that is in neither alphabet.
_TO_STANDARD_ALPHABET = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def decode(text: bytes) -> bytes:
    """Decode `text`.

    Raises:
        ValueError: `text` is not the one canonical encoding of any byte string.
    """
    standard = text.translate(_TO_STANDARD_ALPHABET) + b"=" * (-len(text) % 4)
    decoded = binascii.a2b_base64(standard)
    if binascii.b2a_base64(decoded, newline=False) != standard:
        raise ValueError("not canonical base64url without padding")
    return decoded


def encode(value: bytes) -> bytes:
    """Encode `value` without padding."""
    return binascii.b2a_base64(value, newline=False).rstrip(b"=").translate(_TO_URL_ALPHABET)
