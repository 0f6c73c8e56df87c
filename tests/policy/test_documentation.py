"""`docs/policies/`: one page per rule and an index, which are what the rules' metadata and fixtures make them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrails.catalogue import ALL_RULES
from guardrails.nodes import SIGNATURE
from guardrails.rules import Rule
from tests.policy.fixtures.catalogue import ALL_FIXTURES
from tests.policy.fixtures.fixture import Fixture
from tests.policy.judging import UNKNOWN, Declared, secret
from tests.policy.pages.example import program
from tests.policy.pages.files import FOLDER, INDEX, ROOT, expected, superfluous
from tests.policy.pages.index import BEGIN, END, NoMarksError, index
from tests.policy.pages.provider import TOKEN, UnknownTypeError, nested_shape, shape_of

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+){2,}")
REMEDY = "run `make policy-pages`"

in_each_rule = pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.metadata.name)
in_each_fixture = pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)


@cache
def pages() -> dict[Path, str]:
    """All pages as they should be, made once."""
    return expected()


def test_every_page_and_the_index_are_what_the_rules_and_their_fixtures_make_them() -> None:
    different = [
        str(path.relative_to(ROOT))
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert different == [], REMEDY
    assert superfluous(pages()) == [], REMEDY


def test_the_index_lists_every_rule_once() -> None:
    rows = re.findall(r"^\| \[([a-z0-9-]+)\]\(\1\.md\) ", INDEX.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert Counter(rows) == Counter(rule.metadata.name for rule in ALL_RULES), REMEDY


def test_an_index_without_its_marks_is_not_written_over() -> None:
    with pytest.raises(NoMarksError, match=re.escape(BEGIN)):
        index("# Policies\n\nProse alone.\n", ALL_RULES)
    assert index(f"before {BEGIN} old {END} after", ALL_RULES).startswith("before ")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_links_of_a_page_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert "://" in target or (path.parent / target).exists(), target


@in_each_rule
def test_a_name_says_service_resource_and_condition(rule: Rule) -> None:
    assert NAME.fullmatch(rule.metadata.name)


@in_each_rule
def test_every_text_is_a_whole_sentence_and_every_setting_is_named_alike(rule: Rule) -> None:
    metadata = rule.metadata
    for text in (metadata.description, metadata.remediation, metadata.judged, metadata.why):
        assert text.endswith((".", ".)")), text
        assert text == text.strip()
    for setting in rule.settings:
        assert setting.meaning.endswith("."), setting.meaning
        assert setting.name == setting.name.lower()


@in_each_fixture
def test_the_examples_of_a_page_are_yaml_whose_references_lead_to_their_own_resources(fixture: Fixture) -> None:
    complying, violating = re.findall(
        r"^```yaml\n(.*?)^```$", pages()[ROOT / fixture.rule.metadata.page], re.DOTALL | re.MULTILINE
    )
    for text in (complying, violating):
        resources = yaml.load(text, yaml.CSafeLoader).get("resources", {})
        for name in re.findall(r"(?<!\$)\$\{([\w-]+)", text):
            assert name in resources, name


@in_each_fixture
def test_a_fixture_uses_types_and_properties_that_the_provider_has(fixture: Fixture) -> None:
    """A rule that reads a property under a wrong name never says anything about a real program."""
    for declared in fixture.compliant:
        if TOKEN.fullmatch(declared.type):
            assert list(unheard_of(declared)) == [], declared.name


def unheard_of(declared: Declared) -> Iterator[str]:
    """The properties, nested ones too, that the provider knows neither as an input nor as an output."""
    shape = shape_of(declared.type)
    for name, value in declared.properties.items():
        if name not in shape.inputs and name not in shape.outputs:
            yield name
        elif name in shape.inputs and shape.inputs[name].shape:
            yield from _inside(declared.type, shape.inputs[name].shape or "", name, value)


def _inside(token: str, shape: str, path: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for element in value:
            yield from _inside(token, shape, path, element)
    elif isinstance(value, dict) and SIGNATURE not in value:
        try:
            known = nested_shape(token, shape)
        except UnknownTypeError:
            return  # a document such as a policy, which the provider gives a type of its own elsewhere
        for name, inner in value.items():
            if name not in known:
                yield f"{path}.{name}"
            elif known[name].shape:
                yield from _inside(token, known[name].shape or "", f"{path}.{name}", inner)


@pytest.mark.parametrize(
    ("token", "properties", "missing"),
    [
        ("aws:lambda/function:Function", {"environmnt": {}}, ["environmnt"]),
        ("aws:lambda/function:Function", {"environment": {"variable": {}}}, ["environment.variable"]),
        ("aws:lambda/function:Function", {"environment": {"variables": {"ANY": "x"}}, "arn": "arn:x"}, []),
        (
            "aws:s3/bucket:Bucket",
            {"serverSideEncryptionConfiguration": {"rules": []}},
            ["serverSideEncryptionConfiguration.rules"],
        ),
    ],
)
def test_what_the_provider_has_is_told_from_what_it_has_not(
    token: str, properties: dict[str, object], missing: list[str]
) -> None:
    assert list(unheard_of(Declared(type=token, name="x", properties=properties))) == missing


@pytest.mark.parametrize("token", ["aws:lambda/funktion:Funktion", "aws:lamda/function:Function", "aws:native"])
def test_a_type_that_the_provider_has_not_is_told(token: str) -> None:
    with pytest.raises(UnknownTypeError):
        shape_of(token)


def rendered(declared: Iterable[Declared]) -> dict[str, Any]:
    return yaml.safe_load(program(declared))["resources"]


def test_an_example_refers_to_what_a_value_comes_from_and_leaves_out_what_only_aws_can_set() -> None:
    role = Declared(type="aws:iam/role:Role", name="role", properties={"arn": "arn:aws:iam::1:role/r", "name": "r"})
    function = Declared(
        type="aws:lambda/function:Function",
        name="function",
        properties={"role": UNKNOWN, "memorySize": 128.0, "arn": "arn:aws:lambda:function"},
        sources={"role": ["role"]},
    )
    assert rendered([role, function]) == {
        "role": {"type": "aws:iam:Role", "properties": {"name": "r"}},
        "function": {"type": "aws:lambda:Function", "properties": {"role": "${role.arn}", "memorySize": 128}},
    }


def test_an_example_writes_secrets_documents_and_variables_of_policies_as_pulumi_reads_them() -> None:
    policy = Declared(
        type="aws:iam/policy:Policy",
        name="policy",
        properties={"policy": '{"Resource": "${aws:PrincipalTag/tenant}"}', "description": secret("x")},
    )
    assert rendered([policy])["policy"]["properties"] == {
        "policy": {"fn::toJSON": {"Resource": "$${aws:PrincipalTag/tenant}"}},
        "description": {"fn::secret": "x"},
    }


COVERAGE = ROOT / "docs" / "explanation" / "policy-coverage.md"
COMPARED = ("apigateway", "apigatewayv2", "cognito", "lambda", "secretsmanager")
"""Services for which the page compares every rule."""


def test_the_coverage_page_leads_to_pages_and_names_every_rule_on_the_services_that_it_compares() -> None:
    linked = re.findall(r"\]\(\.\./policies/([a-z0-9-]+)\.md\)", COVERAGE.read_text(encoding="utf-8"))
    names = {rule.metadata.name for rule in ALL_RULES}
    assert set(linked) <= names, "a link to a rule that there is not"
    assert {name for name in names if name.startswith(tuple(f"{service}-" for service in COMPARED))} <= set(linked)


def test_every_row_of_the_coverage_page_answers_for_every_rule_set() -> None:
    tables = [line for line in COVERAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    compared = [line for line in tables if not line.startswith("| [") and not line.startswith("| rule set")]
    assert len(compared) > 40
    for line in compared:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 7, line
        assert all(cells), line
