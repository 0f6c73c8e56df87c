"""Which addresses key sets are fetched from, judged without a network stack, so that settings can be read cheaply.

Deliberately no look at where a name leads: names are the operator's to trust, and certificates prove the server.
"""

from __future__ import annotations

from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from urllib.parse import SplitResult


def checked_url(url: str, *, allow_plain_http: bool = False) -> SplitResult:
    """Return the parts of `url` if it may be fetched from.

    Args:
        url: an absolute address, out of configuration.
        allow_plain_http: also accept `http://`, for issuers in a private network that is trusted as the issuer is.

    Raises:
        ValueError: it may not; the message says what is wrong with the address, and repeats it unless it has a `@`,
            before which a password can stand.
    """
    if "@" in url:
        raise ValueError("an address with an @ is not fetched: it has a user name, and perhaps a password")
    parts = urlsplit(url)
    schemes = ("https", "http") if allow_plain_http else ("https",)
    if parts.scheme not in schemes:
        raise ValueError(f"{url!r} is not fetched: the address starts with {' or '.join(schemes)}://")
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or not parts.hostname or parts.fragment:
        raise ValueError(f"{url!r} is not fetched: it needs a host, printable ASCII and no fragment")
    _ = parts.port  # raises ValueError where it is no number of a port
    return parts
