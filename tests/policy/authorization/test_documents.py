"""Texts of bodies: what is read, and what is refused because another reader could read it differently."""

import pytest

from guardrails.authorization.openapi.documents import MAX_BYTES, UnreadableDocumentError, parse

CANARY = "hunter2"


def refused(text: str) -> str:
    with pytest.raises(UnreadableDocumentError) as caught:
        parse(text)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None  # nothing of the text in a traceback either
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.0.1", "paths": {}}',
        '\ufeff{"openapi": "3.0.1", "paths": {}}',
        "openapi: 3.0.1\npaths: {}\n",
        "---\nopenapi: 3.0.1\npaths: {}\n",
        "# a comment\nopenapi: '3.0.1'\npaths: {}",
        "{openapi: 3.0.1, paths: {}}",
    ],
)
def test_json_and_yaml_give_the_same_object(text: str) -> None:
    assert parse(text) == {"openapi": "3.0.1", "paths": {}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("# hunter2", "is empty"),
        ("hunter2", "holds no object"),
        ("[hunter2]", "holds no object"),
        ("null", "holds no object"),
        ('{"a": hunter2,,}', "is not valid JSON at line 1, column 7"),
        ("a: hunter2\n b: [", "is not valid YAML at line 2"),
        ("a: 'hunter2", "is not valid YAML"),
        ("a: \x00hunter2", "is not valid YAML"),
        ("a: 2020-99-99", "is not valid YAML"),
        ('{"a": NaN}', "NaN or Infinity"),
        ('{"hunter2": 1, "hunter2": 2}', "the same key twice"),
        ('{"a": {"hunter2": 1, "hunter2": 2}}', "the same key twice"),
        ('{"\\u0061": 1, "a": 2}', "the same key twice"),
        ("hunter2: 1\nhunter2: 2", "the same key twice at line 2"),
        ("paths:\n  /a: {get: {}, 'get': {}}", "the same key twice at line 2"),
        ("{a: 1, a: 2}", "is not valid JSON"),  # read as JSON first, refused either way
        ("base: &hunter2 {a: 1}\nb: *hunter2", "uses a YAML alias at line 2"),
        ("a: {<<: {security: []}}", "uses a YAML merge key at line 1"),
        ("a: !!python/object/apply:os.system [hunter2]", "uses a YAML tag at line 1"),
        ("a: !!str hunter2", "uses a YAML tag at line 1"),
        ("a: !hunter2 b", "uses a YAML tag at line 1"),
        ("a: 1\n---\nb: hunter2", "holds a second YAML document at line 2"),
        ("? [hunter2]\n: 1", "has a key that is no text at line 1"),
        ('{"a":' * 200_000, "is nested too deep"),
        ("[" * 5_000, "is nested too deep"),
        ("- " * 5_000, "is nested too deep"),
        ('{"a": ' + "9" * 5_000 + "}", "is not valid JSON"),
        ("a: \ud800hunter2", "is not valid YAML"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused_without_repeating_it(text: str, says: str) -> None:
    assert says in refused(text)


def test_aliases_that_would_fill_the_memory_are_refused_at_the_first_one() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    assert "uses a YAML alias at line 2" in refused("\n".join(lines))


def test_a_text_that_api_gateway_would_not_import_is_not_read() -> None:
    assert "larger than the 6 MB" in refused("{" + " " * MAX_BYTES + "}")


def test_functions_of_templates_are_read_where_they_are_expected_and_nowhere_else() -> None:
    text = "Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {Name: !Sub '${hunter2}'}}}"
    assert "uses a YAML tag" in refused(text)
    assert "Resources" in parse(text, with_functions=True)
    with pytest.raises(UnreadableDocumentError, match="uses a YAML tag"):
        parse("Resources: !Transform {Name: 'AWS::Include'}", with_functions=True)
    with pytest.raises(UnreadableDocumentError, match="uses a YAML tag"):
        parse("Resources: !!python/name:os.system x", with_functions=True)
