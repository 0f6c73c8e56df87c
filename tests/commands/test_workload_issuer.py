"""Which issuers the stack is told of: the sandbox's own, the real SPIRE's, or none where the settings name some."""

from typing import Any

import pytest

from sandbox.commands.workload_issuer import (
    ISSUER_URLS,
    PLAIN_HTTP,
    TRUST_BUNDLE_URLS,
    TRUST_DOMAINS,
    issuer_configuration,
)
from sandbox.spire.record import SpireRecord

SANDBOX = "http://127.0.0.1:4566"
BUILT_IN = f"{SANDBOX}/_gatehouse/spiffe"
DECLARED = {ISSUER_URLS: {"type": "array"}}
SPIRE = SpireRecord(
    trust_domain="company.internal",
    issuer_url="http://127.0.0.1:18082",
    binaries="/cache",
    server_socket="/tmp/server.sock",  # noqa: S108 - never opened
    workload_socket="/tmp/agent.sock",  # noqa: S108 - never opened
    agent_id="spiffe://company.internal/sandbox/agent",
    processes={},
)


def told(given: dict[str, Any], *, spire: SpireRecord | None = None, declared: Any = DECLARED) -> dict[str, Any]:
    return issuer_configuration(declared=declared, given=given, sandbox_url=SANDBOX, spire=spire)


def test_a_stack_that_says_nothing_trusts_the_sandboxs_own_issuer() -> None:
    assert told({}) == {
        TRUST_DOMAINS: ["company.internal"], ISSUER_URLS: [f"{BUILT_IN}/company.internal"], PLAIN_HTTP: True,
    }  # fmt: skip


def test_each_trust_domain_has_an_issuer_of_its_own() -> None:
    given = {TRUST_DOMAINS: ["spiffe://company.internal", "partner.example"]}
    assert told(given)[ISSUER_URLS] == [f"{BUILT_IN}/company.internal", f"{BUILT_IN}/partner.example"]


def test_spire_is_the_issuer_of_its_trust_domain_and_of_no_other() -> None:
    given = {TRUST_DOMAINS: ["partner.example", "spiffe://company.internal"]}
    assert told(given, spire=SPIRE)[ISSUER_URLS] == [f"{BUILT_IN}/partner.example", SPIRE.issuer_url]


@pytest.mark.parametrize("name", [ISSUER_URLS, TRUST_BUNDLE_URLS])
def test_issuers_that_the_stack_names_itself_stay(name: str) -> None:
    assert told({name: ["https://spire.example"]}, spire=SPIRE) == {}


def test_a_program_that_does_not_know_of_issuers_is_told_of_none() -> None:
    assert told({}, spire=SPIRE, declared={"gatehouse:other": {}}) == {}
