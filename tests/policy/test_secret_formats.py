"""`guardrails.secrets.formats`: what is left out to be quick hides nothing, and newer formats are found.

Tokens are drawn from the expressions or put together at run time, so that nothing in this file looks like a leaked one.
"""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import guardrails
from guardrails.secrets.formats import (
    HINTS,
    JUDGED_OTHERWISE,
    LONGEST_LINE,
    NEWER,
    PRIVATE_KEY,
    SHORTEST,
    SHORTEST_OF,
    detectors,
    format_of,
    formats_in_file,
    has_private_key,
)

EXPRESSIONS: list[tuple[str, re.Pattern[str]]] = [
    *((one.secret_type, expression) for one in detectors() for expression in cast("Any", one).denylist),
    *((name, expression) for name, (expression, _) in NEWER.items()),
]
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"


def pem(kind: str) -> str:
    return f"-----BEGIN {kind}-----\n{BODY}\n{BODY}\n-----END {kind}-----\n"


def test_every_detector_of_the_library_is_used_or_left_out_for_a_reason() -> None:
    assert {one.secret_type for one in detectors()} | JUDGED_OTHERWISE == set(get_mapping_from_secret_type_to_class())
    assert HINTS.keys() == {one.secret_type for one in detectors()}


def test_the_detectors_are_the_same_without_the_client_that_the_library_asks_servers_with() -> None:
    program = (
        "import json, sys\n"
        f"sys.path.insert(0, {str(Path(guardrails.__file__).parents[1])!r})\n"
        "from guardrails.secrets.formats import detectors\n"
        "print(json.dumps([[one.secret_type for one in detectors()], 'requests' in sys.modules]))\n"
        "import requests\n"
        "assert requests.get\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=120)

    assert json.loads(done.stdout) == [[one.secret_type for one in detectors()], False]


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=lambda part: str(getattr(part, "pattern", part))[:40])
def test_a_hint_is_in_every_text_that_an_expression_finds(name: str, expression: re.Pattern[str]) -> None:
    hint = HINTS[name] if expression not in [each for each, _ in NEWER.values()] else NEWER[name][1]

    @settings(
        max_examples=10,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(st.from_regex(expression))
    def holds(text: str) -> None:
        assume(expression.search(text))
        assert hint(text, text.casefold())
        assert len(expression.search(text).group()) >= SHORTEST_OF.get(name, SHORTEST)  # pyright: ignore[reportOptionalMemberAccess]  # assumed

    holds()


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"])
def test_private_keys_are_found_in_values_and_in_files(kind: str) -> None:
    assert format_of(pem(kind)) == PRIVATE_KEY
    in_base64 = base64.b64encode(pem(kind).encode()).decode()
    assert has_private_key(f"key: {in_base64}")
    escaped = pem(kind).replace("\n", "\\n")
    for text in (pem(kind), f'KEY = "{escaped}"', f"KEY = '{in_base64}'"):
        assert [name for _, name in formats_in_file(f"first\n{text}")][:1] == [PRIVATE_KEY]


def test_other_private_keys_are_found() -> None:
    assert has_private_key("PuTTY-User-Key-File-3: ssh-ed25519")
    assert has_private_key("AGE-SECRET-KEY-1" + "Q" * 58)
    assert [*formats_in_file("AGE-SECRET-KEY-1" + "Q" * 58)] == [(1, PRIVATE_KEY)]


def test_a_program_that_names_the_first_line_of_keys_holds_none() -> None:
    program = 'if "-----BEGIN PRIVATE KEY-----" in text:\n    raise ValueError("a private key: take it out")\n'
    assert [*formats_in_file(program)] == []
    assert not has_private_key(pem("PUBLIC KEY"))
    assert not has_private_key(pem("CERTIFICATE"))


NEWER_TOKENS = {
    "github_pat_" + "a1B2" * 8: "GitHub Token",
    "AIza" + "a1B2c" * 7: "Google API Key",
    "sk-ant-" + "api03-" + "a1B2" * 6: "Anthropic API Key",
    "sk-proj-" + "a1B2" * 6: "OpenAI Token",
    "sk_test_" + "a1B2" * 6: "Stripe Access Key",
    "redis://:" + "p4ssw0rd" + "@cache": "Database password",
}


@pytest.mark.parametrize("token", NEWER_TOKENS)
def test_tokens_that_the_library_does_not_know_are_found(token: str) -> None:
    assert format_of(token) == NEWER_TOKENS[token]
    assert [*formats_in_file(f"first\nvalue = {token}\n")] == [(2, NEWER_TOKENS[token])]


@pytest.mark.parametrize("before", [0, 10, LONGEST_LINE - 30, LONGEST_LINE, 3 * LONGEST_LINE - 500])
def test_a_token_is_found_anywhere_in_a_long_line(before: int) -> None:
    token = "ghp_" + "a1B2" * 9
    assert format_of("x" * before + " " + token + " " + "y" * LONGEST_LINE) == "GitHub Token"


def test_a_line_that_is_slow_for_an_expression_is_done_in_good_time() -> None:
    line = "//" * 20_000 + ":_authToken="
    assert format_of(line) is None
