"""Keeps what Pulumi marks as a secret visible to the rules.

The engine tells a policy pack which values are secrets (`KeepSecrets` in `pkg/resource/plugin/analyzer_plugin.go` of
pulumi v3.255.0), but pulumi_policy 1.21.0 unwraps them before it calls a rule (`policy.py`, `Analyze` and
`AnalyzeStack`), so that no rule could tell `config.require_secret("x")` from a plain text. This is the only change made
to the SDK: the function that unwraps leaves a `SecretMark` behind. With an SDK that no longer has that function the
pack refuses to start.
"""

from typing import Any, cast

from pulumi_policy import deserialize, policy

from guardrails.properties import SecretMark


class UnsupportedSdkError(Exception):
    """The installed pulumi_policy does not unwrap secrets where this module expects it to."""


def keep() -> None:
    """Make the SDK hand over `SecretMark` for secret values. Calling it again changes nothing.

    Raises `UnsupportedSdkError` when the SDK is built differently.
    """
    if not hasattr(policy, "deserialize_properties"):
        raise UnsupportedSdkError(
            "pulumi_policy.policy has no deserialize_properties, so secrets would go unseen: install pulumi-policy "
            "1.21.0, which this pack is made for"
        )
    policy.deserialize_properties = _keeping  # pyright: ignore[reportPrivateImportUsage]  # the one patch, see above


def _keeping(props: dict[str, Any], proxy_secrets: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # the SDK's signature
    if proxy_secrets:  # remediation keeps the marks itself
        return deserialize.deserialize_properties(props, proxy_secrets)
    return deserialize.deserialize_properties(cast("dict[str, Any]", _mark(props)))


def _mark(value: object) -> object:
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        if entries.get(deserialize.SPECIAL_SIG_KEY) == deserialize.SPECIAL_SECRET_SIG:
            # The SDK passes on what is neither a list nor an object, so the mark arrives as it is.
            inner = deserialize.deserialize_properties({"value": _mark(entries.get("value"))})
            return SecretMark(inner["value"])
        return {key: _mark(entry) for key, entry in entries.items()}
    if isinstance(value, list):
        return [_mark(element) for element in cast("list[object]", value)]
    return value
