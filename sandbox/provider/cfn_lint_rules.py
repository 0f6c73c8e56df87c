"""cfn-lint's rules, set up to judge many resources in one process.

cfn-lint is made to lint one template and to end: for every resource it makes validator classes and resolvers of
references anew, and goes through all rules for every value. That is most of what a judgement takes, so here each rule
keeps what it made. What is kept follows from the rules and the schemas alone. Only the modules of rules that can apply
are imported, as their text tells: the others take longer than these. And which fields a class of cfn-lint's has, which
it asks for every value, is worked out once: a fifth of a judgement.

Deliberately changes nothing else of cfn-lint's own: the rules that are loaded here and the name `fields` in three of
its modules, never its classes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from pathlib import Path as FilePath
from typing import Any, Final

from sandbox.provider.cfn_lint_import import import_cfn_lint

CALLING_RULE: Final = "E1101"
"""cfn-lint's rule that calls the special ones by the place of a value (its keyword)."""

MOST_CLASSES: Final = 256
"""Classes whose fields are remembered; some are made anew for a judgement, so this bounds what is kept of them."""

MOST_RESOLVERS: Final = 1024
"""Resolvers kept; our resource types have some hundred schemas, so this only bounds a sandbox that runs for months."""


_RULE_ID: Final = re.compile(r'^    id = "(\w+)"$', re.MULTILINE)
_TYPE_IN_KEYWORD: Final = re.compile(r"\bResources/(AWS::\w+::\w+)")


def load_rules(is_wanted: Callable[[str], bool], type_names: Collection[str]) -> Any:
    """cfn-lint's rules whose id is wanted, without those that are for other resource types only; what is left out is to
    cfn-lint as if it were switched off.
    """
    # Imported here and not above: see `CloudFormationJudge`.
    import_cfn_lint()
    import cfnlint
    from cfnlint import helpers
    from cfnlint.context import context
    from cfnlint.jsonschema import _filter, validators
    from cfnlint.rules import Rules
    from cfnlint.rules.jsonschema.Base import BaseJsonSchema

    remembered = lru_cache(MOST_CLASSES)(fields)
    for module in (context, validators, _filter):
        setattr(module, "fields", remembered)  # noqa: B010 - what it imported from `dataclasses`

    rules: Any = Rules()
    loader: Any = helpers
    folder = FilePath(str(cfnlint.__file__)).parent / "rules"
    for file in sorted(folder.rglob("[A-Za-z1-9]*.py")):
        if _may_apply(file, is_wanted, type_names):
            made = loader.create_rules(loader.import_filename(file.stem, str(file.parent)))
            rules.extend([rule for rule in made if is_wanted(rule.id)])
    kept = _Kept()
    for rule in rules.values():
        if isinstance(rule, BaseJsonSchema):
            rule.extend_validator = partial(kept.validator, rule)
    rules[CALLING_RULE].cfnLint = _SpecialRules(calling_rule=rules[CALLING_RULE]).errors
    return rules


def _may_apply(file: FilePath, is_wanted: Callable[[str], bool], type_names: Collection[str]) -> bool:
    """Whether a module has a rule that is wanted, as far as its text tells: where it tells nothing, it may."""
    text = file.read_text(encoding="utf-8")
    ids = _RULE_ID.findall(text)
    # Elsewhere a type is named as an exception: what is said of functions and formats applies to all.
    types = _TYPE_IN_KEYWORD.findall(text) if "resources" in file.parts else []
    return (not ids or any(map(is_wanted, ids))) and (not types or any(name in type_names for name in types))


@dataclass(kw_only=True)
class _Kept:
    """Validator classes by what they are made of, resolvers by their schema (with it, so that its identity lasts)."""

    classes: dict[tuple[Any, ...], Any] = field(default_factory=dict[tuple[Any, ...], Any])
    resolvers: dict[int, tuple[Any, Any]] = field(default_factory=dict[int, tuple[Any, Any]])

    def validator(
        self, rule: Any, validator: Any, schema: Any, context: Any, validators: Mapping[str, Any] | None = None
    ) -> Any:
        """What `BaseJsonSchema.extend_validator` answers."""
        own = rule._get_validators()  # noqa: SLF001 - what the method that this one stands for calls
        keywords: dict[str, Any] = {**own, **(validators or {})}
        functions = validator.function_filter
        made_of: tuple[Any, ...] = (
            validator.__class__,
            functions.add_cfn_lint_keyword,
            functions.validate_dynamic_references,
            frozenset(keywords.items()),
        )
        if made_of not in self.classes:
            self.classes[made_of] = validator.extend(validators=keywords)
        return self.classes[made_of](schema=schema, resolver=self._resolver(schema), cfn=validator.cfn, context=context)

    def _resolver(self, schema: Any) -> Any:
        from cfnlint.schema.resolver import RefResolver

        resolver_class: Any = RefResolver
        if id(schema) not in self.resolvers:
            if len(self.resolvers) >= MOST_RESOLVERS:
                self.resolvers.clear()
            self.resolvers[id(schema)] = (schema, resolver_class.from_schema(schema))
        return self.resolvers[id(schema)][1]


@dataclass(kw_only=True)
class _SpecialRules:
    """The rules that cfn-lint's `CfnLint` calls, by keyword. It learns of them when rules are first run."""

    calling_rule: Any
    by_keyword: dict[str, list[Any]] = field(default_factory=lambda: defaultdict[str, list[Any]](list))

    def errors(self, validator: Any, keywords: Sequence[str], instance: Any, schema: Any) -> Iterator[Any]:
        """What `CfnLint.cfnLint` yields."""
        from cfnlint.jsonschema._utils import Unset

        if not self.by_keyword:
            for rule in self.calling_rule.child_rules.values():
                for keyword in rule.keywords if rule is not None else ():
                    self.by_keyword[keyword].append(rule)
        inner = validator.evolve(function_filter=validator.function_filter.evolve(add_cfn_lint_keyword=False))
        for keyword in keywords:
            for rule in self.by_keyword.get(keyword, ()):
                for error in rule.validate(inner, keyword, instance, schema):
                    if error.rule is None and isinstance(error.validator, Unset):
                        error.rule = rule
                    yield error
