"""What the tests of functions share: fixed time and keys, tokens of any shape, and the hello chain on fakes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from authorizer.authorization import build_handler
from authorizer.chain import Chain, load_chain
from authorizer.plugin_loader import Plugin
from jwt_verification.base64url import encode
from jwt_verification.hmac_key import HmacKey
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion

NOW = 1_767_225_600  # 2026-01-01T00:00:00Z
SECRET_ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:hello-signing-key-AbCdEf"
ISSUER = "apigw-invoker"
AUDIENCE = "hello-api"
SETTINGS = {"SIGNING_KEY_SECRET_ARN": SECRET_ARN, "TOKEN_ISSUER": ISSUER, "TOKEN_AUDIENCE": AUDIENCE}
STAGE_ARN = "arn:aws:execute-api:ap-southeast-3:111122223333:a1b2c3d4e5/prod"
METHOD_ARN = f"{STAGE_ARN}/GET/hello"

RAW_KEY = bytes(range(32))
KEY = HmacKey(RAW_KEY)
KEY_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER_KEY = HmacKey(bytes(range(100, 132)))

EVENTS = Path(__file__).parent / "events"
HELLO_CHAIN = Path(__file__).resolve().parents[2] / "functions" / "chains" / "hello"
LAMBDA_CONTEXT = SimpleNamespace(aws_request_id="3f1c9c35-6b55-4bb4-9e5f-5a6e6d1b8a10")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def header(**members: Any) -> dict[str, Any]:
    """A good header, with members replaced or added."""
    return {"alg": "HS256", "kid": KEY_ID, "typ": "JWT", **members}


def claims(**members: Any) -> dict[str, Any]:
    """Good claims, with members replaced or added."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "apigw-invoker",
        "iat": NOW,
        "exp": NOW + 60,
        "jti": "5f2a8d3c-5a0e-4a57-9d0a-9d9a4b1d7c11",
        **members,
    }


def without(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The document without one member."""
    return {key: value for key, value in document.items() if key != name}


def make_token(
    header_part: Mapping[str, Any] | bytes | None = None,
    payload: Mapping[str, Any] | bytes | None = None,
    *,
    key: HmacKey = KEY,
) -> str:
    """Sign whatever is given, well-formed or not, so that only what is wrong with it can be the reason to refuse it."""
    parts = [_bytes(header() if header_part is None else header_part), _bytes(claims() if payload is None else payload)]
    signing_input = b".".join(encode(part) for part in parts)
    return (signing_input + b"." + encode(key.sign(signing_input))).decode()


def _bytes(part: Mapping[str, Any] | bytes) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def signing_key_version(key_id: str = KEY_ID, raw_key: bytes = RAW_KEY) -> SecretVersion:
    """A version of the signing key secret as the rotation function writes it."""
    return SecretVersion(version_id=key_id, value=json.dumps({"algorithm": "HS256", "key": encode(raw_key).decode()}))


def recorded_event(name: str) -> dict[str, Any]:
    """An event as API Gateway sends it."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def token_event(token: str | None = None) -> dict[str, Any]:
    """The recorded TOKEN event with a bearer token, a good one by default."""
    return {**recorded_event("token_get_hello"), "authorizationToken": f"Bearer {token or make_token()}"}


def request_event(token: str | None = None) -> dict[str, Any]:
    """The recorded REQUEST event with a bearer token, a good one by default."""
    event = recorded_event("request_get_orders")
    authorization = f"Bearer {token or make_token()}"
    event["headers"]["Authorization"] = authorization
    event["multiValueHeaders"]["Authorization"] = [authorization]
    return event


class Authorizer:
    """A handler with its log."""

    def __init__(self, chain: Chain, clock: Callable[[], float] | None = None, **settings: Any) -> None:
        self.log: list[str] = []
        self.handle = build_handler(
            chain=chain, name="lambda-authorizer", write=self.log.append, clock=clock or Clock(), **settings
        )

    def allows(self, event: object) -> dict[str, Any]:
        """The answer, which must be an Allow."""
        answer = self.handle(event, LAMBDA_CONTEXT)
        assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow", answer
        return answer

    def answers(self, event: object) -> dict[str, Any] | None:
        """The answer, or None for what is answered with exactly `Unauthorized`; anything else fails the test."""
        try:
            answer = self.handle(event, LAMBDA_CONTEXT)
        except Exception as error:  # noqa: BLE001 -- which exceptions come is what is tested
            caught = error
        else:
            assert type(answer) is dict, "to API Gateway, anything else is a failure of the authorizer"
            return answer
        assert (type(caught), caught.args) == (Exception, ("Unauthorized",))
        assert (caught.__cause__, caught.__context__) == (None, None)
        return None

    def refuses(self, event: object) -> str:
        """The reason in the log for what must be answered with exactly `Unauthorized`."""
        with pytest.raises(Exception, match=r"\AUnauthorized\Z") as caught:
            self.handle(event, LAMBDA_CONTEXT)
        assert type(caught.value) is Exception
        assert caught.value.args == ("Unauthorized",)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        return self.last_record["reason"]

    @property
    def last_record(self) -> dict[str, Any]:
        """The last line of the log."""
        return json.loads(self.log[-1])


class Hello(Authorizer):
    """The hello chain with secrets in memory and clocks that stand still."""

    def __init__(self, **settings: Any) -> None:
        self.secrets = InMemorySecrets({(SECRET_ARN, "AWSCURRENT"): signing_key_version()})
        self.clock = Clock()
        self.cache_clock = Clock(0)
        given = {
            "environment": SETTINGS,
            "secret_source": self.secrets,
            "clock": self.clock,
            "monotonic_clock": self.cache_clock,
        }
        super().__init__(load_chain(str(HELLO_CHAIN), given), self.clock, **settings)


def chain_of(*results: Any) -> Chain:
    """A chain of plugins that return, or raise, what is given; a callable is used as `validate` itself."""

    def plugin(index: int, result: Any) -> Plugin:
        def validate(_auth_context: dict[str, Any]) -> Any:
            if isinstance(result, BaseException):
                raise result
            return result

        return Plugin(name=f"{index:02}_plugin", validate=result if callable(result) else validate)

    return Chain(tuple(plugin(index, result) for index, result in enumerate(results, start=1)))
