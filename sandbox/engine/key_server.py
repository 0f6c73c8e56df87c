"""Wraps and unwraps the key of a stack's secrets for the engine: HashiCorp Vault's transit interface, as far as the
engine calls it, for as long as an engine command runs.

From a passphrase the engine makes its key anew at every command, by a million rounds of PBKDF2: 0.7 s of processor time
against the guessing of what a person has thought of. Ours is random. So a stack gets a random data key, which its state
holds wrapped (AES-256-GCM) with a key from the passphrase; the engine has it unwrapped here, on a loopback port, with a
token that no other command has.

Deliberately keeps nothing, and changes no stack: one that was made with the passphrase itself goes on with it.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import signal
import socketserver
import threading
from collections.abc import Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

KEY = "sandbox"
PROVIDER = f"hashivault://{KEY}"
"""What the engine calls the secrets provider of a stack whose key is kept in this way."""
WRAPPED = "vault:v1:"
NONCE_BYTES = 12  # of AES-GCM
LONGEST_REQUEST = 10_000
"""In bytes; a request holds one key of 32 bytes."""
READ_SECONDS = 10.0
INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """Answers an engine that has the token."""

    passphrase: str
    token: str

    def answer(self, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and document, as https://developer.hashicorp.com/vault/api-docs/secret/transit has them."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return 403, {"errors": ["permission denied"]}
        try:
            sent: object = json.loads(body)
            members = cast("dict[str, str]", sent) if isinstance(sent, dict) else {}
            if path == f"/v1/transit/encrypt/{KEY}":
                return 200, {"data": {"ciphertext": self._wrapped(base64.b64decode(members["plaintext"]))}}
            if path == f"/v1/transit/decrypt/{KEY}":
                data_key = self._unwrapped(members["ciphertext"])
                return 200, {"data": {"plaintext": base64.b64encode(data_key).decode()}}
        except (KeyError, ValueError) as error:
            return 400, {"errors": [str(error)]}
        return 404, {"errors": [f"nothing is served at {path}"]}

    def _wrapped(self, data_key: bytes) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return WRAPPED + base64.b64encode(nonce + self._cipher().encrypt(nonce, data_key, None)).decode()

    def _unwrapped(self, wrapped: str) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed = base64.b64decode(wrapped.removeprefix(WRAPPED))
        try:
            return self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except InvalidTag:
            raise ValueError("the key of this stack was wrapped with another passphrase than the one here") from None

    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # here: many commands ask the engine nothing

        return AESGCM(hashlib.sha256(self.passphrase.encode()).digest())


@contextlib.contextmanager
def serving_keys(passphrase_file: Path) -> Generator[dict[str, str]]:
    """Serves for the length of a block, with the variables by which the engine finds the way here."""
    keeper = Keeper(
        passphrase=passphrase_file.read_text(encoding="utf-8").strip(), token=secrets.token_urlsafe(NONCE_BYTES * 2)
    )

    class Handler(BaseHTTPRequestHandler):
        timeout = READ_SECONDS

        def do_PUT(self) -> None:
            told = self.headers.get("content-length", "0")
            length = min(int(told), LONGEST_REQUEST) if told.isdecimal() else 0
            token = self.headers.get("x-vault-token", "")
            status, document = keeper.answer(self.path, token, self.rfile.read(length))
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Says nothing on the terminal, where the engine's own output is."""

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        # Threads inherit what is blocked. A signal that one of them took would not wake the main thread, which waits
        # for the engine and hands interruptions on to it: Ctrl-C would be lost until the engine has ended.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
        try:
            thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}"
            yield {"VAULT_SERVER_URL": url, "VAULT_SERVER_TOKEN": keeper.token}
        finally:
            server.shutdown()
            thread.join()
