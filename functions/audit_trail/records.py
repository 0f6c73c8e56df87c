"""One record: a flat JSON object, so that CloudWatch Logs Insights finds each member by its name.

    time          RFC 3339, UTC, milliseconds
    action        see below
    outcome       requested (an administrator's change, before it is made) | succeeded | failed | denied
    reason        a stable code, "" where the outcome says all
    who           the principal: `admin`, or a customer's id; "" where nobody was authenticated
    admin_key_version    which version of the admin key was used; "" for others
    customer_id   whom it concerns, "" where that is not known
    key_id        which key, "" where that is not known; what a denied caller merely claimed is in `claimed_key_id`
    token_id      of the token that was issued
    client_id     which partner, "" for others and where that is not known
    certificate   the SHA-256 fingerprint of the client certificate, as hexadecimal, "" where there is none
    source        the address that API Gateway saw, never a header
    request_id    API Gateway's, which the access log has too

Deliberately not here: anything else of the request.
"""

from __future__ import annotations

from time import gmtime, strftime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CREATE_KEY = "create_key"
LIST_KEYS = "list_keys"
REVOKE_KEY = "revoke_key"
REVOKE_CUSTOMER = "revoke_customer"
EXCHANGE_KEY = "exchange_key"
USE_TOKEN = "use_token"  # noqa: S105 -- the name of an action, not a token
USE_ADMIN_KEY = "use_admin_key"
USE_CERTIFICATE = "use_certificate"
USE_BOUND_TOKEN = "use_bound_token"  # noqa: S105 -- see above
ISSUE_TOKEN = "issue_token"  # noqa: S105 -- see above
REACH_DATA = "reach_data"  # denied by IAM, or without a customer: after the authorizer, so never expected

REQUESTED, SUCCEEDED, FAILED, DENIED = "requested", "succeeded", "failed", "denied"

MAXIMUM_LENGTH = 256  # of any member: none of ours is longer, and what a caller sends must not be without end


def audit_record(
    *,
    now: float,
    action: str,
    outcome: str,
    reason: str = "",
    who: str = "",
    admin_key_version: str = "",
    customer_id: str = "",
    key_id: str = "",
    claimed_key_id: str = "",
    token_id: str = "",
    client_id: str = "",
    certificate: str = "",
    source: str = "",
    request_id: str = "",
) -> dict[str, str]:
    """Return a record; `now` is seconds since 1970."""
    record = {
        "time": f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(now))}.{int(now * 1000) % 1000:03}Z",
        "action": action,
        "outcome": outcome,
        "reason": reason,
        "who": who,
        "admin_key_version": admin_key_version,
        "customer_id": customer_id,
        "key_id": key_id,
        "claimed_key_id": claimed_key_id,
        "token_id": token_id,
        "client_id": client_id,
        "certificate": certificate,
        "source": source,
        "request_id": request_id,
    }
    return {name: value[:MAXIMUM_LENGTH] for name, value in record.items()}


def request_of(request_context: Any) -> dict[str, str]:
    """Return `source` and `request_id` of API Gateway's `requestContext`, "" where it has none."""
    try:
        source = request_context["identity"]["sourceIp"]
    except (KeyError, TypeError):
        source = None
    try:
        request_id = request_context["requestId"]
    except (KeyError, TypeError):
        request_id = None
    return {
        "source": source if type(source) is str else "",
        "request_id": request_id if type(request_id) is str else "",
    }
