"""Base64url without padding, as RFC 7515 section 2 defines it, and nothing laxer.

The standard library's decoders skip foreign characters, unless told to be strict, and ignore the unused bits of the
last one in any case, so that many texts decode to the same bytes. Here every byte string has exactly one accepted text.
"""

import binascii

# The standard alphabet's own two characters and the padding become something that is in neither alphabet.
_TO_STANDARD_ALPHABET = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")
# By the number of characters after the last group of four: what a last character without unused bits set can be. One
# character holds six bits, which are not a byte.
_PADDING = (b"", b"", b"==", b"=")
_CANONICAL_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def decode(text: bytes) -> bytes:
    """Decode `text`.

    Raises:
        ValueError: `text` is not the one canonical encoding of any byte string.
    """
    rest = len(text) & 3
    if rest and text[-1] not in _CANONICAL_LAST[rest]:
        raise ValueError("not canonical base64url without padding")
    return binascii.a2b_base64(text.translate(_TO_STANDARD_ALPHABET) + _PADDING[rest], strict_mode=True)


def encode(value: bytes) -> bytes:
    """Encode `value` without padding."""
    return binascii.b2a_base64(value, newline=False).rstrip(b"=").translate(_TO_URL_ALPHABET)
