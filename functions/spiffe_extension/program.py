"""The extension's process, from its start to SHUTDOWN.

    register ──► settings, library ──► first keys (at most 4 s) ──► listen ──► wait for SHUTDOWN ──► end
                    │ wrong: init/error, the function's initialisation fails
                    └─ runs beside the runtime's own start, which waits only for the registration

It registers for SHUTDOWN alone: with INVOKE every invocation would have to wait until it asks for the next one. An
issuer that does not answer is no failure of the initialisation, because it may answer before the first token comes:
tokens are refused for the moment then, with a reason that says so.

What it writes is one JSON line per event, never a token or a key.
"""

from __future__ import annotations

import json
import os
import sys
import time

from spiffe_extension.extensions_api import SHUTDOWN, ExtensionsApi, ExtensionsApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jwt_verification.key_set_errors import KeySetError
    from spiffe_extension.key_refresh import KeyRefresh
    from spiffe_extension.socket_server import SocketServer

RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"
# Of the 10 s that Lambda gives everything before the first invocation.
FIRST_KEYS_SECONDS = 4.0
SETTINGS_ERROR, START_ERROR = "Extension.SettingsError", "Extension.StartFailed"


def run(name: str, environment: Mapping[str, str]) -> int:
    """Be the extension called `name`; returns the process's exit status."""
    address = environment.get(RUNTIME_API)
    if not address:
        log(f"{RUNTIME_API} is not set: only Lambda, or what stands for it, starts an extension")
        return 1
    api = ExtensionsApi(address)
    try:
        api.register(name, [SHUTDOWN])
    except ExtensionsApiError as error:
        log("Lambda does not register the extension", problem=str(error))
        return 1
    service = Service(environment)
    try:
        service.start()
    except Exception as error:  # noqa: BLE001 -- Lambda is told of whatever it is, and the process ends
        error_type = SETTINGS_ERROR if type(error).__name__ == "SettingsError" else START_ERROR
        # A SettingsError names the variable and never its value; of others only the class is known to be harmless.
        message = str(error) if error_type == SETTINGS_ERROR else type(error).__name__
        log("extension cannot start", problem=message)
        api.init_error(error_type, message)
        return 1
    try:
        while api.next_event().get("eventType") != SHUTDOWN:
            pass
    except ExtensionsApiError:
        log("Lambda's extensions API is gone")
        return 1
    finally:
        service.stop()
    return 0


class Service:
    """The verifier with keys that stay fresh, and the socket on which it answers."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the settings; nothing is read yet."""
        self._environment = environment
        self._refreshes: list[KeyRefresh] = []
        self._server: SocketServer | None = None

    def start(self) -> None:
        """Load the first keys and listen. Raises `SettingsError`, or what keeps it from listening."""
        # Only now: the runtime has started by itself meanwhile.
        from jwt_verification.refreshing_key_source import RefreshingKeySource
        from spiffe_extension.key_refresh import KeyRefresh
        from spiffe_extension.socket_path import socket_path
        from spiffe_extension.socket_server import SocketServer
        from spiffe_verifier.from_environment import verifier_of
        from spiffe_verifier.settings import settings_of

        verifier = verifier_of(self._environment, report_left_out=_left_out)
        interval = settings_of(self._environment).refresh_seconds
        for each in verifier.trust_domains:
            if isinstance(each.keys, RefreshingKeySource):  # as `verifier_of` makes all of them
                report = _reporter(each.trust_domain.name)
                self._refreshes.append(KeyRefresh(each.keys, interval_seconds=interval, report=report))
        for refresh in self._refreshes:
            refresh.start()
        ends = time.monotonic() + FIRST_KEYS_SECONDS
        for refresh in self._refreshes:
            refresh.attempted.wait(max(0.0, ends - time.monotonic()))
        self._server = SocketServer(socket_path(self._environment), verifier, failed=_failed)
        self._server.start()

    def stop(self) -> None:
        """Begin nothing new."""
        for refresh in self._refreshes:
            refresh.stop()
        if self._server is not None:
            self._server.stop()


def _reporter(trust_domain: str) -> Callable[[KeySetError | None], None]:
    def report(error: KeySetError | None) -> None:
        if error is None:
            log("keys loaded", trust_domain=trust_domain)
        else:
            log("keys cannot be loaded", trust_domain=trust_domain, reason=error.code, problem=str(error))

    return report


def _left_out(trust_domain: str, left_out: Mapping[str, int]) -> None:
    log("keys that the trust domain publishes are not used", trust_domain=trust_domain, left_out=dict(left_out))


def _failed(error: BaseException) -> None:
    log("verifier failed", problem=type(error).__name__)


def log(message: str, **members: str | dict[str, int]) -> None:
    """Write one line; `members` hold nothing of a token or a key."""
    sys.stdout.write(json.dumps({"extension": "spiffe-verifier", "message": message, **members}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run as `program <name of the executable>`."""
    sys.exit(run(sys.argv[1], os.environ))
