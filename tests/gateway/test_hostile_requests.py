"""The tables of hostile tokens, requests and events, played over HTTP at the product's authorizer.

Behind a real API, whatever is sent: 401 with nothing but `Unauthorized`, or a refusal by the server before any function
is asked. Never a 200, never a failure. Events, most of which API Gateway cannot send, go to Lambda's Invoke: the exact
`Unauthorized` or a well-formed Deny. The authorizer's log says that each was refused for its own reason.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions import hostile_asymmetric_tokens, hostile_tokens
from tests.functions.attacked import NO_POLICY, denial
from tests.functions.hostile_events import HOSTILE_EVENTS, REASONS_OF_TOKENS, Fault, text_of
from tests.functions.support import AUDIENCE, ISSUER, SETTINGS, make_token, request_event, token_event
from tests.gateway.authorizers import (
    ASYMMETRIC_WHEELS,
    STANDING_CLOCK,
    api_behind,
    decisions,
    hello_chain,
    make_authorizer,
    make_signing_key,
)
from tests.gateway.raw_http import RawAnswer, RawConnection
from tests.gateway.rest_api import Api, ApiWorkshop
from tests.support.sandbox import REGION

HELLO, TELLING, ASYMMETRIC = "guard-of-hello", "guard-that-tells", "guard-of-issuer"
UNAUTHORIZED = b'{"message":"Unauthorized"}'
# The server's own refusals: a malformed request, header fields that are too large, a transfer coding that it does not
# know (RFC 9112 section 6.1), no answer at all.
REFUSED_BY_THE_SERVER = (400, 431, 501, 0)
TEMPORARY = ("unknown_key", "token_not_yet_valid", "issued_in_the_future")  # never answered with a policy
MOST_THAT_ARRIVES = 9_000  # of the quota of 10,240 bytes, something is left for the path and the other headers

# Root's access key; the emulator goes by the key and does not check signatures.
LAMBDAS_CALLER = (
    b"Authorization",
    b"AWS4-HMAC-SHA256 Credential=test/20260101/%s/lambda/aws4_request, SignedHeaders=host, Signature=0"
    % REGION.encode(),
)

ASYMMETRIC_PROVIDERS = f"""
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier

{STANDING_CLOCK}

def provide_token_verifier(clock):
    keys = jwks_key_source(
        "https://issuer.example/keys",
        rules=JwkRules(algorithms={hostile_asymmetric_tokens.ACCEPTED!r}),
        fetcher=InMemoryKeySets({{"https://issuer.example/keys": {hostile_asymmetric_tokens.DOCUMENT!r}}}),
    )
    rules = ClaimRules(issuers=[{ISSUER!r}], audiences=[{AUDIENCE!r}])
    return TokenVerifier(algorithm={hostile_asymmetric_tokens.ACCEPTED!r}, keys=keys, rules=rules, clock=clock)
