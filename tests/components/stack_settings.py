"""The sandbox stack's settings as the engine hands them to the program: the project's defaults, then its own, then
what `make up` adds of the running sandbox."""

import copy
import functools
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.commands.workload_issuer import issuer_configuration

ROOT = Path(__file__).resolve().parent.parent.parent
SANDBOX_URL = "http://127.0.0.1:4566"


def declared() -> dict[str, dict[str, Any]]:
    """What Pulumi.yaml declares, by key."""
    return _yaml("Pulumi.yaml")["config"]


def sandbox_settings(**changes: Any) -> dict[str, Any]:
    """All settings of the sandbox stack; `changes` are by name without the namespace, None leaves one out."""
    settings = {key: declaration["default"] for key, declaration in declared().items()}
    own = _yaml("Pulumi.sandbox.yaml")["config"]
    settings.update(own)
    settings.update(issuer_configuration(declared=declared(), given=own, sandbox_url=SANDBOX_URL, spire=None))
    # A test that is about partners says what `make up` adds for them (`partner_stack.partner_settings`).
    settings["gatehouse:partnerEnabled"] = False
    settings.update({f"gatehouse:{name}": value for name, value in changes.items()})
    return {key: value for key, value in settings.items() if value is not None}


def _yaml(name: str) -> dict[str, Any]:
    """The document, the caller's own: it is read once, which takes nine times as long as a copy."""
    return copy.deepcopy(_read(name))


@functools.cache
def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.load((ROOT / name).read_text(), yaml.CSafeLoader))
