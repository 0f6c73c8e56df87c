"""Reads YAML ten times as fast as PyYAML's own parser: every command reads Pulumi.yaml, and that takes a tenth of a
second each time. Deliberately nothing else: what is in a document, and what a mistake in it means, is the reader's.
"""

from typing import Any

import yaml

# PyYAML's wheels have libyaml; where it was built without, its own parser does the same.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(document: str | bytes) -> object:
    """The document in plain values. Raises `yaml.YAMLError`."""
    return yaml.load(document, Loader=_LOADER)  # noqa: S506 - it is a safe loader
