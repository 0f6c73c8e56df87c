"""Hold CloudFormation properties against the constraints that AWS publishes, by way of cfn-lint.

The schemas and rules that ship with cfn-lint know required properties, enumerations, patterns, ranges, deprecated
runtimes and IAM policy documents. Only its errors (rule ids with `E`) count: warnings are advice on templates, and AWS
accepts what they warn of.

Deliberately one resource at a time and only the property rules (measured: 1 to 10 ms; a full run takes 60 to 100 ms):
there is no template here whose other parts could be wrong.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sandbox.provider.cfn_lint_rules import load_rules
from sandbox.provider.cloudformation import UNKNOWN_RESOURCE, Translated
from sandbox.provider.paths import Path
from sandbox.provider.resource_type import Problem

LOGGER: Final = logging.getLogger(__name__)

PROPERTIES_RULE: Final = "E3002"
"""cfn-lint's rule that validates a resource's properties and calls the more special ones."""

COMPARING_RULES: Final = frozenset({"E3022", "E3060", "E3064"})
"""Rules that remember what they have seen of one template (subnets, endpoints, route tables): here every call is
another resource, or the same one again.
"""

_REQUIRED: Final = re.compile(r"^'(?P<name>[A-Za-z0-9]+)' is a required property$")

MOST_REMEMBERED: Final = 4096
"""Findings kept; a stack has far fewer resources, so this only bounds a sandbox that runs for months."""

_JUDGED: Final = {"Judged": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
"""Holds the place of the resource that is judged: rules look it up by its name, and walk from it to its neighbours."""

Findings = list[tuple[Path, str]]
"""What is wrong: path among the CloudFormation properties, message."""


@dataclass(kw_only=True)
class CloudFormationJudge:
    """cfn-lint, loaded once in the background because importing it and its rules takes half a second. Only what it
    knows of `type_names` is loaded.

    Safe between threads: cfn-lint is not, so calls run one after the other. Findings are remembered by content,
    because the engine checks every resource of a stack again on each run.
    """

    type_names: frozenset[str]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _validate: Callable[[str, str, dict[str, Any]], Findings] | None = None
    _remembered: dict[str, Findings] = field(default_factory=dict[str, Findings], repr=False)

    def start_loading(self) -> None:
        """Load in a thread of its own; `problems` waits for it, and tries again when it failed."""
        threading.Thread(target=self._load_early, name="cfn-lint", daemon=True).start()

    def problems(self, translated: Translated, *, region: str) -> list[Problem]:
        """Every error that cfn-lint finds, with the user's own paths.

        Raises ValueError for a type that is not among `type_names`, and whatever loading cfn-lint raises: without the
        judge nothing may pass.
        """
        if translated.type_name not in self.type_names:
            raise ValueError(f"rules for {translated.type_name} were not asked for, so it cannot be judged")
        key = json.dumps([region, translated.type_name, translated.properties], sort_keys=True)
        validate = self._load()
        with self._lock:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            findings = self._remembered.get(key)
            if findings is None:
                findings = self._remembered[key] = validate(region, translated.type_name, translated.properties)
        return [Problem(path=translated.origin(path), message=message) for path, message in findings]

    def _load_early(self) -> None:
        try:
            self._load()
        except Exception:
            LOGGER.exception("cfn-lint could not be loaded; every check will fail until it can")

    def _load(self) -> Callable[[str, str, dict[str, Any]], Findings]:
        with self._lock:
            if self._validate is None:
                self._validate = _load_cfn_lint(self.type_names)
            return self._validate


def _load_cfn_lint(type_names: frozenset[str]) -> Callable[[str, str, dict[str, Any]], Findings]:
    rules = load_rules(_counts, type_names)

    # Imported here and not above: see `CloudFormationJudge`; and after the rules, see `cfn_lint_import.py`.
    from cfnlint.config import ConfigMixIn, ManualArgs
    from cfnlint.context.context import create_context_for_template
    from cfnlint.jsonschema import CfnTemplateValidator
    from cfnlint.schema import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
    from cfnlint.template import Template

    validators: dict[str, Any] = {}

    def validator_for(region: str) -> Any:
        if region not in validators:
            template: Any = Template(None, {"Resources": {**UNKNOWN_RESOURCE, **_JUDGED}}, [region])
            # One ordinary run ties parent rules to their children and initialises them for this template.
            list(rules.run(None, template, ConfigMixIn(cast("Any", ManualArgs(regions=[region])))))
            context: Any = create_context_for_template(template)
            resource = context.evolve(path=context.path.descend(path="Resources").descend(path=next(iter(_JUDGED))))
            base: Any = CfnTemplateValidator({})
            validators[region] = base.evolve(cfn=template, context=resource)
        return validators[region]

    def validate(region: str, type_name: str, properties: dict[str, Any]) -> Findings:
        try:
            PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name)
        except ResourceNotFoundError:
            return [((), f"AWS does not offer {type_name} in {region}")]
        resource = {"Type": type_name, "Properties": properties}
        errors = rules[PROPERTIES_RULE].validate(validator_for(region), None, resource, {})
        return [_finding(error) for error in errors if not _is_undecided(error) and _is_error(error)]

    return validate


def _counts(rule: str) -> bool:
    return rule.startswith("E") and rule not in COMPARING_RULES


def _is_error(error: Any) -> bool:
    return error.rule is None or _counts(str(error.rule.id))


def _is_undecided(error: Any) -> bool:
    """Whether a constraint hangs on a value that is not known yet: it is decided when the value is."""
    return bool(error.unknown)


def _finding(error: Any) -> tuple[Path, str]:
    path: Path = tuple(error.path)[1:]  # without "Properties"
    missing = _REQUIRED.match(str(error.message))
    if missing is not None:
        return (*path, missing["name"]), "is required by AWS and has no value"
    return path, str(error.message)
