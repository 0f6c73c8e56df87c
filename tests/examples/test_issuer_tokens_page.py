"""`docs/how-to/issuer-tokens.md`: its plugin decides in the authorizer's own chain, and its numbers are the code's."""

import re
import sys
import time
from pathlib import Path

import pytest

from authorizer.chain import load_chain
from jwt_verification import https_fetcher, jwk, jwk_set, refreshing_key_source
from jwt_verification.https_fetcher import HttpsFetcher
from jwt_verification.key_set_errors import KeySetError
from tests.examples.markdown import blocks
from tests.functions.issuer import URL, header, public_jwk, token
from tests.functions.issuer import jwk_set as published
from tests.functions.support import AUDIENCE, ISSUER, Authorizer, claims, recorded_event
from tests.support.checkout import ROOT

PAGE = ROOT / "docs" / "how-to" / "issuer-tokens.md"
SETTINGS = {"JWKS_URL": URL, "TOKEN_ISSUER": ISSUER, "TOKEN_AUDIENCE": AUDIENCE}


def test_the_pages_plugin_lets_in_the_issuers_tokens_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(_fetcher: HttpsFetcher, url: str) -> bytes:
        fetched.append(url)
        return published(public_jwk("RS256"), public_jwk("ES256"))

    monkeypatch.setattr(HttpsFetcher, "fetch", fetch)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    (block,) = [block for block in blocks(PAGE) if block.language == "python"]
    (tmp_path / Path(block.title).name).write_text(block.code)
    authorizer = Authorizer(load_chain(str(tmp_path)))
    now = int(time.time())
    good = claims(iat=now, exp=now + 60, scope="orders:read")

    def event(jws: str) -> dict[str, object]:
        return {**recorded_event("token_get_hello"), "authorizationToken": f"Bearer {jws}"}

    for algorithm in ("RS256", "ES256"):
        allowed = authorizer.allows(event(token(algorithm, payload=good)))
        assert allowed["principalId"] == good["sub"]
        assert allowed["context"]["scope"] == "orders:read"
    assert authorizer.refuses(event(token("PS256", payload=good))) == "unsupported_algorithm"
    assert authorizer.refuses(event(token("ES256", payload={**good, "exp": now - 1}))) == "token_expired"
    assert authorizer.refuses(event(token("ES256", payload=good, signature_part=bytes(64)))) == "invalid_signature"
    for number in range(100):
        unknown = token("ES256", header_part=header("ES256", kid=f"invented-{number}"), payload=good)
        assert authorizer.refuses(event(unknown)) == "unknown_key"
    assert fetched == [URL]


def test_the_pages_numbers_and_reasons_are_the_codes() -> None:
    text = PAGE.read_text()
    for stated, value in (
        ("3 s,", https_fetcher.TIME_LIMIT_SECONDS == 3),
        ("256 KiB", https_fetcher.SIZE_LIMIT_BYTES == 256 * 1024),
        ("64 keys", jwk_set.MAXIMUM_KEYS == 64),
        ("5 minutes", refreshing_key_source.MAXIMUM_AGE_SECONDS == 300),
        ("another hour", refreshing_key_source.GRACE_SECONDS == 3_600),
        ("10 s later", refreshing_key_source.COOL_DOWN_SECONDS == 10),
        ("after 2 s", refreshing_key_source.RETRY_SECONDS == 2),
        ("four at most", jwk_set.MAXIMUM_CANDIDATES == 4),
        ("under 2,048 or over 8,192 bits", (jwk.MINIMUM_MODULUS_BITS, jwk.MAXIMUM_MODULUS_BITS) == (2_048, 8_192)),
    ):
        assert stated in text
        assert value, stated
    codes = {error.code for error in KeySetError.__subclasses__()}
    assert set(re.findall(r"`(key_set_\w+)`", text)) == codes - {"key_set_fetcher"}
