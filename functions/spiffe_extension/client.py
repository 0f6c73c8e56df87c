"""The function's verifier of JWT-SVIDs: it asks the extension beside it, and is the library itself where there is none.

    SPIFFE_VERIFICATION   in_process   the library
                          extension    the extension; where nobody answers, the library, from then on

Both give the same results and raise the same errors (`spiffe_verifier.jwt_svid_verifier` names them). The extension has
a process of its own, so that this one neither imports cryptography nor fetches keys; for the same reason the library
is imported only when it is needed. The connection is opened by the first token: at import nobody may listen yet.
"""

from __future__ import annotations

import json
import socket
import sys
from _thread import allocate_lock

from jwt_verification.compact_jws import split_compact_jws
from spiffe_extension.frames import MAXIMUM_ANSWER_BYTES, FrameError, receive_frame, send_frame
from spiffe_extension.socket_path import is_own_socket, socket_path
from spiffe_extension.svid_answer import AnswerError, svid_of
from spiffe_verifier.errors import SettingsError
from spiffe_verifier.settings import settings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from spiffe_verifier.jwt_svid import JwtSvid

    class SvidVerifier(Protocol):
        """Verifies JWT-SVIDs."""

        def verify(self, token: object) -> JwtSvid:
            """See `spiffe_verifier.jwt_svid_verifier.JwtSvidVerifier.verify`."""
            ...


VERIFICATION = "SPIFFE_VERIFICATION"
BY_EXTENSION, IN_PROCESS = "extension", "in_process"
# Longer than the library takes at the worst: discovery and key set, each within its own limit of 3 s.
TIMEOUT_SECONDS = 8.0


def _write(line: str) -> None:
    sys.stdout.write(line)  # looked up now: Lambda's runtime client puts its own there
    sys.stdout.flush()


def svid_verifier(environment: Mapping[str, str], *, write: Callable[[str], object] = _write) -> SvidVerifier:
    """Return the verifier that the environment describes; nothing is asked or fetched before the first token.

    Args:
        environment: usually `os.environ`: the variables of `spiffe_verifier.settings`, and `SPIFFE_VERIFICATION`.
        write: gets the lines that say that the extension is not there, and which keys are not used.

    Raises:
        SettingsError: a setting is missing or cannot be meant.
    """
    how = environment.get(VERIFICATION, IN_PROCESS)
    if how == IN_PROCESS:
        return _library(environment, write)
    if how != BY_EXTENSION:
        raise SettingsError(f"{VERIFICATION} is {BY_EXTENSION} or {IN_PROCESS}")
    settings_of(environment)  # what cannot be meant is refused at import, wherever tokens are verified
    try:
        path = socket_path(environment)
    except KeyError:
        path = ""  # no execution environment, so no extension
    return ExtensionVerifier(path, otherwise=lambda: _library(environment, write), write=write)


def _library(environment: Mapping[str, str], write: Callable[[str], object]) -> SvidVerifier:
    from jwt_verification.left_out_log import left_out_log
    from spiffe_verifier.from_environment import verifier_of

    return verifier_of(
        environment,
        report_left_out=lambda trust_domain, left_out: left_out_log(trust_domain, write=write)(left_out),
    )


class ExtensionVerifier:
    """See the module."""

    def __init__(
        self,
        path: str,
        *,
        otherwise: Callable[[], SvidVerifier],
        write: Callable[[str], object],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Take the socket's path, and what makes the verifier to use where nobody answers there."""
        self._path = path
        self._otherwise = otherwise
        self._write = write
        self._timeout_seconds = timeout_seconds
        self._connection: socket.socket | None = None
        self._instead: SvidVerifier | None = None
        self._asking = allocate_lock()

    def verify(self, token: object) -> JwtSvid:
        """See `spiffe_verifier.jwt_svid_verifier.JwtSvidVerifier.verify`."""
        if self._instead is not None:
            return self._instead.verify(token)
        split_compact_jws(
            token
        )  # what is no token at all costs no message, and gets here the answer that it gets there
        with self._asking:
            answer = self._answer(str(token).encode("ascii"))
        if answer is not None:
            try:
                return svid_of(answer)
            except AnswerError as error:
                self._give_up(str(error))
        return self._fallback().verify(token)

    def close(self) -> None:
        """End the connection, which a function keeps for as long as it lives; the next token would open another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _answer(self, token: bytes) -> bytes | None:
        """Ask; None where nobody answers, so that it is asked no more."""
        if self._instead is not None:
            return None
        kept = self._connection is not None
        try:
            return self._asked(token)
        except (OSError, FrameError) as error:
            problem = error
        if kept and not isinstance(problem, TimeoutError):
            try:  # the extension was started again since the last token, as Lambda does after a failure
                return self._asked(token)
            except (OSError, FrameError) as error:
                problem = error
        self._give_up(type(problem).__name__)
        return None

    def _asked(self, token: bytes) -> bytes:
        connection = self._connection
        self._connection = None  # unless this goes well
        if connection is None:
            connection = self._connected()
        try:
            connection.settimeout(self._timeout_seconds)
            send_frame(connection, token)
            answer = receive_frame(connection, maximum_bytes=MAXIMUM_ANSWER_BYTES, seconds=self._timeout_seconds)
            if answer is None:
                raise FrameError("the extension has ended the connection")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return answer

    def _connected(self) -> socket.socket:
        if not is_own_socket(self._path):
            raise FileNotFoundError
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._timeout_seconds)
            connection.connect(self._path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_up(self, problem: str) -> None:
        line = {"message": "SPIFFE extension does not answer, verifying in process", "problem": problem}
        self._write(json.dumps(line) + "\n")
        self._fallback()

    def _fallback(self) -> SvidVerifier:
        if self._instead is None:
            self._instead = self._otherwise()
        return self._instead
