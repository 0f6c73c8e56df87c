"""Stands in for the issuer: prints a token of a user, or with `--tenant` the key of a partner, that lives for an hour.

It reads the signing key as whoever administers the account may, so it needs their credentials, and boto3 and PyJWT.
"""

import argparse
import base64
import json
import time
from typing import Any

import boto3
import jwt


def mint(arguments: argparse.Namespace) -> str:
    """Sign with the current version of the key that the authorizer verifies with."""
    clients: Any = boto3
    function = clients.client("lambda").get_function_configuration(FunctionName="orders-authorizer")
    settings: dict[str, str] = function["Environment"]["Variables"]
    secret = clients.client("secretsmanager").get_secret_value(SecretId=settings["SIGNING_KEY_SECRET_ARN"])
    encoded: str = json.loads(secret["SecretString"])["key"]
    key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    now = int(time.time())
    claims = {"iss": settings["TOKEN_ISSUER"], "sub": arguments.subject, "iat": now, "exp": now + 3600}
    if arguments.tenant:
        claims |= {"aud": "orders-api-partners", "tenant": arguments.tenant}
    else:
        claims |= {"aud": settings["TOKEN_AUDIENCE"], "scope": arguments.scope}
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": secret["VersionId"]})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", default="user-123")
    parser.add_argument("--scope", default="orders:read orders:write")
    parser.add_argument("--tenant", default="")
    print(mint(parser.parse_args()))  # noqa: T201 - the token is what was asked for
