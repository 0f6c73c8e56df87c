"""A save writes what the emulator would write, without the work that the emulator does for it each time."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.saving_while_running import ENCODED_UNCOPIED, lambda_service, uncopied, written_once
from sandbox.fidelity.wrapping import EmulatorChangedError

persistence = emulator_module("core.persistence")


def encoded(state: object) -> str:
    return json.dumps(state, default=persistence._json_default)


@pytest.mark.parametrize("name", ENCODED_UNCOPIED)
def test_what_is_encoded_uncopied_is_what_the_emulator_would_copy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = emulator_module(f"services.{name}")
    state = uncopied(service)
    for part, kept in service.get_state().items():
        filled = copy.deepcopy(kept)
        if isinstance(filled, list):
            filled.append({"of": part})
        else:
            filled[f"a {part}"] = {"events": [{"message": "é", "timestamp": 1.5}, {"of": part}]}
        monkeypatch.setattr(service, f"_{part}", filled)

    assert encoded(state()) == encoded(service.get_state())
    assert all(f"a {part}" in encoded(state()) or f'"of": "{part}"' in encoded(state()) for part in state())


def test_a_service_that_keeps_its_state_elsewhere_is_refused_at_start() -> None:
    def get_state() -> dict[str, Any]:
        return {"log_groups": {}}

    moved = SimpleNamespace(__name__="moved", get_state=get_state, log_groups={})
    with pytest.raises(EmulatorChangedError, match="moved does not keep log_groups where it did"):
        uncopied(moved)


def test_an_archive_of_code_is_read_again_only_where_its_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_service, "CODE_BLOB_DIR", str(tmp_path))
    read: list[bytes] = []

    def write(code_zip: bytes) -> str:
        read.append(code_zip)
        name = code_zip.decode()
        (tmp_path / f"{name}.zip").write_bytes(code_zip)
        return name

    once, archives = written_once(write), [b"first", b"second"]
    for _ in range(3):
        assert [once(archive) for archive in archives] == ["first", "second"]
    assert read == archives

    (tmp_path / "first.zip").unlink()
    assert [once(archive) for archive in archives] == ["first", "second"]
    assert read == [*archives, b"first"]