"""


class Stage:
    """A deployed stage with every authorizer, called over one connection."""

    def __init__(self, api: Api, connection: RawConnection) -> None:
        self.api = api
        self._connection = connection

    def get(self, path: str, *headers: tuple[bytes, bytes], query: str = "") -> RawAnswer:
        return self._connection.get(f"/_aws/execute-api/{self.api.api_id}/prod/{path}{query}", headers)

    def with_token(self, path: str, token: str) -> RawAnswer:
        # An attacker's bytes: text that is no UTF-8 (half a surrogate pair) is sent as what it would be.
        return self.get(path, (b"Authorization", b"Bearer " + token.encode("utf-8", "surrogatepass")))

    def invoke(self, function: str, event: bytes) -> tuple[RawAnswer, Any]:
        """Hand an event to a function as it is, and read its answer."""
        path = f"/2015-03-31/functions/{function}/invocations"
        answer = self._connection.post(path, (LAMBDAS_CALLER,), event)
        return answer, json.loads(answer.body)

    def raw(self, request: bytes) -> RawAnswer:
        return self._connection.send(request.replace(b"STAGE", f"/_aws/execute-api/{self.api.api_id}/prod".encode()))

    def reasons(self, function: str) -> list[str]:
        return [decision["reason"] for decision in decisions(self.api.workshop, function)]


@pytest.fixture(scope="module")
def stage(sandbox: ApiWorkshop) -> Iterator[Stage]:
    environment = {**SETTINGS, "SIGNING_KEY_SECRET_ARN": make_signing_key(sandbox, "hostile-signing-key")}
    make_authorizer(sandbox, HELLO, hello_chain(), environment=environment)
    make_authorizer(sandbox, TELLING, hello_chain(), environment={**environment, "NOT_AUTHENTICATED_ANSWER": "deny"})
    make_authorizer(
        sandbox,
        ASYMMETRIC,
        {**hello_chain(), "_providers.py": ASYMMETRIC_PROVIDERS},
        environment={},
        # Compiled wheels are those of the Python that the tests run on.
        runtime=f"python3.{sys.version_info.minor}",
        wheels=ASYMMETRIC_WHEELS,
    )
    api = api_behind(
        sandbox,
        {
            "token": {"function": HELLO},
            "request": {"function": HELLO, "kind": "REQUEST"},
            "telling": {"function": TELLING},
            "asymmetric": {"function": ASYMMETRIC},
            "asymmetric-request": {"function": ASYMMETRIC, "kind": "REQUEST"},
        },
    )
    with RawConnection(sandbox.running.port) as connection:
        yield Stage(api, connection)


def arrives(token: str) -> bool:
    """Tell whether a server hands this on: no control characters (RFC 9110 section 5.5), and within the quota."""
    return len(token) <= MOST_THAT_ARRIVES and not any(ord(letter) < 32 or ord(letter) == 127 for letter in token)


def play(stage: Stage, paths: tuple[str, ...], function: str, table: Mapping[str, Mapping[str, object]]) -> None:
    """Send every token of the table to every path and compare the authorizer's reasons, in order."""
    before = len(stage.reasons(function))
    expected: list[tuple[str, str]] = []
    for code, tokens in table.items():
        for what, token in tokens.items():
            if not isinstance(token, str) or "\n" in token:
                continue  # no value of a header: another type, or the end of a line; tried in calls
            for path in paths:
                answer = stage.with_token(path, token)
                if arrives(token):
                    assert (answer.status, answer.body) == (401, UNAUTHORIZED), f"{path}: {code}: {what}"
                    expected.append((f"{path}: {what}", code))
                else:
                    assert answer.status in REFUSED_BY_THE_SERVER, f"{path}: {code}: {what}"
    reasons = stage.reasons(function)[before:]
    assert list(zip([what for what, _ in expected], reasons, strict=True)) == expected


def test_good_tokens_are_allowed_so_that_what_is_refused_means_something(stage: Stage) -> None:
    for path in ("token", "request", "telling"):
        assert stage.with_token(path, make_token()).status == 200
    for token in hostile_asymmetric_tokens.GOOD.values():
        for path in ("asymmetric", "asymmetric-request"):
            assert stage.with_token(path, token).status == 200


def test_every_hostile_token_is_a_401_for_its_own_reason_behind_both_types(stage: Stage) -> None:
    play(stage, ("token", "request"), HELLO, hostile_tokens.ATTACKS)


def test_every_hostile_asymmetric_token_is_a_401_for_its_own_reason_behind_both_types(stage: Stage) -> None:
    play(stage, ("asymmetric", "asymmetric-request"), ASYMMETRIC, hostile_asymmetric_tokens.ATTACKS)


def test_tokens_for_another_verifier_are_refused_by_each(stage: Stage) -> None:
    assert stage.with_token("asymmetric", make_token()).status == 401
    for token in hostile_asymmetric_tokens.GOOD.values():
        assert stage.with_token("token", token).status == 401


