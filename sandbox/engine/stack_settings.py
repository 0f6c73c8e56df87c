"""The stack's settings file as the engine may write to it: a copy in the state folder.

The engine keeps bookkeeping of its own in `Pulumi.<stack>.yaml` (the salt of this machine's passphrase). The file in
the checkout is committed and the same for everyone, so the engine gets a copy, renewed whenever the original changes.
What `pulumi config set` stores is in the copy only, and is given up when the original changes: it deliberately merges
nothing.
"""

import hashlib
import os
from pathlib import Path


def sync_settings(*, project_directory: Path, state_directory: Path, stack: str) -> Path:
    """Brings the copy up to date and answers its path."""
    name = f"Pulumi.{stack}.yaml"
    try:
        original = (project_directory / name).read_bytes()
    except FileNotFoundError:
        original = b"{}\n"
    copy = state_directory / "stack-settings" / name
    stamp = copy.with_suffix(".sha256")
    digest = hashlib.sha256(original).hexdigest()
    if not copy.exists() or not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        copy.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)  # an interruption from here on only makes the copy be renewed again
        scratch = copy.with_name(f".{name}.{os.getpid()}")
        scratch.write_bytes(original)
        scratch.replace(copy)
        stamp.write_text(digest, encoding="ascii")
    return copy
