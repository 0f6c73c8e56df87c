"""Secrets of a local run from files: `--secret SIGNING_KEY_SECRET_ARN=key.json`.

The file holds the secret's value, or what `aws secretsmanager get-secret-value` printed: then the version's id is the
real one, which tokens may name as their `kid`. Only its owner may read the file (mode 0600): a secret that others can
read has to be replaced, not used. The chain sees an ARN in the variable, as in Lambda, never the value.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cli.errors import CliError

MAXIMUM_SECRET_BYTES = 65_536  # quota of Secrets Manager
VERSION_ID = "local"
# The account is nobody's; the ARN leads nowhere but to the file.
_ARN = "arn:aws:secretsmanager:local:000000000000:secret:{name}-local"


@dataclass(frozen=True, kw_only=True)
class FileSecret:
    """A secret under the name of its environment variable; `repr` does not show the value."""

    name: str
    version_id: str
    value: str

    @property
    def arn(self) -> str:
        """What the environment variable holds."""
        return _ARN.format(name=self.name)

    def __repr__(self) -> str:
        """Show the name only."""
        return f"<FileSecret {self.name}>"


def read_secret_file(name: str, path: Path) -> FileSecret:
    """Return the secret in the file.

    Raises:
        CliError: it cannot be read, others may read it, or it is not text. The message names the file, never a value.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(path.stat().st_mode)
            content = stream.read(MAXIMUM_SECRET_BYTES * 2 + 1)
    except OSError as error:
        raise CliError(f"--secret {name}: {path} cannot be read ({error.strerror or error})") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CliError(f"--secret {name}: others may use {path} (mode {mode:04o}): run `chmod 600 {path}`")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise CliError(f"--secret {name}: {path} is not UTF-8 text") from None
    version_id, value = _version_in(text)
    if len(value.encode()) > MAXIMUM_SECRET_BYTES:
        raise CliError(f"--secret {name}: {path} is larger than a secret can be ({MAXIMUM_SECRET_BYTES} bytes)")
    if not value:
        raise CliError(f"--secret {name}: {path} is empty")
    return FileSecret(name=name, version_id=version_id, value=value)


def _version_in(text: str) -> tuple[str, str]:
    """Return version id and value; of a plain value, without the line end that editors add."""
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        members = cast("dict[str, Any]", document)
        version_id, value = members.get("VersionId"), members.get("SecretString")
        if isinstance(version_id, str) and isinstance(value, str):
            return version_id, value
    return VERSION_ID, text.removesuffix("\n").removesuffix("\r")
