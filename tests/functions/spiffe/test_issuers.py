"""Issuers that misbehave: discovery documents, and documents over real sockets."""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from jwt_verification.errors import UnknownKey
from jwt_verification.https_fetcher import HttpsFetcher
from jwt_verification.key_set_errors import (
    KeySetMalformed,
    KeySetRedirected,
    KeySetTooLarge,
    KeySetTooSlow,
)
from spiffe_verifier.errors import IssuerMismatch
from spiffe_verifier.from_environment import verifier_of
from spiffe_verifier.jwt_svid_verifier import JwtSvidVerifier
from tests.functions import issuer
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.spiffe.vectors import (
    GOOD,
    WORLD,
    World,
    svid_header,
)
from tests.functions.support import Clock

FLOOD = 1_000


def changed_discovery(**members: Any) -> JwtSvidVerifier:
    world = World()
    world.discovery = {name: value for name, value in {**world.discovery, **members}.items() if value is not ...}
    return world.verifier()


@pytest.mark.parametrize(
    "claimed",
    [
        "https://evil.example",
        "https://spire.company.internal/",
        "https://SPIRE.company.internal",
        "http://spire.company.internal",
        "https://spire.company.internal:443",
        "",
        None,
        5,
        ["https://spire.company.internal"],
        ...,
    ],
)
def test_a_discovery_document_of_another_issuer_is_refused(claimed: object) -> None:
    with pytest.raises(IssuerMismatch) as caught:
        changed_discovery(issuer=claimed).verify(GOOD["ES256"])
    assert caught.value.code == "issuer_mismatch"
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://spire.company.internal/keys",
        "file:///etc/passwd",
        "/keys",
        "",
        "https://",
        "https://user:word@spire.company.internal/keys",
        "https://spire.company.internal/keys\r\nX: y",
        "https://spire.company.internal:port/keys",
        None,
        5,
        ...,
    ],
)
def test_a_discovery_document_that_leads_nowhere_or_away_from_https_is_refused(url: object) -> None:
    with pytest.raises(KeySetMalformed) as caught:
        changed_discovery(jwks_uri=url).verify(GOOD["ES256"])
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("document", [b"", b"<html>", b"[]", b'{"issuer":"a","issuer":"b"}', b"\xff"])
def test_what_is_no_discovery_document_is_refused(document: bytes) -> None:
    fetcher = WORLD.fetcher()
    fetcher.documents[WORLD.discovery_url] = document
    with pytest.raises(KeySetMalformed):
        WORLD.verifier(fetcher).verify(GOOD["ES256"])


def test_discovery_is_read_again_after_an_hour_and_when_the_keys_are_not_where_it_said() -> None:
    world, clock = World(), Clock(0)
    fetcher = world.fetcher()
    attacked = verifier_of(world.environment, fetcher=fetcher, clock=Clock(), monotonic_clock=clock)
    attacked.verify(GOOD["ES256"])
    fetcher.requests.clear()
    for clock.now in range(120, 3_600, 120):
        attacked.verify(GOOD["ES256"])
    assert set(fetcher.requests) == {world.jwks_url}
    fetcher.requests.clear()
    clock.now = 3_600
    attacked.verify(GOOD["ES256"])
    assert fetcher.requests == [world.discovery_url, world.jwks_url]
    # The issuer moves its keys.
    fetcher.requests.clear()
    moved = "https://spire.company.internal/moved"
    fetcher.documents[moved] = fetcher.documents.pop(world.jwks_url)
    fetcher.documents[world.discovery_url] = json.dumps({**world.discovery, "jwks_uri": moved}).encode()
    clock.now += 120
    attacked.verify(GOOD["ES256"])
    clock.now += 2
    attacked.verify(GOOD["ES256"])
    assert fetcher.requests == [world.jwks_url, world.discovery_url, moved]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_of_the_issuer_is_part_of_its_name_and_not_of_the_address(slash: str) -> None:
    """OpenID Connect Discovery 1.0 section 4.1."""
    world = World(issuer_url="https://spire.company.internal/tenant" + slash)
    world.jwks_url = "https://spire.company.internal/keys"
    world.discovery_url = "https://spire.company.internal/tenant/.well-known/openid-configuration"
    world.discovery["jwks_uri"] = world.jwks_url
    assert world.verifier().verify(world.token())


