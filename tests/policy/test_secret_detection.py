"""`guardrails.secrets.detection` and `names`: what is taken for a secret, what is not, and that it is never repeated.

Tokens of real formats are put together at run time, so that nothing in this file looks like a leaked one.
"""

import base64
import hashlib
import json
import uuid

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from hypothesis import given
from hypothesis import strategies as st

from guardrails.secrets.detection import is_reference, suspicion
from guardrails.secrets.formats import JUDGED_OTHERWISE
from guardrails.secrets.names import names_a_secret, words_of
from tests.policy.declarations import ARN


def random_bytes(count: int, seed: str = "gatehouse") -> bytes:
    return hashlib.shake_256(seed.encode()).digest(count)


def url_safe(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


JWT = ".".join(url_safe(part) for part in (b'{"alg":"HS256"}', b'{"sub":"1"}', random_bytes(32)))
AWS_KEY_ID = "AKIA" + "QWERTYUIOPASDFGH"

SECRETS = {
    "a secret by its name": ("JWT_SECRET", "mysecret"),
    "a password by its name": ("dbPassword", "x"),
    "a name without separators": ("jwtsecret", "x"),
    "an API key by its name": ("API_KEY", "abc"),
    "a signing key by its name": ("signing-key", "abc"),
    "a numbered name": ("PASSWORD_2", "abc"),
    "a number": ("PASSWORD", "12345"),
    "a connection string by its name": ("CONNECTION_STRING", "abc"),
    "an AWS access key": ("X", AWS_KEY_ID),
    "a private key": ("X", "-----BEGIN " + "PRIVATE KEY-----\nMIIE\n-----END " + "PRIVATE KEY-----"),
    "a token": ("X", JWT),
    "a token with its scheme": ("X", f"Bearer {JWT}"),
    "a password in a URL": ("X", "postgres://user:" + "p4ssw0rd@db.example.com/app"),
    "a GitHub token": ("X", "ghp_" + "a1B2" * 9),
    "32 random bytes in base64": ("X", base64.b64encode(random_bytes(32)).decode()),
    "32 random bytes in url-safe base64": ("X", url_safe(random_bytes(32))),
    "32 random bytes in hexadecimal": ("X", random_bytes(32).hex()),
    "a member of a JSON document": ("SETTINGS", json.dumps({"db": {"password": "hunter2"}})),
    "a random member of a JSON list": ("SETTINGS", json.dumps([{"x": random_bytes(32).hex()}])),
    "a private JSON Web Key": ("KEY_SET", json.dumps({"keys": [{"kty": "oct", "k": "abc"}]})),
    "a part of a list of settings": ("X", "Server=db;Password=abc"),
    "a part of a data source name": ("X", "host=db password=abc"),
    "a query parameter": ("X", "https://example.com/hook?token=abc&v=1"),
    "no ARN under the name of one": ("SIGNING_KEY_SECRET_ARN", "mysecret"),
}

NOT_SECRETS = {
    "an ARN under the name of a secret": ("JWT_SECRET", ARN),
    "an ARN": ("SIGNING_KEY_SECRET_ARN", ARN),
    "several ARNs": ("SECRET_ARNS", f"{ARN},{ARN}"),
    "an ARN with an ARN inside": (
        "AUTHORIZER_URI",
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:eu-west-1:111122223333:function:authorizer/invocations",
    ),
    "the name of a secret": ("DB_SECRET_NAME", "prod/db"),
    "an issuer": ("TOKEN_ISSUER", "gatehouse"),
    "an audience": ("TOKEN_AUDIENCE", "hello-api"),
    "the extension's port": ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773"),
    "the extension's cache": ("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "true"),
    "the extension's time to live": ("SECRETS_MANAGER_TTL", "300"),
    "an algorithm": ("JWT_ALG", "HS256"),
    "a kind of secret": ("SECRET_KIND", "signing_key"),
    "a limit": ("MAX_TOKENS", "1000"),
    "a function that rotates a secret": ("admin-key-rotation", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/admin"),
    "a switch": ("REQUIRE_TOKEN", "yes"),
    "a boolean": ("VALIDATE_TOKEN", "true"),
    "an empty text": ("PASSWORD", ""),
    "a URL": ("API_URL", "https://a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com/prod"),
    "a local URL": ("API_URL", "http://127.0.0.1:43121/_aws/execute-api/a1b2c3d4e5/prod"),
    "a user pool": ("USER_POOL", "ap-southeast-3_AbCdEfGhI"),
    "a client id": ("CLIENT_ID", "6pk3u4p6l1q8vq3k5l4hj2m9tg"),
    "a UUID": ("TENANT", str(uuid.UUID(bytes=random_bytes(16)))),
    "a bucket": ("BUCKET", "gatehouse-truststore-111122223333-ap-southeast-3"),
    "a table": ("TABLE", "TenantDataTable"),
    "a commit": ("GIT_COMMIT", random_bytes(20).hex()),
    "a checksum": ("CODE_SHA256", random_bytes(32).hex()),
    "a search path": ("PYTHONPATH", "/opt/python:/var/task"),
    "a SPIFFE ID": ("ALLOWED", "spiffe://example.org/ns/default/sa/api"),
    "a certificate": ("CA", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"),
    "settings": ("SETTINGS", json.dumps({"issuer": "x", "ttl": 5, "nested": [True, None]})),
    "attributes": ("OTEL_RESOURCE_ATTRIBUTES", "service.name=hello,deployment.environment=prod"),
    "a public JSON Web Key": ("KEY_SET", json.dumps({"keys": [{"kty": "RSA", "n": url_safe(random_bytes(256))}]})),
    "braces that are no JSON": ("TEMPLATE", "{hello}"),
    "a sentence": ("GREETING", "Hello, world! This is only a sentence."),
    "a public key by its name": ("PUBLIC_KEY", "abc"),
    "a key of a table": ("PARTITION_KEY", "customer_id"),
}


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_is_found_and_not_repeated(case: str) -> None:
    name, value = SECRETS[case]
    reason = suspicion(name, value)
    assert reason
    assert value not in reason
    assert "hunter2" not in reason
    assert "abc" not in reason


@pytest.mark.parametrize("case", NOT_SECRETS)
def test_what_is_public_is_not_taken_for_a_secret(case: str) -> None:
    assert suspicion(*NOT_SECRETS[case]) is None


@pytest.mark.parametrize("text", ["", " ", ARN[:20], f"{ARN} mysecret", f"x{ARN}", "arn:aws:s3"])
def test_only_whole_arns_are_references(text: str) -> None:
    assert not is_reference(text)


def test_names_are_split_into_words() -> None:
    assert words_of("DB_PASSWORD") == words_of("dbPassword") == words_of("db-password2") == ["db", "password"]
    assert words_of("APIKey") == ["api", "key"]
    assert not names_a_secret([])


@given(st.binary(min_size=48, max_size=64), st.sampled_from(["hex", "base64", "url-safe"]))
def test_random_keys_are_found_under_any_innocent_name(key: bytes, encoding: str) -> None:
    key = hashlib.shake_256(key).digest(len(key))  # what hypothesis draws is far from random
    encoded = {"hex": key.hex(), "base64": base64.b64encode(key).decode(), "url-safe": url_safe(key)}[encoding]
    assert suspicion("X", encoded)


@given(st.text(), st.text())
def test_no_text_makes_detection_fail(name: str, text: str) -> None:
    suspicion(name, text)


def test_the_left_out_detectors_are_those_of_the_installed_library() -> None:
    assert get_mapping_from_secret_type_to_class().keys() >= JUDGED_OTHERWISE
