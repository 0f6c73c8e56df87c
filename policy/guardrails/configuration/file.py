"""Reads the configuration file without the engine, by the engine's own rules (`pkg/resource/analyzer/config.go`).

`python -m guardrails.configuration.file FILE` says what is wrong with a file, more plainly than the engine can where a
rule's name is misspelt.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from guardrails.configuration.active import Configuration
from guardrails.configuration.reading import ConfigurationError, Entry, configured
from guardrails.rules import Rule

_ENVIRONMENTS = "environments"
"""Names environments that the engine resolves; nothing of them is a policy."""


def read_configuration(rules: Iterable[Rule], path: Path) -> Configuration:
    """What a run with this file goes by. Raises `ConfigurationError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path} cannot be read: {error}."]) from error
    if not text.strip():
        return configured(rules, {})
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise ConfigurationError([f"{path} is not JSON: {error}."]) from error
    if not isinstance(document, dict):
        raise ConfigurationError([f"{path} is not a JSON object of policies."])
    policies = cast("dict[str, object]", document)
    return configured(rules, {name: _entry(name, one) for name, one in policies.items() if name != _ENVIRONMENTS})


def _entry(name: str, value: object) -> Entry:
    if isinstance(value, str):
        return Entry(level=value)
    if isinstance(value, dict):
        properties = dict(cast("dict[str, Any]", value))
        level = properties.pop("enforcementLevel", None)
        if level is None or isinstance(level, str):
            return Entry(level=level, properties=properties)
    raise ConfigurationError([f"{name}: is neither a level nor an object with a level and settings."])


if __name__ == "__main__":
    from guardrails.catalogue import ALL_RULES

    if len(sys.argv) != 2:
        sys.exit("usage: python -m guardrails.configuration.file FILE")
    try:
        read_configuration(ALL_RULES, Path(sys.argv[1]))
    except ConfigurationError as refusal:
        sys.exit(str(refusal))
