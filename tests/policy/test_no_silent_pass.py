"""Every property of every compliant declaration removed, emptied, made unknown or given a wrong type.

No change may make a rule fail, hide behind another, or pass where the property is needed for compliance; which
properties are not is written down here, so that a new hole shows as a difference.
"""

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.rules import ResourceRule, Rule
from tests.policy.declarations import (
    APP_CLIENT,
    FUNCTION,
    FUNCTION_URL,
    METHOD,
    REST_API,
    ROUTE,
    SECRET_VERSION,
    STACK,
    STAGE,
    replaced,
)
from tests.policy.judging import UNKNOWN, Declared, Verdict, judge, secret

ALONE = (METHOD, REST_API, ROUTE, FUNCTION_URL, FUNCTION, STAGE, SECRET_VERSION, APP_CLIENT)

CHANGES = {
    "removed": None,
    "null": None,
    "emptied": "",
    "unknown": UNKNOWN,
    "a secret": secret("hunter2"),
    "an unknown secret": secret(UNKNOWN),
    "a number": 1.0,
    "a switch": True,
    "a list": ["hunter2"],
    "an object": {"PASSWORD": "hunter2"},
    "a list of unknowns": [UNKNOWN],
    "an object of unknowns": {"PASSWORD": UNKNOWN},
}
ALL = frozenset(CHANGES)
ABSENT = frozenset({"removed", "null"})

MAY_PASS = {
    # They say nothing about who may call, or about a secret; the stack's rules match the ids.
    ("Method", "restApi"): ALL,
    ("Method", "resourceId"): ALL,
    ("Method", "httpMethod"): ALL,
    ("RestApi", "id"): ALL,
    ("RestApi", "name"): ALL,
    ("Route", "apiId"): ALL,
    ("Route", "routeKey"): ALL - {"unknown", "an unknown secret"},
    ("FunctionUrl", "functionName"): ALL,
    ("Function", "role"): ALL,
    ("Stage", "restApi"): ALL,
    ("Stage", "stageName"): ALL,
    ("SecretVersion", "secretId"): ALL,
    ("UserPoolClient", "userPoolId"): ALL,
    # No secret is made unless somebody asks for one.
    ("UserPoolClient", "generateSecret"): ABSENT,
    # An id that is there, known or not.
    ("Method", "authorizerId"): frozenset({"unknown", "an unknown secret", "a secret"}),
    ("Route", "authorizerId"): frozenset({"unknown", "an unknown secret", "a secret"}),
    # Without variables there is no secret among them; an environment has no other properties.
    ("Function", "environment"): ABSENT | {"an object", "an object of unknowns"},
    ("Function", "environment.variables"): ABSENT,
    ("Stage", "variables"): ABSENT,
}


def changed(declared: Declared, path: str, change: str) -> Declared:
    return declared.without(path) if change == "removed" else declared.with_property(path, CHANGES[change])


def cases() -> list[object]:
    found: list[object] = []
    for declared in ALONE:
        for path in declared.properties:
            nested = [f"{path}.{name}" for name in declared.properties[path]] if path == "environment" else []
            for each in (path, *nested):
                found += [
                    pytest.param(declared, each, change, id=f"{declared.name} {each} {change}") for change in CHANGES
                ]
    return found


def verdicts(declared: Declared) -> Verdict:
    all_of_them = [judge(rule, declared) for rule in ALL_RULES if isinstance(rule, ResourceRule)]
    return Verdict(
        violations=tuple(violation for verdict in all_of_them for violation in verdict.violations),
        undecided="\n".join(verdict.undecided for verdict in all_of_them if verdict.undecided) or None,
    )


@pytest.mark.parametrize(("declared", "path", "change"), cases())
def test_no_change_of_one_property_makes_a_rule_fail_tell_a_value_or_pass(
    declared: Declared, path: str, change: str
) -> None:
    verdict = verdicts(changed(declared, path, change))
    assert "This rule failed" not in verdict.text
    assert "hunter2" not in verdict.text
    may_pass = change in MAY_PASS.get((declared.type.rpartition(":")[2], path), frozenset())
    assert (verdict == Verdict(violations=(), undecided=None)) is may_pass


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.metadata.name)
@pytest.mark.parametrize("change", CHANGES)
def test_no_change_of_a_stack_crashes_a_rule(rule: Rule, change: str) -> None:
    for declared in STACK:
        for path in declared.properties:
            verdict = judge(rule, *replaced(STACK, changed(declared, path, change)))
            assert "This rule failed" not in verdict.text


def test_a_rule_that_fails_is_a_violation_and_tells_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object, _settings: object) -> list[object]:
        raise ValueError("hunter2")

    rule = ResourceRule(metadata=ALL_RULES[0].metadata, types=frozenset({METHOD.type}), check=failing)  # pyright: ignore[reportArgumentType]  # never returns
    verdict = judge(rule, METHOD)
    assert verdict.text == "This rule failed (ValueError); it cannot show compliance. Report the defect."
