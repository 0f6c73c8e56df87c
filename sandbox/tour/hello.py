"""The hello API (seed 000): who gets in, who does not, and that a refused caller never reaches the backend."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check

BACKEND = "hello-world"
GREETING = "Hello, world!"
ISSUER_VARIABLE, AUDIENCE_VARIABLE = "TOKEN_ISSUER", "TOKEN_AUDIENCE"


class SigningKey:
    """The live signing key, read as the account's administrator may: the tour forges what an attacker would like to."""

    def __init__(self, caller: Caller) -> None:
        answer = caller.secrets.get_secret_value(SecretId=caller.outputs["secrets"]["hello-signing-key"])
        self.version: str = answer["VersionId"]
        document: dict[str, str] = json.loads(answer["SecretString"])
        self.key: bytes = base64.urlsafe_b64decode(document["key"] + "=" * (-len(document["key"]) % 4))


def claims_for(caller: Caller, **changes: Any) -> dict[str, Any]:
    """What a good caller's token says now, for 60 seconds; `changes` replace claims, None removes one."""
    settings = caller.functions.get_function_configuration(FunctionName=caller.outputs["functions"]["invoker"])
    variables: dict[str, str] = settings["Environment"]["Variables"]
    now = int(time.time())
    claims = {
        "iss": variables[ISSUER_VARIABLE],
        "aud": variables[AUDIENCE_VARIABLE],
        "sub": "tour",
        "iat": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def token(caller: Caller) -> str:
    """A fresh 60-second token, as the invoker mints it."""
    signing = SigningKey(caller)
    return jwt.encode(claims_for(caller), signing.key, algorithm="HS256", headers={"kid": signing.version})


def checks(caller: Caller) -> Iterator[Check]:
    """Makes the calls one after the other and yields what came of each."""
    api = caller.outputs["apis"]["hello-api"]
    url = f"{api['url']}/hello"
    signing = SigningKey(caller)
    kid = {"kid": signing.version}

    def signed(headers: dict[str, Any] = kid, key: bytes = signing.key, **changes: Any) -> str:
        return jwt.encode(claims_for(caller, **changes), key, algorithm="HS256", headers=headers)

    yield invoker_check(caller)
    good = signed()
    yield http_check("GET /hello with a fresh token", 200, GREETING, get(caller, url, f"Bearer {good}"))

    before = caller.invocations(BACKEND)
    now = int(time.time())
    head, body, signature = good.split(".")
    unsigned = jwt.encode(claims_for(caller), "", algorithm="none", headers=kid)
    refused = {
        "no Authorization header": None,
        "an empty token": "Bearer ",
        "another scheme": "Basic dGVzdDp0ZXN0",
        "a token that expired": f"Bearer {signed(iat=now - 600, exp=now - 300)}",
        "a token of the future": f"Bearer {signed(nbf=now + 600, exp=now + 900)}",
        "a token that never expires": f"Bearer {signed(exp=None)}",
        "another issuer": f"Bearer {signed(iss='https://attacker.example')}",
        "another audience": f"Bearer {signed(aud='another-api')}",
        "a wrong signature": f"Bearer {head}.{body}.{base64.urlsafe_b64encode(bytes(32)).decode().rstrip('=')}",
        "a changed payload": f"Bearer {head}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}",
        "alg: none": f"Bearer {unsigned}",
        "another key under our kid": f"Bearer {signed(key=b'x' * 32)}",
        "a kid nobody knows": f"Bearer {signed(headers={'kid': str(uuid.uuid4())})}",
        "an empty HMAC key": f"Bearer {signed(key=bytes(32))}",
    }
    for what, header in refused.items():
        yield http_check(f"GET /hello with {what}", 401, "Unauthorized", get(caller, url, header))
    yield http_check("POST /hello, a method that is not declared", 403, None, get(caller, url, None, "POST"))
    yield http_check("GET /nothing, a path that is not declared", 403, None, get(caller, f"{api['url']}/nothing", None))
    reached = caller.invocations(BACKEND) - before
    yield Check(
        sent=f"the {len(refused) + 2} refused calls",
        expected="0 reached the backend",
        received=f"{reached} reached the backend",
    )


def invoker_check(caller: Caller) -> Check:
    """Seed 000's own test: the invoker mints a token and calls the API."""
    name = caller.outputs["functions"]["invoker"]
    expected = {"statusCode": 200, "body": GREETING}
    return Check(
        sent=f"aws lambda invoke --function-name {name} --payload '{{}}'",
        expected=json.dumps(expected),
        received=json.dumps(caller.invoke(name)),
    )


def get(caller: Caller, url: str, authorization: str | None, method: str = "GET") -> Answer:
    """Calls with the given Authorization header, or with none."""
    return caller.request(method, url, {} if authorization is None else {"Authorization": authorization})


def http_check(sent: str, status: int, text: str | None, answer: Answer) -> Check:
    """Compares the status and, where a text is given, looks for it in the body."""
    if text is None:
        return Check(sent=sent, expected=str(status), received=str(answer.status))
    received = f"{answer.status} {text if text in answer.body else answer.body}"
    return Check(sent=sent, expected=f"{status} {text}", received=received)
