"""`NOT_AUTHENTICATED_ANSWER`: what a caller who is not authenticated gets, an exception or a policy with the reason.

With both values, hostile events and tokens are played at every chain in `test_every_chain_under_attack`.
"""

from typing import Any

import pytest

from authorizer.denial import NotAuthenticated
from jwt_verification.errors import (
    InvalidSignature,
    IssuedInTheFuture,
    MissingToken,
    NotBase64Url,
    TokenExpired,
    TokenNotYetValid,
    UnknownKey,
    WeakHmacKey,
)
from secret_store.errors import SecretUnavailable, SecretUnusable
from tests.functions.support import LAMBDA_CONTEXT, STAGE_ARN, Authorizer, chain_of, token_event

CALLER = {"principal_id": "caller"}


def answering_deny(*results: Any) -> Authorizer:
    return Authorizer(chain_of(*results), not_authenticated_answer="deny")


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (TokenExpired("exp", "expired"), "token_expired", "Token expired"),
        (InvalidSignature("bad"), "invalid_signature", "Invalid signature"),
        (MissingToken("none"), "missing_token", "Missing token"),
        (NotBase64Url("padded"), "not_base64url", "Not base64url"),
        (NotAuthenticated("api_key_revoked"), "api_key_revoked", "Api key revoked"),
    ],
)
def test_with_deny_the_answer_is_a_policy_that_allows_nothing_and_says_why(
    error: Exception, reason: str, message: str
) -> None:
    authorizer = answering_deny(error)
    assert authorizer.handle(token_event(), LAMBDA_CONTEXT) == {
        "principalId": "unknown",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": [f"{STAGE_ARN}/*/*"]}],
        },
        "context": {"reason": reason, "message": message},
    }
    assert (authorizer.last_record["decision"], authorizer.last_record["reason"]) == ("Deny", reason)


@pytest.mark.parametrize(
    "denial",
    [
        SecretUnavailable("down"),
        SecretUnusable("placeholder"),
        UnknownKey("none"),
        TokenNotYetValid("nbf", "early"),
        IssuedInTheFuture("iat", "early"),
        WeakHmacKey("short"),
        NotAuthenticated("directory_unavailable", temporary=True),
        ValueError("a defect"),
        None,
        {"principal_id": 5},
    ],
)
def test_with_deny_a_denial_that_may_pass_soon_is_no_policy_that_would_be_cached(denial: Any) -> None:
    answering_deny(denial).refuses(token_event())


def test_with_deny_what_earlier_plugins_returned_does_not_reach_the_caller() -> None:
    answer = answering_deny(
        {**CALLER, "context": {"reason": "mine", "tenant": "acme"}}, NotAuthenticated("key_revoked")
    ).handle(token_event(), LAMBDA_CONTEXT)
    assert answer["context"] == {"reason": "key_revoked", "message": "Key revoked"}


def test_with_deny_an_event_without_a_method_is_still_exactly_unauthorized() -> None:
    assert answering_deny(CALLER).refuses({"type": "TOKEN"}) == "malformed_event"


def test_with_deny_whoever_is_allowed_is_allowed() -> None:
    assert answering_deny(CALLER).allows(token_event())["context"] == {}


@pytest.mark.parametrize("answer", ["", "Deny", "DENY", "allow", "raise ", "401"])
def test_an_unknown_value_denies_everything_and_names_the_setting(answer: str) -> None:
    authorizer = Authorizer(chain_of(CALLER), not_authenticated_answer=answer)
    assert '"file":"NOT_AUTHENTICATED_ANSWER"' in authorizer.log[0]
    assert '"detail":"the value is neither raise nor deny"' in authorizer.log[0]
    assert authorizer.refuses(token_event()) == "unknown_setting"
