"""What is written is what the emulator would write itself; large bytes are looked at once."""

import json
from unittest.mock import patch

import pytest

from sandbox.fidelity import state_documents
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.state_documents import LARGE_BYTES, StateEncoder

persistence = emulator_module("core.persistence")
LARGE = bytes(range(256)) * (LARGE_BYTES // 128)


@pytest.mark.parametrize(
    "state",
    [
        {"a": [1, None, "é"], "b": b"small"},
        {"layers": [{"zip": LARGE}, {"zip": LARGE[1:]}, {"zip": LARGE}], "text": "large-bytes-"},
    ],
)
def test_a_document_is_what_the_emulator_would_write(state: object) -> None:
    written = StateEncoder(persistence._json_default).document(state).content()
    assert written == json.dumps(state, default=persistence._json_default).encode()
    assert json.loads(written, object_hook=persistence._json_object_hook) == state


def test_the_digest_tells_states_apart_by_their_large_bytes_too() -> None:
    encoder = StateEncoder(persistence._json_default)
    digests = [encoder.document({"zip": zipped, "n": n}).digest for zipped in (LARGE, LARGE[1:]) for n in (1, 2)]
    assert len(set(digests)) == 4
    assert encoder.document({"zip": bytes(bytearray(LARGE)), "n": 1}).digest == digests[0]


def test_large_bytes_are_read_once_while_they_are_in_a_state() -> None:
    encoder = StateEncoder(persistence._json_default)
    state = {"zip": LARGE}
    with patch.object(state_documents.hashlib, "sha256", wraps=state_documents.hashlib.sha256) as looked_at:
        for _ in range(3):
            encoder.keep_only({"lambda": encoder.document(state)})
        assert [call.args for call in looked_at.call_args_list] == [(LARGE,)]
        encoder.keep_only({"lambda": encoder.document({})})
        encoder.document(state)
        assert looked_at.call_count == 2
