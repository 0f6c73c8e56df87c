"""Names for what the user left unnamed, as the official provider gives them.

Logical name, `-`, seven random hex digits; from the engine's seed, so that a preview and the update after it agree. A
name that was made this way before is kept: what is bound to change is never the name of a resource that exists.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.provider.resource_type import DEFAULTS_KEY, AutoName

SUFFIX_DIGITS: Final = 7
"""Hex digits after the logical name: pulumi-terraform-bridge, `tfbridge/names.go`, `AutoNameOptions.Randlen`."""

UNIQUE_DIGITS: Final = 26
"""Digits after a prefix: 18 of the moment, 8 of a counter (terraform-plugin-sdk, `id.PrefixedUniqueId`)."""

_COUNTER: Final = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What the engine says about names for one resource: its own proposal (stack configuration), and whether to name at
    all.
    """

    logical_name: str
    seed: bytes = b""
    proposed: str = ""
    disabled: bool = False


def automatic_name(auto_name: AutoName, naming: Naming, old_inputs: Mapping[str, Any]) -> str | None:
    """The name to fill in; None when the stack's configuration forbids automatic names."""
    kept = old_inputs.get(auto_name.property)
    if isinstance(kept, str) and auto_name.property in (old_inputs.get(DEFAULTS_KEY) or []):
        return kept
    if naming.disabled:
        return None
    if naming.proposed:
        return naming.proposed
    if naming.seed:
        digits = hashlib.sha256(naming.seed).hexdigest()[:SUFFIX_DIGITS]
    else:
        digits = secrets.token_hex(SUFFIX_DIGITS)[:SUFFIX_DIGITS]
    ending = f"{auto_name.separator}{digits}{auto_name.suffix}"
    return naming.logical_name[: auto_name.maximum_length - len(ending)] + ending


def with_unique_name(auto_name: AutoName | None, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs of a creation with a name made from the user's prefix, when that is all there is."""
    if auto_name is None or auto_name.property in inputs:
        return inputs
    prefix = inputs.get(f"{auto_name.property}Prefix")
    if not isinstance(prefix, str):
        return inputs
    # The moment and a counter, so that names sort by age.
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")[:18]
    return {**inputs, auto_name.property: f"{prefix}{moment}{next(_COUNTER):08x}"}
