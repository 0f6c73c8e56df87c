"""`guardrails.secret_marks`: the one change to the SDK, and what happens when the SDK is built differently."""

import pytest
from pulumi import StringAsset
from pulumi_policy import deserialize, policy

from guardrails import pack, secret_marks
from guardrails.properties import SecretMark
from tests.policy.judging import UNKNOWN, secret


def unwrapped(properties: dict[str, object]) -> dict[str, object]:
    return vars(policy)["deserialize_properties"](properties)


def test_marks_are_kept_at_every_depth() -> None:
    properties = unwrapped({"a": secret("1"), "b": {"c": [secret("2"), "3"]}, "d": secret({"e": secret("4")})})
    assert properties["a"] == SecretMark("1")
    assert properties["b"] == {"c": [SecretMark("2"), "3"]}
    assert properties["d"] == SecretMark({"e": SecretMark("4")})


def test_an_unknown_secret_stays_marked() -> None:
    assert unwrapped({"a": secret(UNKNOWN)}) == {"a": SecretMark(UNKNOWN)}


def test_assets_are_unwrapped_as_before() -> None:
    asset = {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_ASSET_SIG, "text": "hello"}
    assert isinstance(unwrapped({"a": asset})["a"], StringAsset)
    marked = unwrapped({"a": secret(asset)})["a"]
    assert isinstance(marked, SecretMark)
    assert isinstance(marked.value, StringAsset)


def test_remediations_get_what_the_sdk_makes_for_them() -> None:
    proxied = vars(policy)["deserialize_properties"]({"a": secret("1")}, True)
    assert proxied["a"] == "1"


def test_keeping_marks_twice_changes_nothing() -> None:
    secret_marks.keep()
    secret_marks.keep()
    assert unwrapped({"a": secret("1")}) == {"a": SecretMark("1")}


def test_an_sdk_that_is_built_differently_stops_the_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(policy, "deserialize_properties")
    with pytest.raises(secret_marks.UnsupportedSdkError, match=r"install pulumi-policy 1\.21\.0"):
        secret_marks.keep()
    with pytest.raises(SystemExit, match=r"The policy pack cannot start: .* install pulumi-policy"):
        pack.serve()


def test_a_missing_library_stops_the_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs detect-secrets: pip install -r requirements\.txt"):
        pack.serve()