def test_an_authorizer_that_answers_with_policies_denies_every_hostile_token(stage: Stage) -> None:
    before = len(stage.reasons(TELLING))
    codes: list[str] = []
    for code, tokens in hostile_tokens.ATTACKS.items():
        for token in tokens.values():
            if isinstance(token, str) and arrives(token):
                answer = stage.with_token("telling", token)
                assert answer.status in (401, 403), code
                assert answer.status == (401 if code in TEMPORARY else 403), code
                codes.append(code)
    assert stage.reasons(TELLING)[before:] == codes


GOOD = b"Bearer " + make_token().encode()
BAD = b"Bearer " + make_token(key=hostile_tokens.OTHER_KEY).encode()
HOSTILE_HEADERS: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "none": (),
    "empty": ((b"Authorization", b""),),
    "spaces": ((b"Authorization", b"   "),),
    "the scheme alone": ((b"Authorization", b"Bearer"),),
    "another scheme": ((b"Authorization", b"Basic " + GOOD[7:]),),
    "no scheme": ((b"Authorization", GOOD[7:]),),
    "the scheme twice": ((b"Authorization", b"Bearer " + GOOD),),
    "two tokens in one": ((b"Authorization", GOOD + b", " + GOOD),),
    "good and bad": ((b"Authorization", GOOD), (b"Authorization", BAD)),
    "bad and good": ((b"Authorization", BAD), (b"Authorization", GOOD)),
    "good and bad in two cases": ((b"Authorization", GOOD), (b"aUTHORIZATION", BAD)),
    "bad and good in two cases": ((b"authorization", BAD), (b"Authorization", GOOD)),
    "good and empty": ((b"Authorization", GOOD), (b"Authorization", b"")),
    "a hundred": tuple((b"Authorization", b"Bearer %d" % number) for number in range(100)),
    "invalid UTF-8 after": ((b"Authorization", GOOD + b"\xff"),),
    "invalid UTF-8 before": ((b"Authorization", b"\xc3" + GOOD),),
    "an overlong NUL": ((b"Authorization", GOOD + b"\xc0\x80"),),
    "UTF-8": ((b"Authorization", GOOD + "é".encode()),),
    "a byte order mark": ((b"Authorization", b"\xef\xbb\xbf" + GOOD),),
    "in a header of a similar name": ((b"X-Authorization", GOOD), (b"Authorizatio", GOOD), (b"Authorization2", GOOD)),
    "in a name with an underscore": ((b"Authori_zation", GOOD),),
    "in the forwarded headers": ((b"X-Forwarded-Authorization", GOOD), (b"Proxy-Authorization", GOOD)),
    "in a cookie": ((b"Cookie", b"Authorization=" + GOOD),),
    "forged context": ((b"X-Amzn-Authorizer-PrincipalId", b"root"), (b"authorizationToken", GOOD)),
}
BROKEN_REQUESTS: dict[str, bytes] = {
    "a NUL in the token": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nAuthorization: " + GOOD + b"\x00\r\n\r\n",
    "a bare CR in the token": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nAuthorization: x\r" + GOOD + b"\r\n\r\n",
    "a space before the colon": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nAuthorization : " + GOOD + b"\r\n\r\n",
    "no colon": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nAuthorization " + GOOD + b"\r\n\r\n",
    "no host": b"GET STAGE/token HTTP/1.1\r\nAuthorization: " + GOOD + b"\r\n\r\n",
    "two lengths": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "an unknown transfer coding": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
    "100 KB of a token": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
    + b"a" * 100_000
    + b"\r\n\r\n",
    "a megabyte of headers": b"GET STAGE/token HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 200_000 + b"\r\n",
}


