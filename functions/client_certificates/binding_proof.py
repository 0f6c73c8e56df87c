"""What `POST /token` tells Cognito's trigger, so that the trigger can believe it: a thumbprint with a MAC.

    POST /token ──> aws_client_metadata {thumbprint, issued_at, key_id, mac} ──> Cognito ──> trigger ──> cnf in token

`aws_client_metadata` is whatever the caller of Cognito's token endpoint sends, and that endpoint is on the internet. So
the trigger takes a thumbprint only with an HMAC-SHA256 over the app client, the scopes, the thumbprint and the time,
made with a key that only the two functions can read. A proof is good for a minute. Sent again within it, by somebody
who also has the app client's secret, it gives a token that is bound to the same certificate: worth nothing without it.
"""

from __future__ import annotations

import json

from jwt_verification.base64url import decode, encode
from jwt_verification.errors import UnknownKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Protocol

    from jwt_verification.hmac_key import HmacKey

    class BindingKeys(Protocol):
        """Finds the key that a proof names, as SigningKeyRing does."""

        def key_for(self, key_id: str | None, algorithm: str) -> HmacKey:
            """Return the key; raises `UnknownKey`, or what the source of keys raises where it cannot be asked."""
            ...


CONFIRMATION_MEMBER = "x5t#S256"  # RFC 8705 section 3.1
MAXIMUM_AGE_SECONDS = 60
# The clocks of two functions differ by less than this.
MAXIMUM_CLOCK_DIFFERENCE_SECONDS = 5
THUMBPRINT_BYTES = 32
_MEMBERS = ("issued_at", "key_id", "mac", "thumbprint")
_PURPOSE = "gatehouse-token-binding-1"  # so that no other MAC with the same key could be taken for one of these
_LONGEST_TIME = 12
_MAXIMUM_MEMBER_LENGTH = 256


class BindingRefused(Exception):  # noqa: N818 -- read as a reason
    """There is no proof that `POST /token` asks for this token. `code` says what was wrong, and holds no data."""

    def __init__(self, code: str) -> None:
        """Take the stable code."""
        super().__init__(code)
        self.code = code


def scope_text(scopes: Iterable[str]) -> str:
    """Return scopes as RFC 6749 writes them, each once and sorted: one text for one set."""
    return " ".join(sorted(set(scopes)))


def is_thumbprint(candidate: object) -> bool:
    """Tell whether `candidate` has the form of an `x5t#S256`."""
    if type(candidate) is not str:
        return False
    try:
        return len(decode(candidate.encode("ascii"))) == THUMBPRINT_BYTES
    except ValueError:
        return False


def binding_metadata(
    *, app_client_id: str, scopes: Iterable[str], thumbprint: str, now: float, key_id: str, key: HmacKey
) -> dict[str, str]:
    """Return the members of `aws_client_metadata`, all of them strings as Cognito wants."""
    issued_at = str(int(now))
    mac = key.sign(_signed(app_client_id, scope_text(scopes), thumbprint, issued_at))
    return {"thumbprint": thumbprint, "issued_at": issued_at, "key_id": key_id, "mac": encode(mac).decode("ascii")}


def bound_thumbprint(
    metadata: Mapping[str, Any] | None,
    *,
    app_client_id: str,
    scopes: Iterable[str],
    keys: BindingKeys,
    now: float,
) -> str:
    """Return the thumbprint that `metadata` proves for this app client and these scopes.

    Raises:
        BindingRefused: it proves none.
        SecretError: the key cannot be read.
    """
    if not metadata:
        raise BindingRefused("binding_proof_missing")
    members = [metadata.get(name) for name in _MEMBERS]
    if not all(type(member) is str and 0 < len(member) <= _MAXIMUM_MEMBER_LENGTH for member in members):
        raise BindingRefused("binding_proof_missing" if not any(members) else "binding_proof_malformed")
    issued_at, key_id, mac_text, thumbprint = (str(member) for member in members)
    if not (issued_at.isascii() and issued_at.isdigit() and len(issued_at) <= _LONGEST_TIME):
        raise BindingRefused("binding_proof_malformed")
    try:
        mac = decode(mac_text.encode("ascii"))
    except ValueError:
        raise BindingRefused("binding_proof_malformed") from None
    if not is_thumbprint(thumbprint):
        raise BindingRefused("binding_proof_malformed")
    try:
        key = keys.key_for(key_id, "HS256")
    except UnknownKey:
        raise BindingRefused("binding_proof_of_unknown_key") from None
    if not key.verify(_signed(app_client_id, scope_text(scopes), thumbprint, issued_at), mac):
        raise BindingRefused("binding_proof_invalid")
    # The time last: nobody learns whether a MAC was right from when it was refused.
    if not -MAXIMUM_CLOCK_DIFFERENCE_SECONDS <= now - int(issued_at) <= MAXIMUM_AGE_SECONDS:
        raise BindingRefused("binding_proof_expired")
    return thumbprint


def _signed(app_client_id: str, scope: str, thumbprint: str, issued_at: str) -> bytes:
    """Return what is signed: a JSON list, so that no two lists of texts give the same bytes."""
    return json.dumps([_PURPOSE, app_client_id, scope, thumbprint, issued_at], separators=(",", ":")).encode()
