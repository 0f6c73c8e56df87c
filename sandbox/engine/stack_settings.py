"""The stack's settings file as the engine may write to it: a copy in the state folder.

The engine keeps bookkeeping of its own in `Pulumi.<stack>.yaml` (the wrapped key of this machine's stack). The file in
the checkout is committed and the same for everyone, so the engine gets a copy. It has additions that only this
machine's sandbox knows, such as an address; what the original says is never replaced. It is renewed whenever the
original or the additions change. What `pulumi config set` stores is in the copy only, and is given up then: it
deliberately is not merged.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.errors import SandboxError
from sandbox.yaml_documents import parsed


def sync_settings(
    *, project_directory: Path, state_directory: Path, stack: str, additions: Mapping[str, Any] | None = None
) -> Path:
    """Brings the copy up to date and answers its path. `additions` are configuration by full name (`gatehouse:x`).

    Raises `SandboxError` where there are additions, and the original is no YAML to add them to.
    """
    name = f"Pulumi.{stack}.yaml"
    try:
        original = (project_directory / name).read_bytes()
    except FileNotFoundError:
        original = b"{}\n"
    wanted = _with_additions(original, additions, name) if additions else original
    copy = state_directory / "stack-settings" / name
    stamp = copy.with_suffix(".sha256")
    told = json.dumps(additions, sort_keys=True).encode() if additions else b""
    digest = hashlib.sha256(original + told).hexdigest()
    if not copy.exists() or not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        copy.parent.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)  # an interruption from here on only makes the copy be renewed again
        scratch = copy.with_name(f".{name}.{os.getpid()}")
        scratch.write_bytes(wanted)
        scratch.replace(copy)
        stamp.write_text(digest, encoding="ascii")
    return copy


def _with_additions(original: bytes, additions: Mapping[str, Any], name: str) -> bytes:
    try:
        document: object = parsed(original) or {}
    except yaml.YAMLError as error:
        raise SandboxError(f"{name} is not valid YAML: {' '.join(str(error).split())}") from error
    members = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    config: object = members.get("config") or {}
    if not isinstance(document, dict) or not isinstance(config, dict):
        raise SandboxError(f"{name} must be a mapping with `config:` and the settings in it: correct that.")
    merged = {**members, "config": {**additions, **cast("dict[str, Any]", config)}}
    return yaml.safe_dump(merged, sort_keys=False, allow_unicode=True).encode()
