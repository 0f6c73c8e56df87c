"""What the extension answers is what the library says: every good token and every attack, in both, compared whole."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import KeySetError, KeySetUnreachable
from jwt_verification.key_set_fetcher import InMemoryKeySets
from spiffe_extension.client import ExtensionVerifier
from spiffe_extension.socket_server import SocketServer
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from tests.functions.spiffe.vectors import ATTACKS, GOOD, WORLD

# What is no token at all is refused before it is sent; what the library says of it counts all the same.
NO_TOKENS: tuple[object, ...] = (None, 5, b"a.b.c", ["a.b.c"], "", "ä.ö.ü", "a.b.c" * 4_000, "\ud800.a.b")
EVERYTHING: tuple[object, ...] = (
    *GOOD.values(),
    *(token for tokens in ATTACKS.values() for token in tokens.values()),
    *NO_TOKENS,
)


def outcome(verifier: ExtensionVerifier | JwtSvidVerifier, token: object) -> tuple[object, ...]:
    """All that a caller can see of one verification."""
    try:
        svid = verifier.verify(token)
    except (JwtError, KeySetError) as error:
        return type(error), error.code, error.temporary, error.args, getattr(error, "claim", None)
    return str(svid.spiffe_id), str(svid.trust_domain), svid.audience, svid.expires_at, svid.claims


def never() -> JwtSvidVerifier:
    raise AssertionError("the extension did not answer")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A socket's path that is short enough."""
    return str(tmp_path / "socket")


@pytest.fixture
def asking(path: str) -> Iterator[ExtensionVerifier]:
    """The client of a listening server that verifies with the library."""
    failures: list[BaseException] = []
    server = SocketServer(path, WORLD.verifier(), failed=failures.append)
    server.start()
    client = ExtensionVerifier(path, otherwise=never, write=print)
    yield client
    client.close()
    server.stop()
    assert not failures


def test_every_vector_has_the_same_result_through_the_extension(asking: ExtensionVerifier) -> None:
    library = WORLD.verifier()
    different = [
        (token, found, expected)
        for token in EVERYTHING
        if (found := outcome(asking, token)) != (expected := outcome(library, token))
    ]
    assert not different
    assert len(EVERYTHING) > 150
    assert {outcome(asking, token)[0] for token in GOOD.values()} >= {WORLD.claims()["sub"]}


def test_keys_that_cannot_be_had_are_the_same_error_through_the_extension(path: str) -> None:
    away = InMemoryKeySets({url: KeySetUnreachable("no answer") for url in WORLD.documents})
    server = SocketServer(path, WORLD.verifier(away), failed=print)
    server.start()
    asking = ExtensionVerifier(path, otherwise=never, write=print)
    for token in (WORLD.token(), WORLD.partners_token(), WORLD.token(sub="spiffe://evil.example/a")):
        assert outcome(asking, token) == outcome(WORLD.verifier(away), token)
    asking.close()
    server.stop()


def test_one_connection_serves_all_tokens(asking: ExtensionVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    asking.verify(WORLD.token())

    def no_other(*_: object) -> socket.socket:
        raise AssertionError("another connection")

    monkeypatch.setattr(asking, "_connected", no_other)
    for _ in range(5):
        asking.verify(WORLD.token())
