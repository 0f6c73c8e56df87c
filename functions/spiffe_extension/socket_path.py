"""Where extension and function meet: the path of a unix socket that both compute, and whose socket may be trusted.

On Lambda an execution environment has a `/tmp` of its own. Elsewhere, as in the sandbox, several share one, so that the
address of the Lambda Runtime API, which every environment has for itself, is in the name. The folder may be everybody's
then: a socket is believed only where it belongs to this process's own user, and the folder's sticky bit keeps others
from replacing it.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"
_LONGEST_FOLDER = 50  # a socket's path has at most 103 bytes (macOS; Linux 107), and an address at most some 20
_LONGEST_ADDRESS = 40


def socket_path(environment: Mapping[str, str]) -> str:
    """Return the path; raises `KeyError` outside of an execution environment."""
    address = environment[RUNTIME_API]
    name = "".join(character if character.isalnum() and character.isascii() else "-" for character in address)
    folder = environment.get("TMPDIR", "")
    if not folder or len(os.fsencode(folder)) > _LONGEST_FOLDER:
        folder = "/tmp"  # noqa: S108 -- Lambda's only writable folder; see above
    return f"{folder.rstrip('/')}/spiffe-verifier-{name[-_LONGEST_ADDRESS:]}.sock"


def is_own_socket(path: str) -> bool:
    """Tell whether a socket of this process's user is at `path`, which is not followed if it is a link."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid()
