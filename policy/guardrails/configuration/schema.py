"""JSON schemas: of one rule's settings, which the engine checks, and of the whole file, for editors and checks.

`python -m guardrails.configuration.schema` (in `make policy-pages`) writes the latter to the pack's folder, as
`configuration.schema.json`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from guardrails.configuration.exemptions import EVERY_RULE, POLICY, SCHEMA
from guardrails.rules import Level, Rule

FILE: Final = Path(__file__).resolve().parents[2] / "configuration.schema.json"
"""Where the schema of the whole file is published."""

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"


def settings_schema(rule: Rule) -> dict[str, Any]:
    """The schema of a rule's settings."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            setting.name: {**setting.schema, "default": setting.default, "description": setting.meaning}
            for setting in rule.settings
        },
    }


def problems_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    """What in `document` does not fit: where, and what is expected there."""
    if not document:
        return
    # Imported when something is configured: the library takes a fifth of the time that the pack has to start.
    from jsonschema import Draft7Validator

    validator: Any = Draft7Validator(schema)  # its types name classes that its own stubs leave out
    for error in sorted(validator.iter_errors(document), key=lambda error: error.json_path):
        expected = (
            cast("Mapping[str, Any]", error.schema).get("description") if isinstance(error.schema, dict) else None
        )
        where = f"{error.json_path.removeprefix('$.')}: {error.message}."
        yield f"{where} Expected: {expected}" if expected else where


def file_schema(rules: Iterable[Rule]) -> dict[str, Any]:
    """The schema of the configuration file: every rule's level and settings, and the exemptions."""
    known = tuple(rules)
    entries = {rule.metadata.name: _entry(rule) for rule in sorted(known, key=lambda rule: rule.metadata.name)}
    exemptions = json.loads(json.dumps(SCHEMA))
    exemptions["items"]["properties"]["rule"]["enum"] = [EVERY_RULE, *entries]
    return {
        "$schema": _DIALECT,
        "title": "Configuration of the Gatehouse policy pack",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "all": {"const": "mandatory", "description": "Makes every rule without a level of its own mandatory."},
            "environments": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Pulumi ESC environments, which the engine resolves.",
            },
            POLICY: {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "enforcementLevel": {
                        "enum": ["advisory", "mandatory"],
                        "default": "advisory",
                        "description": "How exemptions that have expired or cover nothing are reported.",
                    },
                    "exemptions": exemptions,
                },
            },
            **entries,
        },
    }


def _entry(rule: Rule) -> dict[str, Any]:
    levels = (
        {"enum": ["mandatory"]}
        if rule.metadata.level is Level.MANDATORY
        else {"enum": ["advisory", "mandatory", "disabled"]}
    )
    level = {**levels, "default": rule.metadata.level.value}
    settings = settings_schema(rule)
    entry = {**settings, "properties": {"enforcementLevel": level, **settings["properties"]}}
    return {"description": rule.metadata.description, "anyOf": [level, entry]}


def file_schema_text(rules: Iterable[Rule]) -> str:
    """The text of the published file."""
    return json.dumps(file_schema(rules), indent=2) + "\n"


if __name__ == "__main__":
    from guardrails.catalogue import ALL_RULES

    FILE.write_text(file_schema_text(ALL_RULES), encoding="utf-8")