@pytest.mark.parametrize("headers", HOSTILE_HEADERS.values(), ids=HOSTILE_HEADERS)
@pytest.mark.parametrize("path", ["token", "request"])
def test_hostile_headers_are_a_401(stage: Stage, path: str, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    answer = stage.get(path, *headers)
    assert (answer.status, answer.body) == (401, UNAUTHORIZED)


def test_no_broken_request_asks_a_function(stage: Stage) -> None:
    before = len(stage.reasons(HELLO))
    for what, request in BROKEN_REQUESTS.items():
        assert stage.raw(request).status in REFUSED_BY_THE_SERVER, what
    assert len(stage.reasons(HELLO)) == before


def is_unauthorized(answer: RawAnswer, payload: Any) -> bool:
    """Tell whether this is the one exception that API Gateway takes for a 401."""
    failed = answer.headers.get("x-amz-function-error") == "Unhandled"
    return failed and (payload["errorType"], payload["errorMessage"]) == ("Exception", "Unauthorized")


def is_refused_unread(answer: RawAnswer, payload: Any) -> bool:
    """Tell whether nobody could parse the event: the emulator, or the runtime before the function."""
    return answer.status == 500 or payload.get("errorType") == "Runtime.UnmarshalError"


@pytest.mark.parametrize("function", [HELLO, TELLING])
def test_every_hostile_event_is_refused_for_its_reason_whoever_invokes_the_function(
    stage: Stage, function: str
) -> None:
    for good in (token_event(), request_event()):
        answer, payload = stage.invoke(function, json.dumps(good).encode())
        assert answer.status == 200
        assert payload["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    before = len(stage.reasons(function))
    expected: list[tuple[str, str]] = []
    for what, hostile in HOSTILE_EVENTS.items():
        answer, payload = stage.invoke(function, text_of(hostile))
        if hostile.fault is Fault.DEEP and is_refused_unread(answer, payload):
            continue
        reason = REASONS_OF_TOKENS[hostile.fault]
        assert answer.status == 200, what
        if function == HELLO or reason in NO_POLICY:
            assert is_unauthorized(answer, payload), what
        else:
            assert payload == denial(reason), what
            assert "x-amz-function-error" not in answer.headers, what
        expected.append((what, reason))
    reasons = stage.reasons(function)[before:]
    assert list(zip([what for what, _ in expected], reasons, strict=True)) == expected
    assert len(expected) > 100


@pytest.mark.parametrize("path", ["token", "request"])
@pytest.mark.parametrize("query", ["?a=%ff", "?%ff%fe=%00", "?a=1&a=2&A=3", "?Authorization=x", "?" + "a=b&" * 1_000])
def test_a_hostile_query_changes_nothing_for_who_is_allowed_and_who_is_not(stage: Stage, path: str, query: str) -> None:
    assert stage.get(path, (b"Authorization", GOOD), query=query).status == 200
    assert stage.get(path, (b"Authorization", BAD), query=query).status == 401


def test_a_token_in_the_query_is_no_token(stage: Stage) -> None:
    assert stage.get("request", query=f"?Authorization={make_token()}").status == 401


field_bytes = st.binary(max_size=200).map(lambda value: value.translate(None, b"\r\n\x00").strip())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(path=st.sampled_from(["token", "request", "asymmetric"]), value=field_bytes, other=field_bytes)
def test_any_bytes_in_place_of_a_token_are_refused(stage: Stage, path: str, value: bytes, other: bytes) -> None:
    answer = stage.get(path, (b"X-Other", other), (b"Authorization", b"Bearer " + value))
    assert answer.status in (401, *REFUSED_BY_THE_SERVER)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_good_token_with_one_byte_changed_is_refused(stage: Stage, position: int, change: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= change
    answer = stage.get("token", (b"Authorization", bytes(changed)))
    if bytes(changed).lower().startswith(b"bearer ") and bytes(changed[7:]) == GOOD[7:]:
        assert answer.status == 200, "the scheme's case does not matter (RFC 9110 section 11.1)"
    else:
        assert answer.status in (401, *REFUSED_BY_THE_SERVER)


def test_nothing_that_was_sent_is_in_the_log_of_a_function(stage: Stage) -> None:
    written = json.dumps([decisions(stage.api.workshop, name) for name in (HELLO, TELLING, ASYMMETRIC)])
    for part in (*make_token().split("."), *hostile_asymmetric_tokens.GOOD["ES256"].split(".")):
        assert part not in written
