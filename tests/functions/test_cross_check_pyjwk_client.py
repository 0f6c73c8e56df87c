"""`jwt.PyJWKClient` against our key sources: what it takes, and when it asks the issuer, counted."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from jwt_verification.errors import UnknownKey
from jwt_verification.https_fetcher import HttpsFetcher
from jwt_verification.jwk import ALGORITHMS, JwkRules
from jwt_verification.key_set_errors import KeySetError
from jwt_verification.refreshing_key_source import MAXIMUM_AGE_SECONDS, RefreshingKeySource, jwks_key_source
from tests.functions import pyjwt_judge
from tests.functions.issuer import KEY_ID, URL, jwk_set, public_jwk
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.lax_key_sets import KEY_SETS, published
from tests.functions.support import Clock, claims

ES256 = public_jwk("ES256")


class ClientOf(jwt.PyJWKClient):
    """PyJWT's client for key sets, with a document in place of a network."""

    def __init__(self, document: bytes) -> None:
        super().__init__(URL)
        self._document = document

    def fetch_data(self) -> Any:
        return json.loads(self._document)


@pytest.mark.parametrize("what", KEY_SETS)
def test_pyjwts_client_uses_the_same_but_for_a_key_for_encryption(what: str) -> None:
    document, jws = published(what)
    client = ClientOf(document)
    if what == "a key for encryption":
        with pytest.raises(jwt.PyJWKClientError, match="did not contain any signing keys"):
            client.get_signing_key_from_jwt(jws)
    else:
        assert pyjwt_judge.theirs(jws, client.get_signing_key_from_jwt(jws), tuple(ALGORITHMS)) == claims()


def key_source(server: IssuerServer, clock: Clock) -> RefreshingKeySource:
    return jwks_key_source(server.url(), rules=JwkRules(algorithms=["ES256"]), allow_plain_http=True, clock=clock)


def test_pyjwts_client_fetches_over_plain_http_unasked_and_we_refuse() -> None:
    with IssuerServer(lambda: [answer(jwk_set(ES256))]) as server:
        assert jwt.PyJWKClient(server.url()).get_signing_key(KEY_ID)
        with pytest.raises(ValueError, match="https://"):
            jwks_key_source(server.url(), rules=JwkRules(algorithms=["ES256"]))
        assert len(server.requests) == 1


def test_pyjwts_client_reads_a_key_set_of_any_size_and_we_stop() -> None:
    large = b'{"padding":"' + b"a" * 3_000_000 + b'",' + jwk_set(ES256)[1:]
    with IssuerServer(lambda: [answer(large)]) as server:
        assert jwt.PyJWKClient(server.url()).get_signing_key(KEY_ID)
        with pytest.raises(KeySetError) as caught:
            HttpsFetcher(allow_plain_http=True).fetch(server.url())
    assert caught.value.code == "key_set_too_large"


def test_pyjwts_client_waits_for_every_byte_anew_and_we_wait_once() -> None:
    document = jwk_set(ES256)

    def drip() -> Iterator[bytes]:
        yield answer(b"", length=len(document))
        for start in range(0, len(document), 10):
            yield document[start : start + 10]

    with IssuerServer(drip, pause_seconds=0.1) as server:
        assert jwt.PyJWKClient(server.url(), timeout=1).get_signing_key(KEY_ID)
        with pytest.raises(KeySetError) as caught:
            HttpsFetcher(allow_plain_http=True, time_limit_seconds=1).fetch(server.url())
    assert caught.value.code == "key_set_too_slow"


def test_pyjwts_client_has_no_keys_while_the_issuer_is_down_and_ours_serve_the_last_good_set() -> None:
    answers = [answer(jwk_set(ES256))]
    with IssuerServer(lambda: answers) as server:
        client = jwt.PyJWKClient(server.url(), lifespan=1e-9)  # outdated at once
        clock = Clock(0)
        keys = key_source(server, clock)
        assert client.get_signing_key(KEY_ID)
        assert keys.key_for(KEY_ID, "ES256")
        clock.now = MAXIMUM_AGE_SECONDS
        answers[:] = [answer(b"", status="503 Service Unavailable")]
        with pytest.raises(jwt.PyJWKClientConnectionError):
            client.get_signing_key(KEY_ID)
        assert keys.key_for(KEY_ID, "ES256")


def test_pyjwts_client_asks_an_issuer_that_is_down_for_every_token_and_ours_once_in_a_while() -> None:
    with IssuerServer(lambda: [answer(b"", status="503 Service Unavailable")]) as server:
        client, keys = jwt.PyJWKClient(server.url()), key_source(server, Clock(0))
        for _ in range(10):
            with pytest.raises(jwt.PyJWKClientConnectionError):
                client.get_signing_key(KEY_ID)
        assert len(server.requests) == 10
        for _ in range(10):
            with pytest.raises(KeySetError):
                keys.key_for(KEY_ID, "ES256")
        assert len(server.requests) == 11


def test_both_ask_once_for_a_hundred_invented_ids_and_pyjwt_for_each_where_a_new_key_is_to_be_found_at_once() -> None:
    with IssuerServer(lambda: [answer(jwk_set(ES256))]) as server:
        client, keys = jwt.PyJWKClient(server.url()), key_source(server, Clock(0))
        for number in range(100):
            with pytest.raises(jwt.PyJWKClientError, match="Unable to find"):
                client.get_signing_key(f"invented-{number}")
            with pytest.raises(UnknownKey):
                keys.key_for(f"invented-{number}", "ES256")
        assert len(server.requests) == 2
        eager = jwt.PyJWKClient(server.url(), cooldown_duration=0)
        for number in range(10):
            with pytest.raises(jwt.PyJWKClientError, match="Unable to find"):
                eager.get_signing_key(f"invented-{number}")
        assert len(server.requests) == 2 + 1 + 10


def test_neither_follows_a_redirection() -> None:
    with IssuerServer(lambda: [answer(jwk_set(ES256))]) as elsewhere:
        moved = answer(b"", status="302 Found", headers=[f"Location: {elsewhere.url()}"])
        with IssuerServer(lambda: [moved]) as server:
            with pytest.raises(jwt.PyJWKClientConnectionError):
                jwt.PyJWKClient(server.url()).get_signing_key(KEY_ID)
            with pytest.raises(KeySetError) as caught:
                key_source(server, Clock(0)).key_for(KEY_ID, "ES256")
        assert caught.value.code == "key_set_redirected"
        assert elsewhere.requests == []


def test_neither_has_two_fetches_for_keys_in_flight_and_pyjwts_sets_of_keys_have() -> None:
    threads = 4
    arrived = threading.Barrier(threads)

    def together() -> Iterator[bytes]:
        arrived.wait(30)  # until every thread has asked: with one less, nobody is answered
        yield answer(jwk_set(ES256))

    with IssuerServer(together) as server, ThreadPoolExecutor(threads) as pool:
        client = jwt.PyJWKClient(server.url())
        assert all(pool.map(lambda _: client.get_jwk_set(), range(threads)))
        assert len(server.requests) == threads
    slowly = [answer(jwk_set(ES256))[:20], answer(jwk_set(ES256))[20:]]  # while the others come, too
    with IssuerServer(lambda: slowly, pause_seconds=0.05) as server, ThreadPoolExecutor(threads) as pool:
        client, keys = jwt.PyJWKClient(server.url()), key_source(server, Clock(0))
        assert all(pool.map(lambda _: client.get_signing_key(KEY_ID), range(threads)))
        assert all(pool.map(lambda _: keys.key_for(KEY_ID, "ES256"), range(threads)))
        assert len(server.requests) == 2
