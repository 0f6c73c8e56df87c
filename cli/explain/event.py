"""The event of an authorizer: read from a file, searched for what is a credential, or written as a sample.

Deliberately not judged here: whether it is an event of API Gateway is for the authorizer to say.
"""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

from cli.errors import CliError
from cli.redaction import names_credential

# API Gateway takes 10 MB of payload and 10,240 bytes of headers; what is larger was never an event of an authorizer.
MAXIMUM_EVENT_BYTES = 1_048_576
STANDARD_INPUT = "-"
_MAPS = ("headers", "queryStringParameters", "pathParameters", "stageVariables")
_MULTIPLE_MAPS = ("multiValueHeaders", "multiValueQueryStringParameters")
_IDENTITY_CREDENTIALS = ("apiKey", "accessKey")


def read_event(place: str) -> Any:
    """Return the JSON document in the file `place`, or on standard input for `-`.

    Raises:
        CliError: it cannot be read, or is not JSON.
    """
    name = "standard input" if place == STANDARD_INPUT else place
    try:
        if place == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MAXIMUM_EVENT_BYTES + 1)
        else:
            with Path(place).open("rb") as stream:
                content = stream.read(MAXIMUM_EVENT_BYTES + 1)
    except OSError as error:
        raise CliError(f"{name} cannot be read ({error.strerror or error}): correct --event") from None
    if len(content) > MAXIMUM_EVENT_BYTES:
        raise CliError(f"{name} is larger than {MAXIMUM_EVENT_BYTES} bytes, which no event of an authorizer is")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise CliError(f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except json.JSONDecodeError as error:
        # The position only: the text around it may be a token.
        raise CliError(f"{name} line {error.lineno} column {error.colno}: not JSON ({error.msg})") from None
    except RecursionError:
        raise CliError(f"{name} is nested too deeply for an event") from None
    except ValueError as error:
        raise CliError(f"{name} is not JSON: {error}") from None


def credentials_in(event: Any) -> Iterator[str]:
    """Yield every text of the event that is a credential, or a part of one, as far as names and places tell.

    The token of a TOKEN event, the values of headers, parameters and variables whose names say so, API keys; of each,
    also the parts that a plugin may take out of it: behind the scheme, between the dots of a JWT, the user's password
    of Basic, the values of cookies.
    """
    if not isinstance(event, dict):
        return
    document = cast("dict[str, Any]", event)
    token = document.get("authorizationToken")
    if isinstance(token, str):
        yield from _with_parts(token)
    for field in _MAPS:
        for name, value in _members(document.get(field)):
            if isinstance(value, str) and names_credential(name):
                yield from _with_parts(value)
    for field in _MULTIPLE_MAPS:
        for name, values in _members(document.get(field)):
            if names_credential(name) and isinstance(values, list):
                for value in cast("list[Any]", values):
                    if isinstance(value, str):
                        yield from _with_parts(value)
    request_context = document.get("requestContext")
    identity = cast("dict[str, Any]", request_context).get("identity") if isinstance(request_context, dict) else None
    for name, value in _members(identity):
        if name in _IDENTITY_CREDENTIALS and isinstance(value, str):
            yield from _with_parts(value)


def sample_event(kind: str) -> dict[str, Any]:
    """Return an event of API Gateway (REST) for an authorizer of type `token` or `request`, to be edited.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    method_arn = "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod/GET/orders"
    if kind == "token":
        return {"type": "TOKEN", "authorizationToken": "Bearer put-the-token-here", "methodArn": method_arn}
    headers = {"Authorization": "Bearer put-the-token-here", "Host": "api.example.com", "User-Agent": "curl/8.5.0"}
    query = {"tenant": "acme"}
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "domainName": "api.example.com",
            "httpMethod": "GET",
            "identity": {"apiKey": None, "sourceIp": "192.0.2.10", "userAgent": "curl/8.5.0"},
            "path": "/prod/orders",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_767_225_600_000,
            "resourcePath": "/orders",
            "stage": "prod",
        },
    }


def _members(value: Any) -> list[tuple[str, Any]]:
    return list(cast("dict[str, Any]", value).items()) if isinstance(value, dict) else []


def _with_parts(credential: str) -> Iterator[str]:
    yield credential
    scheme, separator, rest = credential.partition(" ")
    if separator and scheme.isalpha():
        credential = rest.strip()
        yield credential
        if scheme.lower() == "basic":
            yield from _basic_parts(credential)
    for cookie in credential.split(";"):
        yield cookie.strip()
        yield cookie.partition("=")[2].strip()
    yield from credential.split(".")


def _basic_parts(credential: str) -> Iterator[str]:
    """Yield what `Basic` credentials decode to (RFC 7617 section 2), and the password."""
    try:
        decoded = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, ValueError):
        return  # not Basic after all; the undecoded text is known already
    yield decoded
    yield decoded.partition(":")[2]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
