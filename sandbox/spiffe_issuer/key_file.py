"""Keeps the keys of each trust domain in the state folder, readable by its user only, so that tokens outlive a restart.

One file per trust domain, replaced whole: a process that is killed while it writes leaves the old one. Deliberately no
encryption: the keys are worth as much as this sandbox, and whoever reads the folder has the sandbox's state as well.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from sandbox.spiffe_issuer.errors import KeyFileError
from sandbox.spiffe_issuer.key_ring import KeyRing, PrivateKey, SigningKey, checked_key_type

_OWNER_ONLY = 0o600


def known_trust_domains(folder: Path) -> list[str]:
    """The trust domains that have keys."""
    return sorted(file.stem for file in folder.glob("*.json"))


def read_ring(folder: Path, trust_domain: str) -> KeyRing | None:
    """The trust domain's keys; None where it has none yet. Raises `KeyFileError`."""
    file = folder / f"{trust_domain}.json"
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        keys = tuple(_key(stored) for stored in document["keys"])
        return KeyRing(keys=keys, sequence=int(document["sequence"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileError(f"{file} is damaged: delete it, and the trust domain gets new keys") from error


def write_ring(folder: Path, trust_domain: str, ring: KeyRing) -> None:
    """Replaces the trust domain's keys. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = {"sequence": ring.sequence, "keys": [_stored(key) for key in ring.keys]}
    scratch = folder / f".{trust_domain}.{secrets.token_hex(4)}"
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(folder / f"{trust_domain}.json")
    finally:
        scratch.unlink(missing_ok=True)


def _key(stored: Any) -> SigningKey:
    until = stored["published_until"]
    return SigningKey(
        key_id=str(stored["key_id"]),
        key_type=checked_key_type(stored["key_type"]),
        private=cast("PrivateKey", load_pem_private_key(stored["private_key"].encode("ascii"), password=None)),
        published_until=None if until is None else float(until),
    )


def _stored(key: SigningKey) -> dict[str, Any]:
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "key_id": key.key_id,
        "key_type": key.key_type,
        "published_until": key.published_until,
        "private_key": pem.decode("ascii"),
    }
