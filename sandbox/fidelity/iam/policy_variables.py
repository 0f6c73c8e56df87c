"""Gap: policy variables such as `${aws:PrincipalTag/customer_id}` are compared as the text that they are.

What the emulator does: neither conditions nor resources have their variables replaced, so a policy for one tenant's
rows matches nobody's. Wildcards do not match line breaks, and `name` matches `name` with a line break after it.

What AWS does (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html): in policies of
version 2012-10-17, a variable in a resource or a condition's value is replaced by the value of its condition key, or by
its default (`${aws:PrincipalTag/team, 'all'}`); `${*}`, `${?}` and `${$}` are these characters and no wildcards; a key
with several values cannot be used; where a variable has no value, the statement does not match. In older versions a
variable is plain text.

The wrap replaces them when a statement is judged. Characters that came from a value never act as wildcards. A
condition whose variable has no value is not met whatever its operator, in a statement that denies: it is met, so that
what is not known never opens anything.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, Final, cast

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

iam_evaluator = emulator_module("core.iam_evaluator")

LANGUAGE_VERSION: Final = "2012-10-17"
VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
# Private characters that stand for a `*`, `?` or `$` that is meant as such, until the comparison.
PLAIN: Final = {"*": "\ue000", "?": "\ue001", "$": "\ue002"}
CHARACTERS: Final = {private: character for character, private in PLAIN.items()}

_effect: ContextVar[str] = ContextVar("gatehouse_judged_effect", default="Allow")


class UnresolvedError(LookupError):
    """A policy variable has no value in this request."""


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(iam_evaluator, "_resolve_condition_key", ("key", "ctx"))
    wrap(iam_evaluator, "parse_policy_document", ("doc",), _with_version, by=__name__)
    wrap(iam_evaluator, "_fnmatch_compile", ("pattern", "ignore_case"), _compiling, by=__name__)
    wrap(iam_evaluator, "_first_match", ("ctx", "stmts", "effect"), _with_resources, by=__name__)
    wrap(iam_evaluator, "_conditions_met", ("conditions", "ctx"), _with_values, by=__name__)


def _with_version(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def parse_policy_document(doc: Any) -> Any:
        if isinstance(doc, str):
            try:
                doc = json.loads(doc)
            except ValueError:
                return original(doc)
        document = cast(dict[str, Any], doc) if isinstance(doc, dict) else {}
        if document.get("Version") != LANGUAGE_VERSION and "${" in json.dumps(document):
            doc = json.loads(json.dumps(document).replace("${", "${$}{"))
        return original(doc)

    return parse_policy_document


def _compiling(original: Callable[[str, bool], re.Pattern[str]]) -> Callable[[str, bool], re.Pattern[str]]:
    del original  # its `.` and `$` stop at line breaks

    @lru_cache(maxsize=4096)
    def fnmatch_compile(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 - the emulator's signature
        wildcards = {"*": ".*", "?": "."}
        parts = (wildcards.get(each) or re.escape(CHARACTERS.get(each, each)) for each in pattern)
        return re.compile(rf"\A{''.join(parts)}\Z", re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG))

    return fnmatch_compile


def _with_resources(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def first_match(ctx: Any, stmts: Iterable[Any], effect: str) -> Any:
        token = _effect.set(effect)
        try:
            for statement in stmts:
                found = original(ctx, [_resolved_resources(statement, ctx)], effect)
                if found is not None:
                    return statement
            return None
        finally:
            _effect.reset(token)

    return first_match


def _resolved_resources(statement: Any, ctx: Any) -> Any:
    if not any("${" in text for text in (*statement.resources, *statement.not_resources)):
        return statement
    resources, not_resources = (
        [resolved for text in texts if (resolved := _resolved_or_none(text, ctx)) is not None]
        for texts in (statement.resources, statement.not_resources)
    )
    if statement.resources and not resources:
        # No list at all would mean every resource.
        resources = [PLAIN["*"]]
    if statement.not_resources and len(not_resources) < len(statement.not_resources):
        not_resources = ["*"] if statement.effect == "Allow" else not_resources or [PLAIN["*"]]
    return dataclasses.replace(statement, resources=resources, not_resources=not_resources)


def _resolved_or_none(text: str, ctx: Any) -> str | None:
    try:
        return resolved(text, ctx)
    except UnresolvedError:
        return None


def _with_values(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def conditions_met(conditions: Any, ctx: Any) -> bool:
        if not isinstance(conditions, dict) or "${" not in json.dumps(conditions):
            return original(conditions, ctx)
        try:
            return original(_resolved_conditions(cast(dict[str, Any], conditions), ctx), ctx)
        except UnresolvedError:
            return _effect.get() == "Deny"

    return conditions_met


def _resolved_conditions(conditions: dict[str, Any], ctx: Any) -> dict[str, Any]:
    return {
        operator: {key: _resolved_values(operator, values, ctx) for key, values in cast(dict[str, Any], block).items()}
        if isinstance(block, dict)
        else block
        for operator, block in conditions.items()
    }


def _resolved_values(operator: str, values: Any, ctx: Any) -> Any:
    if isinstance(values, list):
        return [_resolved_values(operator, value, ctx) for value in cast(list[Any], values)]
    if not isinstance(values, str):
        return values
    has_wildcards = any(kind in operator.lower() for kind in ("like", "arn"))
    text = resolved(values, ctx)
    return text if has_wildcards else plain(text)


def resolved(text: str, ctx: Any) -> str:
    """The text with its variables replaced; characters of values that are wildcards are private ones (`PLAIN`).

    Raises `UnresolvedError`: a variable has neither value nor default, or several values.
    """
    return VARIABLE.sub(lambda found: _value(found.group(1), ctx), text)


def plain(text: str) -> str:
    """The text as it is read: private characters turned back."""
    return "".join(CHARACTERS.get(each, each) for each in text)


def _value(variable: str, ctx: Any) -> str:
    if variable in PLAIN:
        return PLAIN[variable]
    key, comma, rest = variable.partition(",")
    value: Any = iam_evaluator._resolve_condition_key(key.strip(), ctx)
    default = rest.strip()
    if value is None and comma and len(default) >= 2 and default[0] == default[-1] == "'":
        value = default[1:-1]
    if not isinstance(value, str):
        raise UnresolvedError(variable)
    return "".join(PLAIN.get(each, each) for each in value)
