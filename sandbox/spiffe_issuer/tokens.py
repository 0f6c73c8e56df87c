"""JWT-SVIDs as SPIRE signs them (pkg/server/credtemplate/builder.go), and on request those that it never would.

`unchecked` is for attacks: it signs any subject, claims and headers with the trust domain's own key, as a broken or
bought issuer would. Deliberately no other limit then: this issuer answers on loopback only, and its keys are worth
nothing elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jwt
from jwt.utils import base64url_encode

from sandbox.spiffe_issuer.key_ring import SigningKey
from sandbox.spiffe_issuer.names import checked_spiffe_id

DEFAULT_SECONDS = 300
"""SPIRE's default life of a JWT-SVID."""
MOST_SECONDS = 86_400
_MEMBERS = frozenset({"sub", "aud", "ttl", "claims", "headers", "unchecked"})


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """A JWT-SVID that is asked for. `claims` and `headers` are put over the usual ones; None leaves one out."""

    claims: Mapping[str, Any]
    seconds: int
    headers: Mapping[str, Any] = field(default_factory=dict[str, Any])


def read_request(asked: Mapping[str, Any], trust_domain: str) -> TokenRequest:
    """Reads `{"sub", "aud", "ttl", "claims", "headers", "unchecked"}`. Raises ValueError that says what is wrong."""
    if unknown := sorted(asked.keys() - _MEMBERS):
        raise ValueError(f"unknown member {unknown[0]!r}: a token is asked for with {', '.join(sorted(_MEMBERS))}")
    unchecked = asked.get("unchecked", False)
    if not isinstance(unchecked, bool):
        raise ValueError('"unchecked" must be true or false')
    claims, headers = _object(asked, "claims"), _object(asked, "headers")
    seconds = asked.get("ttl", DEFAULT_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= MOST_SECONDS:
        raise ValueError(f'"ttl" must be a whole number of seconds from 1 to {MOST_SECONDS}')
    if unchecked:
        given = {name: asked[name] for name in ("sub", "aud") if name in asked}
        return TokenRequest(claims={**given, **claims}, seconds=seconds, headers=headers)
    if headers or claims.keys() & {"sub", "aud", "exp", "iat", "iss"}:
        raise ValueError('"headers", and "claims" that are SPIRE\'s own, need "unchecked": true')
    subject = checked_spiffe_id(asked.get("sub"), trust_domain)
    return TokenRequest(claims={**claims, "sub": subject, "aud": _audiences(asked.get("aud"))}, seconds=seconds)


def sign(request: TokenRequest, key: SigningKey, *, issuer_url: str, now: float) -> str:
    """The signed token, in the compact serialization. `now` is in seconds since the epoch."""
    issued = int(now)
    claims = {"exp": issued + request.seconds, "iat": issued, "iss": issuer_url, **request.claims}
    headers = {"alg": key.algorithm, "kid": key.key_id, "typ": "JWT", **request.headers}
    # By hand: PyJWT's encoder would follow an `alg` of "none", which here is a lie in the header and nothing else.
    signed = b".".join(base64url_encode(_json(members)) for members in (headers, claims))
    signature = jwt.get_algorithm_by_name(key.algorithm).sign(signed, key.private)
    return b".".join((signed, base64url_encode(signature))).decode("ascii")


def _json(members: Mapping[str, Any]) -> bytes:
    present = {name: value for name, value in members.items() if value is not None}
    return json.dumps(present, separators=(",", ":")).encode()


def _audiences(asked: object) -> list[str]:
    audiences = [asked] if isinstance(asked, str) else asked
    if not isinstance(audiences, list) or not audiences:
        raise ValueError('"aud" must be an audience or a list of them, such as "api://poc"')
    found = cast("list[Any]", audiences)
    if not all(isinstance(each, str) and each for each in found):
        raise ValueError('"aud" must hold texts only, none of them empty')
    return found


def _object(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = asked.get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f'"{name}" must be a JSON object')
    return cast("dict[str, Any]", found)
