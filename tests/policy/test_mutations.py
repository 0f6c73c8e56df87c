"""No property of a compliant stack can be lost, unknown or of a wrong type without a rule that read it saying so.

`make policy-mutations` prints all of it; here is that it holds, and that the search would find what it looks for.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice, product

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, ResourceRule, Rule, StackRule, Undecided, Violation
from guardrails.settings import Settings
from tests.policy.declarations import AUTHORIZER, FUNCTION_URL, METHOD
from tests.policy.fixtures.catalogue import ALL_FIXTURES
from tests.policy.fixtures.fixture import Fixture, Violating
from tests.policy.judging import Declared, judge
from tests.policy.mutations.changes import CANARY, CHANGES, change, places
from tests.policy.mutations.outcomes import ERRORS, Outcome, mutations
from tests.policy.mutations.table import lines
from tests.policy.mutations.verdicts import resources, said, said_of_stack, with_property

URL_TYPE = frozenset({FUNCTION_URL.type})


@pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)
def test_every_change_is_a_violation_or_waits_or_is_explained(fixture: Fixture) -> None:
    errors = [str(mutation) for mutation in mutations(fixture) if mutation.outcome in ERRORS]
    assert errors == []


@pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)
def test_an_explanation_speaks_of_a_property_and_gives_a_reason(fixture: Fixture) -> None:
    for (_, path), reasons in fixture.may_pass.items():
        assert re.search(r"\w", path), "a pattern for every property explains nothing"
        for names, reason in reasons.items():
            assert {name.strip() for name in names.split(",")} <= {*CHANGES, "*"}
            assert " " in reason


def merged() -> list[Declared]:
    """One resource of every type in the fixtures, with all properties that any of its kind has."""
    by_type: dict[str, Declared] = {}
    for one in chain.from_iterable(fixture.compliant for fixture in ALL_FIXTURES):
        known = by_type.get(one.type, one)
        by_type[one.type] = replace(
            known, properties={**known.properties, **one.properties}, sources={**known.sources, **one.sources}
        )
    by_name: dict[str, Declared] = {}
    for one in by_type.values():
        name = f"{one.name} of {one.type}" if one.name in by_name else one.name
        by_name[name] = replace(one, name=name)
    return list(by_name.values())


def rules_for(type_token: str) -> list[Rule]:
    return [
        rule
        for rule in ALL_RULES
        if isinstance(rule, ResourceRule) and (rule.types is None or type_token in rule.types)
    ]


def test_no_rule_fails_or_tells_a_value_where_everything_is_broken_at_once() -> None:
    """All types in one stack: the first property of each is changed, then the second, and so on."""
    together = merged()
    as_declared = resources(together)
    on_stacks = [rule for rule in ALL_RULES if isinstance(rule, StackRule)]
    changes = [name for name in CHANGES if "secret" not in name and name not in {"zero", "a negative number"}]
    for name, index in product(changes, range(max(len(one.properties) for one in together))):
        changed = {
            one.name: with_property(as_declared[one.name], found[0], found[1].properties)
            for one in together
            if (found := broken(one, index, name)) is not None
        }
        stack = Stack(resources=tuple({**as_declared, **changed}.values()))
        answers = [
            *((rule, said(rule, one, {})) for one in changed.values() for rule in rules_for(one.type)),
            *((rule, said_of_stack(rule, stack)) for rule in on_stacks),
        ]
        for rule, answer in answers:
            assert answer.failure == "", (rule.metadata.name, index, name)
            assert CANARY not in answer.violations + answer.notes, (rule.metadata.name, index, name)


def broken(declared: Declared, index: int, name: str) -> tuple[str, Declared] | None:
    """The name of property number `index`, and the resource with it changed; `None` where nothing changes."""
    place = next(islice((place for place in places(declared) if len(place.path) == 1), index, None), None)
    changed = change(declared, place, name) if place is not None and name in place.changes else None
    return None if place is None or changed is None else (str(place.path[0]), changed)


def rule_with(check: object) -> Fixture:
    """A rule on function URLs that judges them by `check`, with the compliant declaration as its fixture."""
    rule = ResourceRule(metadata=ALL_RULES[0].metadata, types=URL_TYPE, check=check)  # pyright: ignore[reportArgumentType]
    return Fixture(rule=rule, compliant=(FUNCTION_URL,), violating=())


def outcomes(fixture: Fixture, place: str = "authorizationType") -> dict[str, Outcome]:
    return {mutation.change: mutation.outcome for mutation in mutations(fixture) if mutation.place == place}


def demanding(url: Resource, _settings: Settings) -> Iterator[Finding]:
    match url.read("authorizationType"):
        case Known(value="AWS_IAM"):
            return
        case Unknown():
            yield Undecided(resource=url, properties=("authorizationType",))
        case _:
            yield Violation(resource=url, problem="it is open.")


def lenient(url: Resource, settings: Settings) -> Iterator[Finding]:
    if not isinstance(url.read("authorizationType"), Missing):
        yield from demanding(url, settings)


def careless(url: Resource, _settings: Settings) -> Iterator[Finding]:
    reading = url.read("authorizationType")
    if not isinstance(reading, Known) or reading.value != "AWS_IAM":
        yield Violation(resource=url, problem="it is open.")


def crashing(url: Resource, _settings: Settings) -> Iterator[Finding]:
    reading = url.read("authorizationType")
    assert isinstance(reading, Known)
    if reading.value == 1.0:
        raise ValueError(CANARY)
    yield from ()


def telling(url: Resource, _settings: Settings) -> Iterator[Finding]:
    reading = url.read("authorizationType")
    if isinstance(reading, Known) and reading.value != "AWS_IAM":
        yield Violation(resource=url, problem=f"{reading.value!r} is not AWS_IAM.")


def vague(url: Resource, settings: Settings) -> Iterator[Finding]:
    for finding in demanding(url, settings):
        yield replace(finding, properties=("something",)) if isinstance(finding, Undecided) else finding


def test_a_rule_without_a_hole_has_no_error() -> None:
    found = outcomes(rule_with(demanding))
    assert not ERRORS & set(found.values())
    assert found.keys() == CHANGES.keys() - {"zero", "a negative number", "a huge number"}
    assert set(outcomes(rule_with(demanding), "functionName").values()) == {Outcome.NOT_READ}


def test_a_rule_that_passes_what_is_missing_is_found() -> None:
    found = outcomes(rule_with(lenient))
    assert {name for name, outcome in found.items() if outcome is Outcome.SILENT} == {"removed", "null"}


def test_a_rule_that_judges_what_is_not_known_is_found() -> None:
    found = outcomes(rule_with(careless))
    assert {name for name, outcome in found.items() if outcome is Outcome.BLIND} == {"unknown", "an unknown secret"}


def test_a_rule_that_fails_is_found_and_tells_no_value() -> None:
    found = outcomes(rule_with(crashing))
    assert found["a number"] is Outcome.CRASH
    assert found["removed"] is Outcome.CRASH
    failed = judge(rule_with(crashing).rule, FUNCTION_URL.with_property("authorizationType", 1.0))
    assert failed.text == "This rule failed (ValueError); it cannot show compliance. Report the defect."


def test_a_rule_that_tells_a_value_is_found() -> None:
    assert outcomes(rule_with(telling))["another text"] is Outcome.TELLS


def test_a_note_that_does_not_name_the_property_is_found() -> None:
    assert outcomes(rule_with(vague))["unknown"] is Outcome.VAGUE


def test_a_property_that_is_not_there_is_added_where_the_rule_looks_for_it() -> None:
    bare = replace(rule_with(demanding), compliant=(FUNCTION_URL.without("authorizationType"),))
    found = outcomes(bare)
    assert found["a list"] is Outcome.VIOLATION
    assert "removed" not in found


def test_what_a_fixture_explains_passes_and_what_nothing_needs_is_an_error() -> None:
    fixture = rule_with(lenient)
    explained = replace(fixture, may_pass={("url", "authorization*"): {"removed, null": "for this test"}})
    assert set(outcomes(explained).values()) & ERRORS == set()
    needless = replace(fixture, may_pass={("url", "functionName"): {"removed": "it is not read at all"}})
    assert [one.place for one in mutations(needless) if one.outcome is Outcome.STALE] == ["functionName"]


def test_an_explanation_that_names_another_rule_is_tried() -> None:
    right = "judged by lambda-function-url-authorization"
    wrong = "judged by apigateway-method-custom-authorization"
    none = "judged by no-such-rule"
    for reason, expected in ((right, Outcome.EXPLAINED), (wrong, Outcome.SILENT), (none, Outcome.SILENT)):
        explained = replace(rule_with(lenient), may_pass={("url", "authorizationType"): {"removed, null": reason}})
        assert outcomes(explained)["removed"] is expected


def test_a_further_compliant_stack_is_changed_too_but_its_passes_are_not_asked_for_a_reason() -> None:
    further = {"under another name": (replace(FUNCTION_URL, name="other"),)}
    found = [one for one in mutations(replace(rule_with(lenient), also_compliant=further)) if one.variant]
    assert {one.outcome for one in found if one.change == "removed"} == {Outcome.UNASKED, Outcome.NOT_READ}
    assert {one.outcome for one in found if one.change == "a list"} == {Outcome.VIOLATION, Outcome.NOT_READ}
    blind = [one for one in mutations(replace(rule_with(careless), also_compliant=further)) if one.variant]
    assert Outcome.BLIND in {one.outcome for one in blind}


def test_a_violation_that_lapses_where_something_is_not_known_is_found() -> None:
    broken_one = Violating(
        title="Open.", stack=(FUNCTION_URL.with_property("authorizationType", "NONE"),), culprit="url", says="open"
    )

    def lapsing(url: Resource, _settings: Settings) -> Iterator[Finding]:
        reading = url.read("authorizationType")
        if isinstance(reading, Known) and reading.value != "AWS_IAM":
            yield Violation(resource=url, problem="it is open.")

    found = mutations(replace(rule_with(lapsing), violating=(broken_one,)))
    lapsed = {one.change for one in found if one.variant and one.outcome is Outcome.LAPSES}
    assert lapsed == {"unknown", "an unknown secret"}
    found = mutations(replace(rule_with(demanding), violating=(broken_one,)))
    assert not ERRORS & {one.outcome for one in found if one.variant}


def test_members_of_json_documents_are_changed_too() -> None:
    policy = AUTHORIZER.with_property("policy", '{"Statement": [{"Effect": "Allow"}]}')
    found = {str(place): place for place in places(policy)}
    effect = found["policy: Statement.0.Effect"]
    changed = change(policy, effect, "empty text")
    assert changed is not None
    assert changed.properties["policy"] == '{"Statement": [{"Effect": ""}]}'
    assert "unknown" not in effect.changes


def test_a_change_leaves_the_declaration_as_it_was_and_nothing_is_changed_into_itself() -> None:
    before = dict(METHOD.properties)
    for place in places(METHOD):
        for name in place.changes:
            change(METHOD, place, name)
    assert METHOD.properties == before
    empty = METHOD.with_property("authorizerId", "")
    (place,) = [one for one in places(empty) if str(one) == "authorizerId"]
    assert change(empty, place, "empty text") is None


def test_the_table_lists_every_outcome_and_ends_with_the_number_of_errors() -> None:
    fixture = rule_with(lenient)
    text = "\n".join(lines(mutations(fixture)))
    assert "authorizationType: PASSES SILENTLY: removed, null" in text
    assert "not read: functionName" in text
    counted = Counter(one.outcome for one in mutations(fixture))
    assert f"1 rules, {counted.total()} mutations" in text
    assert text.endswith("errors: 2")
