"""The hello API (seed 000): who gets in, who does not and why, and that a refused caller never reaches the backend."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check
from sandbox.tour.denials import NOT_ASKED, denial_check, unreached_check

API = "hello-api"
BACKEND = "hello-world"
PLUGIN = "01_verify_jwt"
GREETING = "Hello, world!"
ISSUER_VARIABLE, AUDIENCE_VARIABLE = "TOKEN_ISSUER", "TOKEN_AUDIENCE"


class SigningKey:
    """A live signing key, read as the account's administrator may: the tour forges what an attacker would like to."""

    def __init__(self, caller: Caller, secret: str | None = None) -> None:
        answer = caller.secrets.get_secret_value(SecretId=secret or caller.outputs["secrets"]["hello-signing-key"])
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
    url = f"{caller.outputs['apis'][API]['url']}/hello"
    yield invoker_check(caller)
    good = token(caller)
    yield http_check("GET /hello with a fresh token", 200, GREETING, get(caller, url, f"Bearer {good}"))

    before = caller.invocations(BACKEND)
    refused = 0
    for sent, reason, authorization in refused_headers(caller, good):
        answer = get(caller, url, authorization)
        yield denial_check(
            caller,
            API,
            f"GET /hello with {sent}",
            status=401,
            text="Unauthorized",
            reason=reason,
            by=PLUGIN,
            answer=answer,
        )
        refused += 1
    for method, path, what in (
        ("POST", "/hello", "a method that is not declared"),
        ("GET", "/nothing", "a path that is not declared"),
    ):
        answer = caller.request(method, url.removesuffix("/hello") + path, {"Authorization": f"Bearer {good}"})
        yield denial_check(
            caller,
            API,
            f"{method} {path}, {what}",
            status=403,
            text="Missing Authentication Token",
            reason=NOT_ASKED,
            answer=answer,
        )
        refused += 1
    yield unreached_check(refused, caller.invocations(BACKEND) - before)


def refused_headers(caller: Caller, good: str) -> Iterator[tuple[str, str, str | None]]:
    """(what is sent, the reason that the authorizer must log, the Authorization header or None for none).

    `good` is a token that is let in. Each is made when it is asked for, so that none expires while it waits.
    """
    signing = SigningKey(caller)
    kid = {"kid": signing.version}
    now = int(time.time())
    head, body, signature = good.split(".")

    def signed(headers: dict[str, Any] = kid, key: bytes = signing.key, **changes: Any) -> str:
        token = jwt.encode(claims_for(caller, **changes), key, algorithm="HS256", headers=headers)
        return f"Bearer {token}"

    yield "no Authorization header", NOT_ASKED, None
    yield "an empty token", "missing_token", "Bearer "
    yield "another scheme", "missing_token", "Basic dGVzdDp0ZXN0"
    yield "no token but words", "malformed_token", "Bearer let me in"
    yield "a token cut short", "malformed_token", f"Bearer {head}.{body}"
    yield "a token that expired", "token_expired", signed(iat=now - 600, exp=now - 300)
    yield "a token of the future", "token_not_yet_valid", signed(nbf=now + 600, exp=now + 900)
    yield "a token that never expires", "missing_claim", signed(exp=None)
    yield "a token that expires as text", "malformed_claim", signed(exp="never")
    yield "another issuer", "wrong_issuer", signed(iss="https://attacker.example")
    yield "another audience", "wrong_audience", signed(aud="another-api")
    wrong = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    yield "a wrong signature", "invalid_signature", f"Bearer {head}.{body}.{wrong}"
    changed = f"{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}"
    yield "a changed payload", "invalid_signature", f"Bearer {head}.{changed}.{signature}"
    unsigned = jwt.encode(claims_for(caller), "", algorithm="none", headers=kid)
    yield "alg: none", "unsupported_algorithm", f"Bearer {unsigned}"
    longer = jwt.encode(claims_for(caller), signing.key * 2, algorithm="HS512", headers=kid)
    yield "another algorithm", "unsupported_algorithm", f"Bearer {longer}"
    yield "another key under our kid", "invalid_signature", signed(key=b"x" * 32)
    yield "an HMAC key of zeros", "invalid_signature", signed(key=bytes(32))
    yield "a kid nobody knows", "unknown_key", signed(headers={"kid": str(uuid.uuid4())})
    yield "a key of its own", "embedded_key", signed(headers={**kid, "jwk": {"kty": "oct", "k": "eA"}})
    yield "a critical extension", "unsupported_critical_header", signed(headers={**kid, "crit": ["exp"]})


def invoker_check(caller: Caller) -> Check:
    """Seed 000's own test: the invoker mints a token and calls the API."""
    name = caller.outputs["functions"]["invoker"]
    expected = {"statusCode": 200, "body": GREETING}
    return Check(
        sent=f"aws lambda invoke --function-name {name} --payload '{{}}'",
        expected=json.dumps(expected),
        received=json.dumps(caller.invoke(name)),
    )


def get(caller: Caller, url: str, authorization: str | None) -> Answer:
    """Calls with the given Authorization header, or with none."""
    return caller.request("GET", url, {} if authorization is None else {"Authorization": authorization})


def http_check(sent: str, status: int, text: str | None, answer: Answer) -> Check:
    """Compares the status and, where a text is given, looks for it in the body."""
    if text is None:
        return Check(sent=sent, expected=str(status), received=str(answer.status))
    received = f"{answer.status} {text if text in answer.body else answer.body}"
    return Check(sent=sent, expected=f"{status} {text}", received=received)
