"""The passphrase that the secrets in a sandbox's state depend on: random, once per state folder, readable by its user
only.

It deliberately is never printed, and never made anew beside a state that was encrypted with a lost one.
"""

import os
import secrets
from pathlib import Path

from sandbox.errors import SandboxError

PASSPHRASE_BYTES = 32
OWNER_ONLY = 0o600


def ensure_passphrase(state_directory: Path) -> Path:
    """The file `<state_directory>/passphrase`, made if this is a new state. Raises `SandboxError` when it is lost."""
    file = state_directory / "passphrase"
    if file.exists():
        if not file.read_text(encoding="utf-8").strip():
            raise _lost(file, "is empty")
        if file.stat().st_mode & 0o077:
            file.chmod(OWNER_ONLY)
        return file
    if any((state_directory / "pulumi" / ".pulumi" / "stacks").glob("*/*.json")):
        raise _lost(file, "is missing")
    scratch = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(PASSPHRASE_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            file.hardlink_to(scratch)  # unlike a rename, this never replaces what another process made meanwhile
        except FileExistsError:
            return file
    finally:
        scratch.unlink(missing_ok=True)
    return file


def _lost(file: Path, how: str) -> SandboxError:
    return SandboxError(
        f"{file} {how}, and the deployment's state cannot be read without it: run `make reset`, which deletes both."
    )
