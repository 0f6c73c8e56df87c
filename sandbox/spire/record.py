"""What is known of the SPIRE that runs beside a sandbox, for every later command: `.sandbox/spire/spire.json`.

The record is there from `make spire` until `make down` or `make reset`: it says that SPIRE is wanted, and where it
answers. Whether the processes still run is `processes`. Deliberately no key and no join token in it.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError

FOLDER = "spire"
RECORD_FILE = "spire.json"


@dataclass(frozen=True, kw_only=True)
class SpireRecord:
    """Where SPIRE answers, and which processes it is: `processes` maps each program's name to its id and its start."""

    trust_domain: str
    issuer_url: str
    binaries: str
    server_socket: str
    workload_socket: str
    agent_id: str
    processes: dict[str, tuple[int, str]]


def spire_directory(state_directory: Path) -> Path:
    """Where SPIRE's data, configuration and logs are."""
    return state_directory / FOLDER


def read_record(state_directory: Path) -> SpireRecord | None:
    """The record; None where SPIRE was not started. Raises `SandboxError` when it cannot be read."""
    file = spire_directory(state_directory) / RECORD_FILE
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        if set(found) != {field.name for field in fields(SpireRecord)}:
            raise ValueError("other members")
        members: dict[str, Any] = dict(found)
        members["processes"] = {name: (int(pid), str(started)) for name, (pid, started) in found["processes"].items()}
        return SpireRecord(**members)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, AttributeError) as error:
        raise SandboxError(
            f"{file} is damaged or of another version: delete it, then run `make spire` to use SPIRE again."
        ) from error


def write_record(state_directory: Path, record: SpireRecord) -> None:
    """Replaces the record. Raises OSError."""
    file = spire_directory(state_directory) / RECORD_FILE
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    scratch.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    scratch.replace(file)


def remove_record(state_directory: Path) -> None:
    """Forgets SPIRE, if it was known."""
    (spire_directory(state_directory) / RECORD_FILE).unlink(missing_ok=True)