# -- Issuers over real sockets.


class Served:
    """Both trust domains on one loopback server, whose answers a test replaces by path."""

    def __init__(self, *, time_limit_seconds: float = 30) -> None:
        self.replaced: dict[str, Iterable[bytes]] = {}
        self.server = IssuerServer(self._answers, pause_seconds=0.02)
        base = f"http://127.0.0.1:{self.server.port}"
        self.world = World(issuer_url=f"{base}/company", bundle_url=f"{base}/partner")
        self.verifier = verifier_of(
            self.world.environment,
            fetcher=HttpsFetcher(allow_plain_http=True, time_limit_seconds=time_limit_seconds),
            clock=Clock(),
            monotonic_clock=Clock(0),
        )

    def _answers(self) -> Iterable[bytes]:
        path = self.server.requests[-1].split(b" ")[1].decode()
        if path in self.replaced:
            return self.replaced[path]
        documents = {url.partition(str(self.server.port))[2]: body for url, body in self.world.documents.items()}
        return [answer(documents[path])]

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.server.requests]


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    with made.server:
        yield made


DISCOVERY, KEYS, BUNDLE = "/company/.well-known/openid-configuration", "/company/keys", "/partner"


def token_for(served: Served, path: str) -> str:
    return served.world.partners_token() if path == BUNDLE else served.world.token()


def test_over_a_socket_both_sources_work_and_a_flood_is_one_request_each(served: Served) -> None:
    assert served.verifier.verify(served.world.token())
    assert served.verifier.verify(served.world.partners_token())
    assert served.paths == [DISCOVERY, KEYS, BUNDLE]
    for number in range(FLOOD):
        header = svid_header("ES256", f"invented-{number}")
        hostile = issuer.token("ES256", header_part=header, payload=served.world.claims(), signature_part=bytes(64))
        with pytest.raises(UnknownKey):
            served.verifier.verify(hostile)
    assert len(served.paths) == 3, "all of it within the cool-down of the first load"


@pytest.mark.parametrize("path", [DISCOVERY, KEYS, BUNDLE])
def test_a_document_of_100_mb_is_given_up_at_the_limit(served: Served, path: str) -> None:
    sent: list[None] = []

    def endless() -> Iterator[bytes]:
        yield b'HTTP/1.1 200 OK\r\n\r\n{"keys":['
        for _ in range(100):
            sent.append(None)
            yield b" " * 1_000_000

    served.replaced[path] = endless()
    with pytest.raises(KeySetTooLarge):
        served.verifier.verify(token_for(served, path))
    assert len(sent) < 50


@pytest.mark.parametrize("path", [DISCOVERY, KEYS, BUNDLE])
def test_a_document_that_hangs_holds_nobody_up_and_is_not_asked_for_again_at_once(path: str) -> None:
    served = Served(time_limit_seconds=1)  # enough for the documents before it
    served.replaced[path] = chain([answer(b"{", length=9)], repeat(b"", 10_000))
    started = time.monotonic()
    with served.server:
        for _ in range(20):
            with pytest.raises(KeySetTooSlow):
                served.verifier.verify(token_for(served, path))
    # A ceiling against hanging, not a speed.
    assert time.monotonic() - started < 20
    assert served.paths.count(path) == 1


@pytest.mark.parametrize("path", [DISCOVERY, KEYS, BUNDLE])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirection_is_never_followed(served: Served, path: str, status: str) -> None:
    elsewhere = f"Location: http://127.0.0.1:{served.server.port}/elsewhere"
    served.replaced[path] = [answer(b"", status=status, headers=[elsewhere])]
    with pytest.raises(KeySetRedirected):
        served.verifier.verify(token_for(served, path))
    assert "/elsewhere" not in served.paths
