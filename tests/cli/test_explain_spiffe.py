"""`explain` with the chain `spiffe`: whose token it is and which rule lets it in, or why not, and never the token."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import METHOD_ARN, CommandLine, request_event
from tests.functions.spiffe.vectors import WORKLOAD, World
from tests.support.spiffe_documents import SpiffeDocuments

CHAIN = Path(__file__).resolve().parents[2] / "functions" / "chains" / "spiffe"
RULES = json.dumps([{"route": "GET /orders", "prefixes": ["spiffe://company.internal/ns/prod"]}])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Trust domains whose documents are served."""
    with SpiffeDocuments() as serving:
        yield serving.world


def explained(command_line: CommandLine, world: World, token: str, **changes: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, document and everything that was printed."""
    settings = {**world.environment, "SPIFFE_ROUTE_RULES": RULES, "SPIFFE_VERIFICATION": "extension", **changes}
    options = [word for name, value in settings.items() for word in ("--environment", f"{name}={value}")]
    event = request_event({"Authorization": f"Bearer {token}"}, methodArn=METHOD_ARN)
    ended = command_line.explain(CHAIN, event, "--json", *options)
    return ended.code, ended.document, ended.printed


def test_a_good_token_is_let_in_by_its_rule_and_verified_in_process_where_no_extension_is(
    command_line: CommandLine, world: World
) -> None:
    token = world.token()
    code, document, printed = explained(command_line, world, token)
    assert (code, document["decision"], document["principal_id"]) == (0, "Allow", WORKLOAD)
    assert document["allows"] == ["GET /orders"]
    assert [step["name"] for step in document["plugins"]] == ["01_verify_jwt_svid", "02_permit_routes"]
    assert token.split(".")[2] not in printed


def test_a_refusal_says_which_check_failed(command_line: CommandLine, world: World) -> None:
    token = world.token(sub="spiffe://company.internal.evil/ns/prod/sa/api")
    code, document, printed = explained(command_line, world, token)
    assert (code, document["reason"]) == (3, "wrong_trust_domain")
    assert "the trust domain is one of company.internal, partner.example" in json.dumps(document)
    assert token.split(".")[2] not in printed


def test_a_workload_without_a_rule_is_known_and_may_not(command_line: CommandLine, world: World) -> None:
    code, document, _ = explained(command_line, world, world.token(sub="spiffe://company.internal/ns/dev/sa/api"))
    assert (code, document["reason"], document["status"]) == (3, "route_not_permitted", 403)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SPIFFE_ROUTE_RULES": "[]"}, "SPIFFE_ROUTE_RULES: a list of one or more rules is needed"),
        ({"EXPECTED_AUDIENCE": ""}, "EXPECTED_AUDIENCE is not set"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(
    changes: dict[str, str], says: str, command_line: CommandLine, world: World
) -> None:
    code, document, _ = explained(command_line, world, world.token(), **changes)
    assert code == 1
    assert says in document["fault"]["hint"]
