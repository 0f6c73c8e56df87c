"""What operators do to the registry: each change is in the audit trail before it is made, and again when it is.

Two operators at once do no harm: who comes second starts again from what the first has written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from audit_trail.records import REQUESTED, SUCCEEDED, audit_record
from audit_trail.trail import AuditUnavailable
from cli.errors import CliError
from client_certificates.changes import Change, ChangeRefused
from client_certificates.errors import StandingUnknown
from client_certificates.records import ClientEntry
from client_certificates.registry import ChangeNotMade

if TYPE_CHECKING:
    from audit_trail.trail import AuditTrail
    from client_certificates.registry import ClientRegistry

ATTEMPTS = 4

REGISTER_CERTIFICATE = "register_certificate"
REVOKE_CERTIFICATE = "revoke_certificate"
REVOKE_CLIENT = "revoke_client"
SUSPEND_CERTIFICATE, RESUME_CERTIFICATE = "suspend_certificate", "resume_certificate"
SUSPEND_CLIENT, RESUME_CLIENT = "suspend_client", "resume_client"
LOAD_REVOCATIONS = "load_revocations"


class Operators:
    """Changes the registry."""

    def __init__(self, *, registry: ClientRegistry, trail: AuditTrail, who: str, clock: Callable[[], float]) -> None:
        """Take the registry, the trail, who acts (an ARN) and seconds since 1970."""
        self._registry = registry
        self._trail = trail
        self._who = who
        self._clock = clock

    def client(self, client_id: str) -> ClientEntry:
        """Return a client that is registered; raises `CliError`."""
        entry = self.find(client_id)
        if entry is None:
            raise CliError(f"there is no client {client_id}: `client list` shows them, `client issue` makes one")
        return entry

    def find(self, client_id: str) -> ClientEntry | None:
        """Return a client, None where there is none; raises `CliError`."""
        try:
            return self._registry.load(client_id)
        except StandingUnknown as error:
            raise CliError(f"cannot read the registry: {error}") from None

    def change(
        self,
        action: str,
        client_id: str,
        make: Callable[[ClientEntry | None], Change | None],
        *,
        certificate: str = "",
    ) -> bool:
        """Make a change from what is known of a client (None: nothing); False where there was nothing to change.

        Raises:
            CliError: it does not fit what is known, or cannot be written or recorded.
        """
        for attempt in range(ATTEMPTS):
            try:
                change = make(self.find(client_id))
            except ChangeRefused as refused:
                raise CliError(str(refused)) from None
            if change is None:
                # Of an attempt whose answer was lost, this is how its success shows.
                if attempt:
                    self.record(action, SUCCEEDED, client_id=client_id, certificate=certificate)
                return attempt > 0
            if attempt == 0:
                self.record(action, REQUESTED, client_id=client_id, certificate=certificate)
            try:
                self._registry.commit(change)
            except ChangeNotMade:
                continue
            except StandingUnknown as error:
                raise CliError(f"nothing was changed, the registry cannot be written: {error}") from None
            self.record(action, SUCCEEDED, client_id=client_id, certificate=certificate)
            return True
        raise CliError(
            "the registry changed during each attempt, or a certificate belongs to another client: look again"
        )

    def record(self, action: str, outcome: str, *, client_id: str = "", certificate: str = "") -> None:
        """Add a record to the trail; raises `CliError`: what cannot be recorded is not done."""
        record = audit_record(
            now=self._clock(),
            action=action,
            outcome=outcome,
            who=self._who,
            client_id=client_id,
            certificate=certificate,
        )
        try:
            self._trail.write(record)
        except AuditUnavailable as error:
            done = "nothing was changed" if outcome == REQUESTED else "the change was made, and not recorded as done"
            raise CliError(f"the audit trail cannot be written ({error}); {done}: repeat it when it can") from None
