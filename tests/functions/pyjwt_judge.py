"""PyJWT as its documentation uses it, at the time of `support.NOW`: what it says of a token, and how it says it.

Every check that it makes unasked is on. Deliberately nothing that it makes only when asked (`require`, `strict_aud`):
what a caller has to know of is what the cross-checks are about.
"""

import json
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any, cast
from unittest.mock import patch

import jwt
import jwt.api_jwt

from jwt_verification.base64url import decode
from tests.functions import issuer
from tests.functions.hostile_asymmetric_tokens import ACCEPTED, PS256_KEY
from tests.functions.support import AUDIENCE, ISSUER, NOW, RAW_KEY

ACCEPTS, REFUSES = "accepts", "refuses"


class _StandingDatetime(datetime):
    """PyJWT has no clock that a caller can set."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_StandingDatetime":
        return cls.fromtimestamp(NOW, tz)


@contextmanager
def at_the_time_of_the_tokens() -> Generator[None]:
    """Let PyJWT's clock stand at `NOW`."""
    with patch.object(jwt.api_jwt, "datetime", _StandingDatetime), warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        yield


def theirs(token: object, key: Any = RAW_KEY, algorithms: tuple[str, ...] = ("HS256",), **more: Any) -> dict[str, Any]:
    """The claims, or what PyJWT raises."""
    with at_the_time_of_the_tokens():
        return jwt.decode(cast(str, token), key, algorithms=list(algorithms), issuer=ISSUER, audience=AUDIENCE, **more)


def theirs_by_key_set(token: object, document: bytes, algorithms: tuple[str, ...]) -> dict[str, Any]:
    """The claims by a key set with one kid, or what PyJWT raises."""
    return theirs(token, jwt.PyJWKSet.from_json(document.decode())[issuer.KEY_ID], algorithms)


def answer_to_hs256(token: object) -> str:
    """What PyJWT says with the key of `support`."""
    return _answer(token, RAW_KEY, ("HS256",))


def answer_to_asymmetric(token: object) -> str:
    """What PyJWT says of a token of `hostile_asymmetric_tokens` with the issuer's key for the algorithm that it names,
    where that is one of those accepted, else with the one for RS256."""
    claimed = json.loads(decode(str(token).partition(".")[0].encode())).get("alg")
    algorithm: str = claimed if claimed in ACCEPTED else "RS256"
    key = PS256_KEY if algorithm == "PS256" else issuer.key_for_algorithm(algorithm)
    return _answer(token, jwt.PyJWK.from_dict(issuer.public_jwk(algorithm, key=key)), ACCEPTED)


def _answer(token: object, key: Any, algorithms: tuple[str, ...]) -> str:
    try:
        theirs(token, key, algorithms)
    except jwt.PyJWTError:
        return REFUSES
    except Exception as error:  # noqa: BLE001 -- which exceptions are none of its own is what is recorded
        return type(error).__name__
    return ACCEPTS
