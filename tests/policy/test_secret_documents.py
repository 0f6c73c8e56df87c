"""`guardrails.secrets.documents`: secrets in larger texts of any form, and no piece of them in what is said."""

import hashlib
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.catalogue import ALL_RULES
from guardrails.rules import ResourceRule
from guardrails.secrets import RULES
from guardrails.secrets.documents import MOST_PASSAGES, WINDOW, is_placeholder, passages, plain_name, told
from tests.policy.declarations import ARN, FUNCTION
from tests.policy.fixtures.secret_code import archive, text_asset
from tests.policy.judging import Declared, judge, secret

NAMED = "holds a value, and its name says that this is a secret"

FOUND = {
    "a member": ('{"a": [{"db": {"password": "hunter2"}}]}', "at a[0].db.password"),
    "a name beside a value": ('[{"Name": "DB_PASSWORD", "Value": "hunter2"}]', "at [0].DB_PASSWORD"),
    "a script in a member": ('{"script": "set -e\\nexport API_KEY=hunter2\\n"}', "at script"),
    "YAML": ("a:\n  password: hunter2\n", "line 2"),
    "YAML in quotes": ('a:\n  "password": "hunter2" # today\n', "line 2"),
    "a name and a value in YAML": ("env:\n  - name: DB_PASSWORD\n    value: hunter2\n", "line 3"),
    "an export": ("#!/bin/sh\nexport DB_PASSWORD='hunter2'\n", "line 2"),
    "Windows": ("$env:DB_PASSWORD = 'hunter2'\n", "line 1"),
    "an assignment before a command": ("FOO=1 DB_PASSWORD=hunter2 ./run\n", "line 1"),
    "an option": ("mysql --user web --password hunter2\n", "line 1"),
    "an option with a sign": ("mysql --password=hunter2\n", "line 1"),
    "INI": ("[db]\npassword = hunter2\n", "line 2"),
    "a password in a URL": ("curl https://web:hunter2@example.com/\n", "line 1"),
    "a flow of YAML": ("db: {user: web, password: hunter2}\n", "line 1"),
    "JSON on a line that does not parse": ('{"user":"web","password":"hunter2",', "line 1"),
    "JSON that does not parse": ('{"password": "hunter2",\n "a": }', "line 1"),
}

NOT_FOUND = [
    f'{{"SecretArn": "{ARN}", "TaskToken.$": "$$.Task.Token", "Key.$": "$.apiKey"}}',
    '{"Password": "{{resolve:secretsmanager:prod/db:SecretString:password}}"}',
    '{"components": {"schemas": {"Login": {"properties": {"password": {"type": "string"}}}}}}',
    "password: ${DB_PASSWORD}\ntoken: null\nsecret: !Ref Secret\napi_key: <your key>\n",
    "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db)\n",
    "securitySchemes:\n  ApiKey:\n    type: apiKey\n    name: x-api-key\n    in: header\n",
    "tokenUrl: https://login.example.com/token\nauthorizerCredentials: arn:aws:iam::111122223333:role/api\n",
    "echo 'no secret here'\nchmod 600 key.pem\n",
]


@pytest.mark.parametrize("case", FOUND)
def test_a_secret_is_found_where_it_is_and_not_repeated(case: str) -> None:
    text, place = FOUND[case]
    (clause,) = told(passages(text))
    assert clause.startswith(f"{place} ")
    assert "hunter2" not in clause


@pytest.mark.parametrize("text", NOT_FOUND)
def test_references_placeholders_and_types_are_no_secrets(text: str) -> None:
    assert told(passages(text)) == []


def test_a_dump_of_secrets_is_counted() -> None:
    clauses = told(passages("".join(f"password_{index}: hunter2\n" for index in range(20))))
    assert len(clauses) == MOST_PASSAGES + 1
    assert clauses[-1] == "and 15 more places"


def test_a_random_member_is_found() -> None:
    text = json.dumps({"a": {"b": hashlib.sha256(b"gatehouse").hexdigest()}})
    assert told(passages(text)) == ["at a.b is random like a key"]


