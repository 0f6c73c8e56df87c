"""Which published keys are not used, told to the log: once per load, by code, with nothing of the keys."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from jwt_verification.errors import UnknownKey
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.left_out_log import left_out_log
from jwt_verification.refreshing_key_source import (
    COOL_DOWN_SECONDS,
    MAXIMUM_AGE_SECONDS,
    RefreshingKeySource,
    jwks_key_source,
)
from tests.functions.issuer import KEY_ID, URL, jwk_set, private_key, public_jwk
from tests.functions.support import ISSUER, Clock

GOOD = public_jwk("ES256")
WEAK = public_jwk("RS256", key=private_key("RSA-1024"), kid="marker-weak")
FOR_ENCRYPTION = public_jwk("RS256", kid="marker-enc", use="enc")
ON_ANOTHER_CURVE = public_jwk("ES384", kid="marker-curve", alg="ES256")
DOCUMENT = jwk_set(GOOD, WEAK, FOR_ENCRYPTION, {**FOR_ENCRYPTION, "kid": "marker-enc-2"}, ON_ANOTHER_CURVE)
LEFT_OUT = {"key_for_another_use": 2, "weak_key": 1, "wrong_curve": 1}


class Issuer:
    """An issuer with a key source that logs, and what it has logged."""

    def __init__(self, document: bytes = DOCUMENT) -> None:
        self.lines: list[str] = []
        self.clock = Clock(0)
        self.fetcher = InMemoryKeySets({URL: document})
        self.keys = jwks_key_source(
            URL,
            rules=JwkRules(algorithms=["RS256", "ES256"]),
            fetcher=self.fetcher,
            clock=self.clock,
            report_left_out=left_out_log(ISSUER, write=self.lines.append),
        )

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def test_a_load_that_leaves_keys_out_is_one_line_with_the_number_of_keys_by_code() -> None:
    issuer = Issuer()
    assert issuer.lines == [], "nothing is loaded yet"
    for _ in range(100):
        assert issuer.keys.key_for(KEY_ID, "ES256")
    assert [line["left_out"] for line in issuer.told] == [LEFT_OUT]
    assert issuer.told[0]["issuer"] == ISSUER
    assert issuer.lines[0].endswith("}\n")
    assert issuer.lines[0].count("\n") == 1


def test_every_load_tells_what_it_left_out_and_no_token_does() -> None:
    issuer = Issuer()
    for number in range(100):
        with pytest.raises(UnknownKey):
            issuer.keys.key_for(f"invented-{number}", "ES256")
    assert len(issuer.lines) == 1
    issuer.clock.now = COOL_DOWN_SECONDS
    with pytest.raises(UnknownKey):
        issuer.keys.key_for("invented", "ES256")
    assert len(issuer.lines) == 2
    issuer.fetcher.documents[URL] = jwk_set(GOOD, WEAK)
    issuer.clock.now += MAXIMUM_AGE_SECONDS
    assert issuer.keys.key_for(KEY_ID, "ES256")
    assert [line["left_out"] for line in issuer.told] == [LEFT_OUT, LEFT_OUT, {"weak_key": 1}]


def test_a_set_whose_keys_are_all_used_and_a_load_that_fails_tell_nothing() -> None:
    issuer = Issuer(jwk_set(GOOD))
    assert issuer.keys.key_for(KEY_ID, "ES256")
    issuer.fetcher.documents[URL] = b"nothing of use"
    issuer.clock.now = MAXIMUM_AGE_SECONDS
    assert issuer.keys.key_for(KEY_ID, "ES256")
    assert len(issuer.fetcher.requests) == 2
    assert issuer.lines == []


def test_nothing_of_a_key_is_in_the_line() -> None:
    issuer = Issuer()
    issuer.keys.key_for(KEY_ID, "ES256")
    (line,) = issuer.lines
    assert "marker" not in line
    assert KEY_ID not in line
    for key in (GOOD, WEAK, FOR_ENCRYPTION, ON_ANOTHER_CURVE):
        for member in ("n", "x", "y"):
            assert str(key.get(member, "?absent")) not in line
    assert set(issuer.told[0]) == {"level", "message", "issuer", "left_out"}


def test_a_log_that_cannot_be_written_is_an_error_once_and_the_keys_are_held_all_the_same() -> None:
    def full(_left_out: Mapping[str, int]) -> None:
        raise OSError("no space left on device")

    source = InMemoryKeySets({URL: DOCUMENT})
    keys = jwks_key_source(
        URL, rules=JwkRules(algorithms=["ES256"]), fetcher=source, clock=Clock(0), report_left_out=full
    )
    with pytest.raises(OSError, match="no space"):
        keys.key_for(KEY_ID, "ES256")
    assert keys.key_for(KEY_ID, "ES256")
    assert len(source.requests) == 1


def test_without_a_log_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    keys = jwks_key_source(
        URL, rules=JwkRules(algorithms=["ES256"]), fetcher=InMemoryKeySets({URL: DOCUMENT}), clock=Clock(0)
    )
    assert isinstance(keys, RefreshingKeySource)
    assert keys.key_for(KEY_ID, "ES256")
    assert capsys.readouterr() == ("", "")


def test_by_default_the_line_goes_to_standard_output_where_lambda_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    left_out_log(ISSUER)({"weak_key": 1})
    assert json.loads(capsys.readouterr().out)["left_out"] == {"weak_key": 1}
