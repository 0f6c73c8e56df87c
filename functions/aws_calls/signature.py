"""AWS Signature Version 4 for the one form of request sent here: POST, path `/`, no query, all headers signed.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Tests compare what this
makes with botocore's signer byte for byte.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from time import gmtime, strftime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_calls.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    headers: Mapping[str, str], body: bytes, *, credentials: Credentials, service: str, region: str, now: float
) -> dict[str, str]:
    """Return `headers` with the date, the session token and the signature added.

    Args:
        headers: names in lower case, values without spaces at their ends; `host` is among them.
        body: the bytes that will be sent.
        credentials: of whoever makes the call.
        service: as in the endpoint's name, for example `dynamodb`.
        region: for example `eu-west-1`.
        now: seconds since 1970.
    """
    stamp = strftime("%Y%m%dT%H%M%SZ", gmtime(now))
    signed = {**headers, "x-amz-date": stamp}
    if credentials.session_token is not None:
        signed["x-amz-security-token"] = credentials.session_token
    names = sorted(signed)
    name_list = ";".join(names)
    lines = "".join([f"{name}:{signed[name]}\n" for name in names])
    canonical = f"POST\n/\n\n{lines}\n{name_list}\n{sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(credentials, scope), text.encode(), "sha256").hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, SignedHeaders={name_list}, Signature={signature}"
    )
    return signed


def _signing_key(credentials: Credentials, scope: str) -> bytes:
    """Derive the key for one day, region and service; kept with the credentials, so derived once a day."""
    known_scope, key = credentials.signing_key
    if known_scope == scope:
        return key
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    credentials.signing_key = (scope, key)
    return key
