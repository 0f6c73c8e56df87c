"""Each operation on keys, with its two records in the audit trail.

    record "requested"  ->  the change  ->  record "succeeded" or "failed"  ->  the answer

Without the first record nothing is changed; without the last nothing is acknowledged. A key whose creation cannot be
acknowledged is revoked again, as far as that is possible: its secret is forgotten with this request, so that it opens
nothing either way. A revocation stays, and can be repeated.
"""

from __future__ import annotations

from time import gmtime, strftime

from api_keys.changes import CustomerNameMissing, CustomerUnknown, KeyAdministrationError, KeyUnknown, TooManyKeys
from api_keys.key_repository import StoreUnavailable
from api_keys.key_text import new_key
from api_keys.records import ACTIVE, MAXIMUM_LIVE_KEYS, REVOKED
from api_responses.refusals import conflict, invalid, not_found, unavailable
from audit_trail.records import (
    CREATE_KEY,
    FAILED,
    LIST_KEYS,
    REQUESTED,
    REVOKE_CUSTOMER,
    REVOKE_KEY,
    SUCCEEDED,
    audit_record,
)
from audit_trail.trail import AuditUnavailable
from tenant_keys.requests import customer_id_in, key_id_in, new_key_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_keys.administration import KeyAdministration
    from api_keys.key_text import NewKey
    from api_keys.records import CustomerKeys, KeyRecord
    from api_responses.answers import Answers
    from api_responses.refusals import Refusal
    from audit_trail.denials import DenialRecorder
    from audit_trail.trail import AuditTrail


class KeyAdmin:
    """The operations. Each takes the event and what the audit trail says of the request, and returns the answer."""

    def __init__(
        self,
        *,
        administration: KeyAdministration,
        trail: AuditTrail,
        recorder: DenialRecorder,
        answers: Answers,
        clock: Callable[[], float],
        make_key: Callable[[], NewKey] = new_key,
    ) -> None:
        """Take what each step is done with; `recorder` takes what is recorded of failures."""
        self._administration = administration
        self._trail = trail
        self._recorder = recorder
        self._answers = answers
        self._clock = clock
        self._make_key = make_key

    def create_key(self, event: Any, about: Mapping[str, str]) -> dict[str, Any]:
        """`POST /admin/keys`."""
        wanted = new_key_request(event)
        key = self._make_key()
        action = self._action(CREATE_KEY, about, customer_id=wanted.customer_id, key_id=key.key_id)
        record = action(
            lambda: self._administration.create(
                key=key,
                customer_id=wanted.customer_id,
                customer_name=wanted.customer_name,
                lifetime_seconds=wanted.lifetime_seconds,
                label=wanted.label,
            ),
            undo=lambda: self._administration.revoke_key(wanted.customer_id, key.key_id),
        )
        document = {
            "api_key": key.text,
            "customer_id": wanted.customer_id,
            "message": "API key created successfully",
        }
        if record.expires_at is not None:
            document["expires_at"] = _time(record.expires_at)
        return self._answers.json(201, document)

    def list_keys(self, event: Any, about: Mapping[str, str]) -> dict[str, Any]:
        """`GET /admin/keys/{customer_id}`: everything about the keys but their secrets."""
        customer_id = customer_id_in(event)
        action = self._action(LIST_KEYS, about, customer_id=customer_id)
        known = action(lambda: self._administration.keys_of(customer_id))
        return self._answers.json(200, _listing(known, self._clock()))

    def revoke_customer(self, event: Any, about: Mapping[str, str]) -> dict[str, Any]:
        """`DELETE /admin/keys/{customer_id}`."""
        customer_id = customer_id_in(event)
        action = self._action(REVOKE_CUSTOMER, about, customer_id=customer_id)
        action(lambda: self._administration.revoke_customer(customer_id))
        return self._answers.json(200, {"message": f"API key for customer {customer_id} revoked"})

    def revoke_key(self, event: Any, about: Mapping[str, str]) -> dict[str, Any]:
        """`DELETE /admin/keys/{customer_id}/{key_id}`."""
        customer_id, key_id = customer_id_in(event), key_id_in(event)
        action = self._action(REVOKE_KEY, about, customer_id=customer_id, key_id=key_id)
        action(lambda: self._administration.revoke_key(customer_id, key_id))
        return self._answers.json(200, {"message": f"API key {key_id} of customer {customer_id} revoked"})

    def _action(self, name: str, about: Mapping[str, str], **ids: str) -> Any:
        def record(outcome: str, reason: str = "") -> dict[str, str]:
            return audit_record(now=self._clock(), action=name, outcome=outcome, reason=reason, **ids, **about)

        def run(make: Callable[[], Any], *, undo: Callable[[], None] | None = None) -> Any:
            self._trail.write(record(REQUESTED))
            try:
                result = make()
            except (KeyAdministrationError, StoreUnavailable) as error:
                refusal = refusal_for(error)
                self._recorder.record(record(FAILED, refusal.reason))
                raise refusal from None
            except Exception:
                self._recorder.record(record(FAILED, "internal_error"))
                raise
            try:
                self._trail.write(record(SUCCEEDED))
            except AuditUnavailable:
                if undo is not None:
                    self._undo(undo, record)
                raise
            return result

        return run

    def _undo(self, undo: Callable[[], None], record: Callable[[str, str], dict[str, str]]) -> None:
        try:
            undo()
        except StoreUnavailable:
            self._recorder.record(record(FAILED, "key_left_unseen"))
        else:
            self._recorder.record(record(FAILED, "revoked_again"))


def refusal_for(error: KeyAdministrationError | StoreUnavailable) -> Refusal:
    """Return the answer to a change that could not be made."""
    if isinstance(error, StoreUnavailable):
        return unavailable(reason=error.code)
    if isinstance(error, CustomerNameMissing):
        return invalid("customer_name", "A customer that has no key yet needs a customer_name")
    if isinstance(error, CustomerUnknown):
        return not_found("No such customer")
    if isinstance(error, KeyUnknown):
        return not_found("The customer has no such key")
    if isinstance(error, TooManyKeys):
        return conflict(f"The customer has {MAXIMUM_LIVE_KEYS} keys in use: revoke one first", reason="too_many_keys")
    raise TypeError(f"{type(error).__name__} has no answer")


def _listing(known: CustomerKeys, now: float) -> dict[str, Any]:
    customer = known.customer
    keys = sorted(known.keys, key=lambda record: (record.created_at, record.key_id))
    return {
        "customer_id": customer.customer_id,
        "customer_name": customer.customer_name,
        "status": ACTIVE if customer.revoked_at is None else REVOKED,
        "keys": [_key(record, now) for record in keys],
        "count": len(keys),
    }


def _key(record: KeyRecord, now: float) -> dict[str, Any]:
    document = {"key_id": record.key_id, "status": record.status(now), "created_at": _time(record.created_at)}
    if record.label is not None:
        document["label"] = record.label
    if record.expires_at is not None:
        document["expires_at"] = _time(record.expires_at)
    if record.revoked_at is not None:
        document["revoked_at"] = _time(record.revoked_at)
    return document


def _time(seconds: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))