@pytest.mark.parametrize(
    "value", ["${X}", "$(cat x)", "$HOME", "{{ x }}", "null", "$.a.b", "|", "!Sub x", "States.Format('{}', $.a)"]
)
def test_placeholders_stand_for_values_that_are_elsewhere(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["hunter2", "nullable", "$$", "a${X}", "correct horse"])
def test_other_values_are_values(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["{" * 50_000, "a" * 200_000, "a: " * 50_000, "=" * 200_000, " -- " * 50_000])
def test_hostile_texts_are_done_in_good_time(text: str) -> None:
    told(passages(text))


@given(st.text(), st.text())
def test_a_name_with_a_piece_of_the_value_is_not_shown(before: str, value: str) -> None:
    shown = plain_name(before + value, value)
    assert shown is None or len(value) < WINDOW


ALPHABET = string.ascii_letters + string.digits


def declared(value: str) -> list[Declared]:
    """The value in every place that a rule looks at, as it is and in other texts, and in names as well."""
    texts = [value, f"password={value}", f"postgres://web:{value}@db", json.dumps({"password": value, value: "x"})]
    variables: dict[str, object] = {f"PASSWORD_{index}": text for index, text in enumerate(texts)}
    variables |= {f"TOKEN_{value}": value, "MARKED": secret(value), "INNOCENT": value}
    document = json.dumps([{"name": f"PASSWORD_{value}", "value": value, "command": texts}])
    lines = "\n".join(texts)
    files = {".env": text_asset(texts[1]), "a.py": text_asset(lines), f"{value}.py": text_asset(lines)}
    details = {"client_secret": value, value: value, "password": value}
    named = [{"key": "password", "name": "TOKEN", "value": value}]
    policy = json.dumps({"Statement": [{value: value}, {"Effect": value, "Action": "*", "Resource": value}]})
    by_type: list[tuple[str, dict[str, object]]] = [
        (FUNCTION.type, {"environment": {"variables": variables}, "code": archive(files)}),
        ("aws:apigateway/stage:Stage", {"variables": variables}),
        ("aws:apigatewayv2/stage:Stage", {"stageVariables": variables}),
        ("aws:apigateway/restApi:RestApi", {"body": document, "tags": variables}),
        ("aws:apigatewayv2/api:Api", {"body": lines}),
        ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": document}),
        ("aws:sfn/stateMachine:StateMachine", {"definition": {value: variables}}),
        ("aws:ssm/parameter:Parameter", {"type": "SecureString", "value": value}),
        ("aws:ssm/parameter:Parameter", {"type": "String", "name": "/a/password", "value": value}),
        ("aws:ec2/instance:Instance", {"userData": lines, "tags": named}),
        ("aws:codebuild/project:Project", {"environment": {"environmentVariables": named}}),
        ("aws:rds/instance:Instance", {"password": value, "url": texts[2], value: texts[2]}),
        ("aws:cognito/identityProvider:IdentityProvider", {"providerDetails": details}),
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretString": value}),
        ("aws:iam/rolePolicy:RolePolicy", {"policy": policy}),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"policyArn": value}),
        ("pulumi:pulumi:Stack", variables),
        ("aws:cognito/userPoolClient:UserPoolClient", {"generateSecret": True, "clientSecret": secret(value)}),
    ]
    return [
        Declared(type=type_token, name=f"one-{index}", properties=properties)
        for index, (type_token, properties) in enumerate(by_type)
    ]


@settings(max_examples=3, deadline=None)
@given(st.text(alphabet=ALPHABET, min_size=12, max_size=40))
def test_no_message_of_any_rule_repeats_a_piece_of_a_secret(value: str) -> None:
    value = hashlib.shake_256(value.encode()).hexdigest(20)  # unlike any word of a message
    windows = {value[at : at + WINDOW] for at in range(len(value) - WINDOW + 1)}
    together = declared(value)
    violated = 0
    for rule in RULES:
        stacks = [[one] for one in together] if isinstance(rule, ResourceRule) else [together]
        for stack in stacks:
            verdict = judge(rule, *stack)
            said = f"{verdict.text}\n{verdict.undecided}"
            assert not [window for window in windows if window in said], rule.metadata.name
            violated += bool(verdict.violations)
    assert violated > len(RULES)


def test_the_family_is_in_the_catalogue() -> None:
    names = {rule.metadata.name for rule in ALL_RULES}
    assert {rule.metadata.name for rule in RULES} <= names
