"""Gap: the emulator saves its state at a clean stop only; a crash loses everything since its start.

AWS keeps what it has acknowledged. Here `emulator_states` takes all states for `sandbox.server.saving`, which writes
them every few seconds. Taking Lambda's state has a side effect that was harmless at a stop: it deletes code archives
that no function uses any more, before the file that still names them is replaced. The wrap postpones that until the
new state is on disk (`delete_unused_code`), so that a crash in between cannot leave a function without its code.

The emulator's own save at its stop is left out: the process saves once more itself when the emulator has ended, and
writes what changed only.

What is done at every save must be cheap: the emulator copies logs and metrics, its largest states, which here are
encoded before anything else can happen to them, and it reads every archive of code to find its digest.
"""

import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from sandbox.fidelity.changes import state_changed
from sandbox.fidelity.diagnostics import drop_old_diagnostics
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.state_documents import StateDocument, StateEncoder
from sandbox.fidelity.wrapping import EmulatorChangedError, require_parameters, wrap

logger = logging.getLogger("gatehouse.saving")

application = emulator_module("app")
lambda_service = emulator_module("services.lambda_svc")
persistence = emulator_module("core.persistence")

_postponed: list[Callable[[], None]] = []
_failing: set[str] = set()
ENCODED_UNCOPIED: Final = ("cloudwatch_logs", "cloudwatch")
_uncopied: Final[dict[str, Callable[[], Any]]] = {}
# Digests of code archives by identity, with the archive itself, so that no other one can come by its number.
_archives: Final[dict[int, tuple[bytes, str]]] = {}
_encoder: Final = StateEncoder(persistence._json_default)


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap and checks the private functions that `emulator_states` calls."""
    del settings
    require_parameters(application, "_build_persistence_save_dict", ())
    require_parameters(persistence, "_state_format_version", ("service",))
    require_parameters(persistence, "_json_default", ("obj",))
    wrap(lambda_service, "_prune_orphan_code_blobs", ("referenced",), _postpone, by=__name__)
    wrap(lambda_service, "_write_code_blob", ("code_zip",), written_once, by=__name__)
    wrap(application, "save_all", ("services",), _saving_nothing, by=__name__)
    for name in ENCODED_UNCOPIED:
        _uncopied[name] = uncopied(emulator_module(f"services.{name}"))


def uncopied(service: Any) -> Callable[[], dict[str, Any]]:
    """Answers what `get_state` of the service answers a copy of. Raises `EmulatorChangedError` where it is unknown."""
    require_parameters(service, "get_state", ())
    copies: dict[str, Any] = service.get_state()
    for name, copied in copies.items():
        if type(getattr(service, f"_{name}", None)) is not type(copied):
            raise EmulatorChangedError(f"{service.__name__} does not keep {name} where it did")
    names = tuple(copies)
    return lambda: {name: getattr(service, f"_{name}") for name in names}


def _postpone(original: Callable[[set[str]], None]) -> Callable[[set[str]], None]:
    @wraps(original)
    def prune(referenced: set[str]) -> None:
        _postponed[:] = [lambda: original(referenced)]
        for number, (_, digest) in list(_archives.items()):
            if digest not in referenced:
                del _archives[number]

    return prune


def _saving_nothing(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    @wraps(original)
    def save_all(services: dict[str, Any]) -> None:
        del services

    return save_all


def written_once(original: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """The emulator's writer of code archives, which reads an archive again only where its file is gone."""

    @wraps(original)
    def write(code_zip: bytes) -> str:
        known = _archives.get(id(code_zip))
        if known is None or not (Path(lambda_service.CODE_BLOB_DIR) / f"{known[1]}.zip").exists():
            known = _archives[id(code_zip)] = code_zip, original(code_zip)
        return known[1]

    return write


def delete_unused_code() -> None:
    """Deletes the code archives that the state saved last does not name. To be called when that state is on disk."""
    while _postponed:
        _postponed.pop()()


def emulator_states() -> dict[str, StateDocument]:
    """The state of every service of the emulator that is in use, in the format of its own `save_state`.

    A service whose state cannot be taken (a function's thread may be changing it) keeps its last file and is tried
    again with the next save; the first time it is named in the log. Raises `OSError`: a code archive cannot be written.
    """
    drop_old_diagnostics()
    states: dict[str, StateDocument] = {}
    takers: dict[str, Callable[[], Any]] = application._build_persistence_save_dict()
    for name, take in takers.items():
        try:
            state = _uncopied.get(name, take)()
            if state is None:
                continue
            document = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            states[name] = _encoder.document(document)
        except OSError:
            raise  # a full disk concerns all of them
        except Exception:  # one service's trouble must not end the saving of the others
            state_changed()
            if name not in _failing:
                logger.exception("the state of %s cannot be saved now; its last file stays until it can be", name)
            _failing.add(name)
        else:
            _failing.discard(name)
    _encoder.keep_only(states)
    return states
