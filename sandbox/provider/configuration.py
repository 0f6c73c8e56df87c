"""The provider's own settings (`aws:region`, `aws:defaultTags`): which are understood, which are refused, and what they
say.

Pure. The sandbox has one endpoint and one set of credentials, so settings that choose others are refused rather than
ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sandbox.provider.declarations import declaration
from sandbox.provider.errors import ProviderError
from sandbox.provider.regions import region_problem
from sandbox.provider.resource_type import Problem
from sandbox.provider.schema import PROVIDER
from sandbox.provider.values import UNKNOWN

UNDERSTOOD: Final = frozenset(
    {
        "region",
        "defaultTags",
        # Harmless: they ask the official provider to skip checks, or say again what the engine says itself.
        "maxRetries",
        "retryMode",
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "version",
        "pluginDownloadURL",
        "__internal",
    }
)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One configured provider."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])


def configuration_problems(values: Mapping[str, Any]) -> list[Problem]:
    """Every setting that cannot be honoured."""
    problems: list[Problem] = []
    known = declaration(PROVIDER).inputs
    for name in sorted(values.keys() - UNDERSTOOD):
        if values[name] is None:
            continue
        if name in known:
            message = (
                "the sandbox has one endpoint, account and set of credentials and cannot honour this; "
                "leave it to the stacks on AWS"
            )
        else:
            message = f"the aws provider has no such setting; it has {', '.join(sorted(known))}"
        problems.append(Problem(path=(name,), message=message))
    region = values.get("region")
    if not region:
        message = "has no value; set it for the stack, for example: pulumi config set aws:region eu-west-1"
        problems.append(Problem(path=("region",), message=message))
    elif isinstance(region, str) and (wrong := region_problem(region)):
        problems.append(Problem(path=("region",), message=wrong))
    return problems


def read_configuration(values: Mapping[str, Any]) -> Configuration:
    """The settings; raises ProviderError when region is missing or default tags are not a map of texts."""
    region = values.get("region")
    if not isinstance(region, str) or not region:
        raise ProviderError("aws:region has no value; set it for the stack: pulumi config set aws:region eu-west-1")
    return Configuration(region=region, default_tags=_default_tags(values.get("defaultTags")))


def _default_tags(value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        # Settings that are not text travel as JSON text (pulumi: provider inputs are JSON-encoded).
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise ProviderError(f"aws:defaultTags is not valid JSON: {error}") from error
    if value is None or value is UNKNOWN:
        return {}
    tags: Any = cast("Mapping[str, Any]", value).get("tags") if isinstance(value, Mapping) else None
    if not isinstance(tags, Mapping) or not all(
        isinstance(text, str) for text in cast("Mapping[str, Any]", tags).values()
    ):
        raise ProviderError('aws:defaultTags must look like {"tags": {"Team": "platform"}}')
    return cast("Mapping[str, str]", tags)
