"""What the stack is told of the partner API's surroundings: only what it leaves open, only where it has one."""

from typing import Any

import pytest

from sandbox.commands.partner_settings import (
    CERTIFICATE,
    DOMAIN_NAME,
    ENABLED,
    HOSTED_ZONE,
    JWKS_URL,
    TOKEN_ENDPOINT,
    TRUSTSTORE,
    TRUSTSTORE_FILE,
    Needs,
    Prepared,
    needs,
    partner_configuration,
)
from tests.components.stack_settings import declared

DOMAIN = "partners.example.com"
GIVEN = {ENABLED: True, DOMAIN_NAME: DOMAIN}
PREPARED = Prepared(zones={DOMAIN: "Z1", "old.example": "Z2"}, truststore=True)


def told(given: dict[str, Any], prepared: Prepared = PREPARED) -> dict[str, Any]:
    return partner_configuration(declared(), given, sandbox_url="http://127.0.0.1:4566", prepared=prepared)


def test_a_stack_with_the_partner_api_is_told_its_zone_its_truststore_and_where_its_pool_is() -> None:
    assert told(GIVEN) == {
        HOSTED_ZONE: "Z1",
        TRUSTSTORE: TRUSTSTORE_FILE,
        TOKEN_ENDPOINT: "http://127.0.0.1:4566/oauth2/token",
        JWKS_URL: "http://127.0.0.1:4566/{user_pool_id}/.well-known/jwks.json",
    }


@pytest.mark.parametrize("given", [{}, {ENABLED: False, DOMAIN_NAME: DOMAIN}])
def test_a_stack_without_the_partner_api_is_told_nothing_and_nothing_is_made(given: dict[str, Any]) -> None:
    assert told(given) == {}
    assert not needs(declared(), given)


def test_a_program_that_does_not_know_of_partners_is_told_nothing_and_nothing_is_made() -> None:
    assert partner_configuration({}, GIVEN, sandbox_url="http://127.0.0.1:4566", prepared=PREPARED) == {}
    assert not needs({}, GIVEN)


@pytest.mark.parametrize("name", [HOSTED_ZONE, TRUSTSTORE, TOKEN_ENDPOINT, JWKS_URL])
def test_what_the_stack_says_itself_stays(name: str) -> None:
    assert name not in told({**GIVEN, name: "its own"})


def test_a_zone_is_needed_unless_the_stack_names_one_or_a_certificate() -> None:
    assert needs(declared(), GIVEN) == Needs(zone_of=DOMAIN, truststore=True)
    assert needs(declared(), {**GIVEN, HOSTED_ZONE: "Z9"}).zone_of is None
    assert needs(declared(), {**GIVEN, CERTIFICATE: "arn:aws:acm:eu-west-1:111122223333:certificate/a"}).zone_of is None
    assert needs(declared(), {ENABLED: True}).zone_of is None  # the program says what is wrong


def test_what_is_missing_is_not_told() -> None:
    missing = Prepared(zones={"old.example": "Z2"})
    assert not missing.meets(needs(declared(), GIVEN))
    assert set(told(GIVEN, missing)) == {TOKEN_ENDPOINT, JWKS_URL}
    assert PREPARED.meets(needs(declared(), GIVEN))
