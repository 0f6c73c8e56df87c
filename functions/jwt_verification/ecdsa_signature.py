"""An ECDSA signature from the form of JOSE, R and S side by side (RFC 7518 section 3.4), to the DER that `cryptography`
takes (RFC 3279 section 2.2.3: a SEQUENCE of two INTEGERs).

DER writes an integer with the fewest octets, and with a leading zero where its first bit is set. Of 256 numbers 255
keep all their octets, so what stands around them is prepared; the others are left to `cryptography`.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SEQUENCE, _INTEGER, _LONG_LENGTH = b"\x30", b"\x02", b"\x81"
_LONGEST_SHORT_LENGTH = 127


def der_encoder(size: int) -> Callable[[bytes], bytes]:
    """Return what encodes signatures of two numbers with `size` octets each; it is not given any other."""
    # By the first bits of R and S: what stands before R, and what stands between R and S.
    around = {(r, s): _around(size, r, s) for r in (0, 1) for s in (0, 1)}

    def encode(signature: bytes) -> bytes:
        first_of_r, first_of_s = signature[0], signature[size]
        if not (first_of_r and first_of_s):
            return encode_dss_signature(
                int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            )
        before, between = around[first_of_r >> 7, first_of_s >> 7]
        return before + signature[:size] + between + signature[size:]

    return encode


def _around(size: int, first_bit_of_r: int, first_bit_of_s: int) -> tuple[bytes, bytes]:
    r = _INTEGER + bytes((size + first_bit_of_r,)) + bytes(first_bit_of_r)
    s = _INTEGER + bytes((size + first_bit_of_s,)) + bytes(first_bit_of_s)
    length = len(r) + len(s) + 2 * size
    long = _LONG_LENGTH if length > _LONGEST_SHORT_LENGTH else b""
    return _SEQUENCE + long + bytes((length,)) + r, s
