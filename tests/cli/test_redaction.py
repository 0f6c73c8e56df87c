"""What might be a credential is printed as its length; everything else as it is."""

import pytest

from cli.redaction import Redactor, names_credential

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        "token", "access_token", "accessToken", "ACCESS_TOKEN", "X-API-Key", "apiKey", "apikey", "Authorization",
        "Proxy-Authorization", "Cookie", "set-cookie", "password", "user_password", "clientSecret", "client_assertion",
        "signing_key", "private-key", "X-Amz-Security-Token", "X-Amz-Signature", "session", "session_id", "sessionId",
        "jwt", "nonce",
    ],
)  # fmt: skip
def test_a_name_that_says_credential_is_one(name: str) -> None:
    assert names_credential(name)
    assert Redactor().member(name, "shown?") == "<redacted, 6 characters>"
    assert Redactor().member(name, 123456) == "<redacted, 6 characters>"


@pytest.mark.parametrize(
    "name",
    [
        "tenant", "customer_id", "key_id", "token_type", "token_id", "secret_arn", "expires_at", "auth_time",
        "auth_method", "Host", "User-Agent", "monkey", "tokenizer", "scope", "sub", "", "---",
    ],
)  # fmt: skip
def test_a_name_that_only_speaks_about_a_credential_is_none(name: str) -> None:
    assert not names_credential(name)


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"the token is {JWT}, as sent",
        f"{JWT}.more.parts",
        "Bearer abcdef123",
        "basic dXNlcjpwYXNz",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "0123456789abcdef0123456789abcdef",
        "YAHA3DePs-MOPpMq3_xZG8lUYeT3SSm8fTFz3sczXVk",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ],
)
def test_a_text_that_looks_like_a_credential_is_redacted(text: str) -> None:
    assert Redactor().text(text) == f"<redacted, {len(text)} characters>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "GET /orders/42",
        "orders.internal.example.com",
        "spiffe://example.org/ns/prod/sa/orders",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/orders",
        "https://auth.example.com/tenants/acme",
        "the bearer of this letter",
        "send `Authorization: Bearer <token>`",
        "this_is_a_long_identifier_without_digits",
    ],
)
def test_ordinary_texts_are_shown(text: str) -> None:
    assert Redactor(["a-known-credential"]).text(text) == text


def test_what_holds_a_known_credential_or_is_a_part_of_one_is_redacted() -> None:
    redactor = Redactor(["correct horse"])
    assert redactor.text("correct horse") == "<redacted, 13 characters>"
    assert redactor.text("it was: correct horse!") == "<redacted, 22 characters>"
    assert redactor.text("correct") == "<redacted, 7 characters>"
    assert redactor.text("CORRECT HORSE") == "<redacted, 13 characters>"
    assert redactor.text("cor") == "cor"  # too short to tell it from an ordinary word
    redactor.know(["ab"])
    assert redactor.text("ab") == "<redacted, 2 characters>"
    assert redactor.text("cab") == "cab"


def test_names_are_redacted_as_texts_and_numbers_by_what_is_known() -> None:
    redactor = Redactor(["held-by-alice", "123456"])
    assert redactor.members({"held-by-alice": True, "sequence": 123456, "expires_at": 1767225660, "flag": None}) == {
        "<redacted, 13 characters>": True,
        "sequence": "<redacted, 6 characters>",
        "expires_at": 1767225660,
        "flag": None,
    }


def test_an_empty_text_is_no_credential() -> None:
    assert Redactor([""]).text("anything") == "anything"
