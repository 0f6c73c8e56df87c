"""What is a trust domain name and a SPIFFE ID, by the SPIFFE-ID standard (sections 2.1 to 2.3).

Deliberately not the product's parser: the sandbox knows nothing of the product, so a mistake there cannot hide here.
"""

import re

SCHEME = "spiffe://"
_TRUST_DOMAIN = re.compile(r"[a-z0-9._-]{1,255}")
_PATH = re.compile(r"(/[A-Za-z0-9._-]+)*")
_MOST_BYTES = 2048


def checked_trust_domain(name: object) -> str:
    """The name of a trust domain, without scheme. Raises ValueError for any other."""
    if not isinstance(name, str) or not _TRUST_DOMAIN.fullmatch(name):
        raise ValueError("a trust domain is 1 to 255 lower-case letters, digits, dots, dashes and underscores")
    return name


def checked_spiffe_id(text: object, trust_domain: str) -> str:
    """The SPIFFE ID of a workload of that trust domain. Raises ValueError for any other text."""
    if not isinstance(text, str) or not text.startswith(f"{SCHEME}{trust_domain}/"):
        raise ValueError(f'"sub" must be a SPIFFE ID of this trust domain: {SCHEME}{trust_domain}/<path>')
    path = text.removeprefix(f"{SCHEME}{trust_domain}")
    if len(text) > _MOST_BYTES or not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError(
            f'"sub" is no SPIFFE ID: at most {_MOST_BYTES} bytes, and path segments of letters, digits, dots, dashes '
            "and underscores, none of them empty, . or .."
        )
    return text
