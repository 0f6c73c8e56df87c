"""The check on environment variables: slips are caught, plain settings pass, and a value is never repeated."""

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.environment import RESERVED_VARIABLES, plain_value, refuse_reserved_names, refuse_secrets, secret_in
from components.errors import ArgumentError
from tests.components.samples import python_function
from tests.support.mocks import deploy

ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:hello-signing-key-AbCdEf"

SLIPS = {
    "a name that says secret": ("JWT_SECRET", "mysecret"),
    "a password": ("DB_PASSWORD", "correct horse"),
    "a camel-case name": ("apiKey", "k-1"),
    "a token": ("GITHUB_TOKEN", "t-1"),
    "an AWS secret key": ("OTHER_ACCESS_KEY", "k-1"),
    "a private key under an innocent name": ("CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"),
    "an AWS access key id": ("CALLER", "AKIAIOSFODNN7EXAMPLE"),
    "a JSON Web Token": ("GREETING", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
    "a URL with a password": ("DATABASE_URL", "postgres://app:hunter2@db.internal/app"),
    "random hexadecimal": ("SALT", "9f86d081884c7d659a2feaa0c55ad015"),
    "random base64": ("PEPPER", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
}

PLAIN = {
    "the ARN of a secret": ("SIGNING_KEY_SECRET_ARN", ARN),
    "the ARN under a secret's name": ("JWT_SECRET", ARN),
    "an issuer": ("TOKEN_ISSUER", "apigw-invoker"),
    "an audience": ("TOKEN_AUDIENCE", "hello-api"),
    "a URL": ("API_URL", "https://abc123defg.execute-api.ap-southeast-3.amazonaws.com/prod"),
    "the sandbox's URL": ("API_URL", "http://127.0.0.1:45123/_aws/execute-api/abc123defg/prod"),
    "a port": ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773"),
    "a switch": ("REQUIRE_TOKEN", "true"),
    "a table's key attribute": ("SORT_KEY", "data_id"),
    "a long name": ("TABLE_NAME", "tenant-data-production-ap-southeast-3-customer-data"),
    "a user pool": ("USER_POOL_ID", "ap-southeast-3_AbCdEf123"),
    "a UUID": ("CLIENT", "123e4567-e89b-42d3-a456-426614174000"),
}


@pytest.mark.parametrize(("name", "value"), SLIPS.values(), ids=SLIPS.keys())
def test_what_looks_like_a_secret_is_refused_with_the_remedy_and_without_the_value(name: str, value: str) -> None:
    with pytest.raises(ArgumentError, match="put the value into a ManagedSecret") as refused:
        refuse_secrets("function backend: environment", {name: value})
    assert name in str(refused.value)
    assert value not in str(refused.value)


@pytest.mark.parametrize(("name", "value"), PLAIN.values(), ids=PLAIN.keys())
def test_plain_settings_pass(name: str, value: str) -> None:
    assert secret_in(name, value) is None


@given(name=st.text(), value=st.text())
def test_any_text_is_judged_without_an_error_and_never_repeated(name: str, value: str) -> None:
    reason = secret_in(name, value)
    assert reason is None or len(value) < 4 or value not in reason


@given(st.binary(min_size=32, max_size=64))
def test_a_hexadecimal_key_is_recognised_whatever_its_bits(key: bytes) -> None:
    text = key.hex()
    only_digits_or_only_letters = text.isdigit() or text.isalpha()
    assert (secret_in("SETTING", text) is not None) != only_digits_or_only_letters


@pytest.mark.parametrize("name", [*sorted(RESERVED_VARIABLES), "1ST", "WITH-HYPHEN", "X", "", "WITH SPACE"])
def test_names_that_lambda_refuses_are_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be the name of an environment variable"):
        refuse_reserved_names("function backend", {name: "1"})


def resolve(value: pulumi.Input[str], *, preview: bool = False) -> list[str]:
    """What becomes of a value that goes through `plain_value`."""
    seen: list[str] = []

    def program() -> None:
        plain_value("function backend: environment", "SETTING", value).apply(seen.append)

    deploy(program, preview=preview)
    return seen


def test_an_output_with_a_plain_value_passes() -> None:
    assert resolve("hello-api") == ["hello-api"]


def test_a_value_that_pulumi_marks_as_secret_is_refused() -> None:
    def program() -> None:
        plain_value("function backend: environment", "SETTING", pulumi.Output.secret("harmless"))

    with pytest.raises(ArgumentError, match=r"SETTING looks like a secret \(Pulumi marks its value as secret\)"):
        deploy(program)


def test_a_marked_value_is_refused_in_a_preview_even_while_it_is_unknown() -> None:
    def program() -> None:
        unknown = pulumi.Output.secret(python_function().arn)
        plain_value("function backend: environment", "SETTING", unknown)

    with pytest.raises(ArgumentError, match="Pulumi marks its value as secret"):
        deploy(program, preview=True)


def test_an_output_that_turns_out_to_be_a_secret_is_refused_when_it_is_known() -> None:
    def program() -> None:
        late = pulumi.Output.from_input("AKIAIOSFODNN7").apply(lambda start: f"{start}EXAMPLE")
        plain_value("function backend: environment", "SETTING", late)

    with pytest.raises(ArgumentError, match="an AWS access key id") as refused:
        deploy(program)
    assert "AKIA" not in str(refused.value)
