"""The requests that authorizers are measured with: one good token, as a TOKEN and as a REQUEST event."""

import json
import time
from typing import Any

from jwt_verification.base64url import decode
from jwt_verification.signer import sign
from secret_store.secret_source import SecretVersion
from secret_store.signing_key import signing_key_in
from tests.functions.support import AUDIENCE, ISSUER, METHOD_ARN


def sample_claims() -> dict[str, Any]:
    """Claims that are good for an hour."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "apigw-invoker",
        "iat": now,
        "exp": now + 3600,
        "jti": "5f2a8d3c-5a0e-4a57-9d0a-9d9a4b1d7c11",
    }


def sample_token(version: SecretVersion) -> str:
    """A token signed with the key in `version`."""
    signing_key = signing_key_in(version)
    return sign(sample_claims(), key=signing_key.key, key_id=signing_key.key_id)


def raw_key(version: SecretVersion) -> bytes:
    """The key's bytes, for a peer."""
    return decode(json.loads(version.value)["key"].encode())


def token_event(token: str) -> dict[str, Any]:
    """What a TOKEN authorizer is called with."""
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": METHOD_ARN}


def request_event(token: str) -> dict[str, Any]:
    """What a REQUEST authorizer is called with, for a plain GET with curl."""
    headers = {
        "Accept": "*/*",
        "Authorization": f"Bearer {token}",
        "Host": "a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com",
        "User-Agent": "curl/8.5.0",
        "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "resource": "/hello",
        "path": "/hello",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com",
            "httpMethod": "GET",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0", "apiKey": None, "clientCert": None},
            "path": "/prod/hello",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_767_225_600_000,
            "resourceId": "abc123",
            "resourcePath": "/hello",
            "stage": "prod",
        },
    }
