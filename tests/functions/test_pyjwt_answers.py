"""What PyJWT, as it is pinned, says of every token of the attack tables, recorded: we refuse all of them.

Where a row is not named below, PyJWT refuses it too. A version of PyJWT that has become stricter, or laxer, fails here.
"""

import pytest

from tests.functions import hostile_asymmetric_tokens, hostile_tokens
from tests.functions.pyjwt_judge import ACCEPTS, REFUSES, answer_to_asymmetric, answer_to_hs256, theirs
from tests.functions.support import claims

Answers = dict[str, dict[str, str]]


def accepted(*rows: str) -> dict[str, str]:
    return dict.fromkeys(rows, ACCEPTS)


HS256: Answers = {
    "malformed_token": accepted("bytes"),
    # An exception that is none of PyJWT's own passes every `except jwt.PyJWTError`.
    "not_base64url": {**accepted("padding"), "half a surrogate pair": "UnicodeEncodeError"},
    "not_utf8": accepted("a header in UTF-16", "half an escaped surrogate pair"),
    "duplicate_member": accepted("alg twice in the header", "a claim twice, and all others good"),
    "number_out_of_range": accepted("a claim of NaN, and all others good"),
    "too_deep": accepted("many arrays, and all claims good"),
    "token_too_large": accepted("100 KB, well signed"),
    "unsupported_critical_header": accepted("b64 true", "b64 true without crit", "b64 null without crit"),
    "embedded_key": accepted("jwk", "jku", "x5u", "x5c"),
    "unsupported_token_type": accepted("an access token", "lower case", "null", "a list"),
    "malformed_key_id": accepted("empty", "too long", "with a line end", "with a NUL"),
    # `decode` is given one key, and leaves the `kid` to whoever chose it.
    "unknown_key": accepted("another", "missing", "a path", "SQL", "a stage", "a name of Python"),
    "missing_claim": accepted("exp", "sub"),
    "malformed_claim": accepted(
        "exp as a string",
        "exp beyond the year 9999",
        "exp of 4,000 digits",
        "nbf as a string",
        "iat as a string",
        "sub empty",
    ),
    "token_not_yet_valid": accepted("nbf in a fraction of a second"),
}
ASYMMETRIC: Answers = {
    "unsupported_critical_header": accepted("b64 true", "b64 true without crit"),
    "embedded_key": accepted("jku", "jku of the issuer", "x5u", "x5c"),
    "unknown_key": accepted("another kid", "no kid", "a path", "an address"),
}
TABLES = (
    (hostile_tokens.ATTACKS, HS256, answer_to_hs256),
    (hostile_asymmetric_tokens.ATTACKS, ASYMMETRIC, answer_to_asymmetric),
)


@pytest.mark.parametrize(
    ("tokens", "recorded", "answer_to"),
    [
        pytest.param(tokens, recorded.get(code, {}), answer_to, id=f"{name}: {code}")
        for name, (table, recorded, answer_to) in zip(("HS256", "asymmetric"), TABLES, strict=True)
        for code, tokens in table.items()
    ],
)
def test_pyjwt_answers_as_recorded(tokens: dict[str, object], recorded: dict[str, str], answer_to: object) -> None:
    assert callable(answer_to)
    answers = {what: answer_to(token) for what, token in tokens.items()}
    assert answers == {**dict.fromkeys(tokens, REFUSES), **recorded}


def test_every_recorded_answer_is_to_a_row_of_the_tables() -> None:
    for table, recorded, _ in TABLES:
        rows = {(code, what) for code, tokens in table.items() for what in tokens}
        assert {(code, what) for code, answers in recorded.items() for what in answers} <= rows


def test_pyjwt_accepts_the_good_tokens_at_the_same_time_and_with_the_same_keys() -> None:
    assert theirs(hostile_tokens.GOOD) == claims()
    for token in hostile_asymmetric_tokens.GOOD.values():
        assert answer_to_asymmetric(token) == ACCEPTS
