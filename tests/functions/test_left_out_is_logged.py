"""That the chains and the extension, as they are deployed, tell their logs which published keys are not used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from authorizer.chain import load_chain
from jwt_verification.https_fetcher import HttpsFetcher
from spiffe_extension.client import svid_verifier
from spiffe_extension.program import Service
from tests.functions import issuer
from tests.functions.partners.world import CHAINS, SETTINGS
from tests.functions.partners.world import World as Partners
from tests.functions.spiffe.spiffe_ids import TRUST_DOMAIN
from tests.functions.spiffe.vectors import PARTNER, WORLD
from tests.functions.support import Authorizer

Publish = Callable[[dict[str, bytes]], None]


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Put documents where the fetcher that goes over the network would find them."""

    def documents(published: dict[str, bytes]) -> None:
        monkeypatch.setattr(HttpsFetcher, "fetch", lambda _self, url: published[url])  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType] -- a stand-in

    return documents


def left_out(printed: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, printed.splitlines()) if "left_out" in line]


def test_the_chain_of_partners_tells_of_its_user_pool(publish: Publish, capsys: pytest.CaptureFixture[str]) -> None:
    weak = issuer.public_jwk("RS256", key=issuer.private_key("RSA-1024"), kid="weak")
    publish({SETTINGS["JWKS_URL"]: issuer.jwk_set(issuer.public_jwk("RS256"), weak)})
    world = Partners()
    given = {name: value for name, value in world.given().items() if name != "issuer_keys"}
    chain = Authorizer(load_chain(str(CHAINS / "bound_token"), given), world.clock)
    world.authorizers["/protected"] = chain
    pem = world.authority.issue(serial=1)
    assert world.protected(pem, world.bound_token(world.register(pem))).status == 200
    (line,) = left_out(capsys.readouterr().out)
    assert (line["issuer"], line["left_out"]) == (SETTINGS["TOKEN_ISSUER"], {"weak_key": 1})


def test_the_spiffe_chain_tells_of_each_trust_domain(publish: Publish) -> None:
    publish(WORLD.documents)
    lines: list[str] = []
    verifier = svid_verifier(WORLD.environment, write=lines.append)
    for _ in range(3):
        for token in (WORLD.token(), WORLD.partners_token()):
            with pytest.raises(Exception, match="expired"):  # its clock is today's
                verifier.verify(token)
    assert [(line["issuer"], line["left_out"]) for line in left_out("".join(lines))] == [
        (TRUST_DOMAIN, {"unsupported_key_type": 1}),
        (PARTNER, {"key_for_another_use": 1}),
    ]


def test_the_extension_tells_of_each_trust_domain(
    publish: Publish, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    publish(WORLD.documents)
    service = Service({**WORLD.environment, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "TMPDIR": str(tmp_path)})
    try:
        service.start()
    finally:
        service.stop()
    told = {line["trust_domain"]: line["left_out"] for line in left_out(capsys.readouterr().out)}
    assert told == {TRUST_DOMAIN: {"unsupported_key_type": 1}, PARTNER: {"key_for_another_use": 1}}
