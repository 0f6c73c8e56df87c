"""Who gets a stack's key unwrapped: an engine with the command's token, by the passphrase that it was wrapped with.

That the real engine keeps secrets in this way is in test_real_engine.py, and that stacks which were made with the
passphrase itself go on in test_interruption.py.
"""

import base64
import http.client
import json
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.key_server import Keeper, serving_keys

DATA_KEY = base64.b64encode(bytes(range(32))).decode()
ENCRYPT, DECRYPT = "/v1/transit/encrypt/sandbox", "/v1/transit/decrypt/sandbox"
KEEPER = Keeper(passphrase="one", token="token")


def asked(keeper: Keeper, path: str, *, token: str | None = None, **document: str) -> tuple[int, dict[str, Any]]:
    return keeper.answer(path, keeper.token if token is None else token, json.dumps(document).encode())


def wrapped() -> str:
    status, answer = asked(KEEPER, ENCRYPT, plaintext=DATA_KEY)
    assert status == 200
    return answer["data"]["ciphertext"]


def test_a_wrapped_key_says_nothing_of_the_key_and_is_unwrapped_by_the_same_passphrase() -> None:
    one, other = wrapped(), wrapped()

    assert one != other
    assert DATA_KEY not in one
    assert base64.b64decode(DATA_KEY) not in base64.b64decode(one.removeprefix("vault:v1:"))
    later = Keeper(passphrase="one", token="of another command")
    assert asked(later, DECRYPT, ciphertext=one) == (200, {"data": {"plaintext": DATA_KEY}})


def test_another_passphrase_unwraps_nothing_and_says_so() -> None:
    status, answer = asked(Keeper(passphrase="two", token="token"), DECRYPT, ciphertext=wrapped())

    assert status == 400
    assert answer == {"errors": ["the key of this stack was wrapped with another passphrase than the one here"]}


@pytest.mark.parametrize("token", ["", "tokem", "token ", "tökén"])
def test_whoever_has_not_the_token_is_told_nothing(token: str) -> None:
    assert asked(KEEPER, DECRYPT, token=token, ciphertext=wrapped()) == (403, {"errors": ["permission denied"]})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"ciphertext": "vault:v1:"}', b'{"ciphertext": "?"}'])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    assert KEEPER.answer(DECRYPT, "token", body)[0] == 400


def test_a_wrapped_key_that_was_changed_is_refused() -> None:
    sealed = bytearray(base64.b64decode(wrapped().removeprefix("vault:v1:")))
    sealed[-1] ^= 1
    assert asked(KEEPER, DECRYPT, ciphertext="vault:v1:" + base64.b64encode(sealed).decode())[0] == 400


def test_other_keys_and_other_paths_are_not_served() -> None:
    assert asked(KEEPER, "/v1/transit/decrypt/another", ciphertext=wrapped())[0] == 404


def test_it_serves_on_loopback_for_the_length_of_a_block_and_each_time_with_another_token(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("one\n")

    with serving_keys(passphrase) as one, serving_keys(passphrase) as other:
        assert one["VAULT_SERVER_URL"].startswith("http://127.0.0.1:")
        assert put(one, one["VAULT_SERVER_TOKEN"]) == (200, {"data": {"plaintext": DATA_KEY}})
        assert put(one, other["VAULT_SERVER_TOKEN"])[0] == 403
    with pytest.raises(urllib.error.URLError):
        put(one, one["VAULT_SERVER_TOKEN"])


def test_its_threads_take_no_interruption_which_the_command_hands_on_to_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("one\n")
    blocked: set[int] = set()

    def unwrapped(*_wrapped: object) -> bytes:
        blocked.update(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return b""

    monkeypatch.setattr(Keeper, "_unwrapped", unwrapped)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    with serving_keys(passphrase) as server:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        assert put(server, server["VAULT_SERVER_TOKEN"])[0] == 200

    assert {signal.SIGINT, signal.SIGTERM} <= blocked
    assert not {signal.SIGINT, signal.SIGTERM} & before


@pytest.mark.parametrize("length", ["", "-1", "many"])
def test_a_request_of_no_length_is_refused_as_one_without_content(tmp_path: Path, length: str) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("one\n")

    with serving_keys(passphrase) as server:
        connection = http.client.HTTPConnection(server["VAULT_SERVER_URL"].removeprefix("http://"), timeout=10)
        connection.putrequest("PUT", DECRYPT)
        connection.putheader("X-Vault-Token", server["VAULT_SERVER_TOKEN"])
        connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == 400
        connection.close()


def put(server: dict[str, str], token: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        server["VAULT_SERVER_URL"] + DECRYPT,
        data=json.dumps({"ciphertext": wrapped()}).encode(),
        headers={"X-Vault-Token": token},
        method="PUT",
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
