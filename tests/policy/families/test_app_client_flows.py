"""Redirects, lifetimes and sign-up: boundaries and settings."""

import pytest

from guardrails.cognito.flows import IMPLICIT_RULE, MACHINE_RULE, REDIRECT_RULE
from guardrails.cognito.lifetimes import LIFETIME_RULE
from guardrails.cognito.pools import SIGN_UP_RULE
from guardrails.rules import Rule, Undecided
from tests.policy.families.configured import findings, problems
from tests.policy.fixtures.cognito import MACHINE, POOL, TOKENS, USERS
from tests.policy.judging import UNKNOWN, Declared


@pytest.mark.parametrize(
    "address",
    [
        "http://app.example.com/",
        "http://localhost/",
        "https://",
        "https:///signed-in",
        "https://*/",
        "https://*.example.com/",
        "https://app.example.com/*",
        "https://user@app.example.com/",
        "https://app.example.com/#token",
        "https://[::1",
        "https://app.example.com:port/",
        "//app.example.com/",
        "app.example.com",
        "myapp://signed-in",
        "javascript://app.example.com/%0aalert(1)",
        "",
    ],
)
def test_an_address_that_is_not_one_https_address_is_a_violation(address: str) -> None:
    assert len(problems(REDIRECT_RULE, USERS.with_property("callbackUrls", [address]))) == 1


@pytest.mark.parametrize("address", ["https://app.example.com", "https://app.example.com:8443/a?b=c", "HTTPS://a.b/"])
def test_https_addresses_that_are_written_out_comply(address: str) -> None:
    assert problems(REDIRECT_RULE, USERS.with_property("callbackUrls", [address])) == []


@pytest.mark.parametrize("address", ["http://localhost:3000/", "http://127.0.0.1/", "http://[::1]:8080/x"])
def test_a_client_for_trying_things_out_may_redirect_to_its_own_machine(address: str) -> None:
    client = USERS.with_property("callbackUrls", [address])
    assert problems(REDIRECT_RULE, client)
    assert problems(REDIRECT_RULE, client, loopback_redirects=True) == []
    other = USERS.with_property("callbackUrls", ["http://localhost.example.com/"])
    assert problems(REDIRECT_RULE, other, loopback_redirects=True)


def test_an_apps_own_scheme_has_to_be_listed() -> None:
    client = USERS.with_property("defaultRedirectUri", "myapp://signed-in")
    assert problems(REDIRECT_RULE, client)
    assert problems(REDIRECT_RULE, client, app_schemes=["myapp"]) == []


def test_one_address_that_is_not_known_yet_does_not_hide_another() -> None:
    found = findings(REDIRECT_RULE, USERS.with_property("callbackUrls", [UNKNOWN, "http://x.example.com/"]))
    assert [type(one).__name__ for one in found] == ["Undecided", "Violation"]


def test_a_flow_that_is_not_known_yet_may_be_the_machines() -> None:
    (found,) = findings(MACHINE_RULE, USERS.with_property("allowedOauthFlows", ["code", UNKNOWN]))
    assert isinstance(found, Undecided)
    assert found.properties == ("allowedOauthFlows",)


@pytest.mark.parametrize("flow", ["IMPLICIT", "Implicit", "", "token", 1.0, None])
def test_only_the_two_flows_by_their_names_are_good(flow: object) -> None:
    assert problems(IMPLICIT_RULE, USERS.with_property("allowedOauthFlows", ["code", flow]))


@pytest.mark.parametrize("rule", [IMPLICIT_RULE, MACHINE_RULE, REDIRECT_RULE, LIFETIME_RULE])
def test_an_app_client_that_another_service_made_is_judged_alike(rule: Rule) -> None:
    taken_over = Declared(
        type="aws:cognito/managedUserPoolClient:ManagedUserPoolClient",
        name="taken-over",
        properties={
            "allowedOauthFlows": ["client_credentials", "implicit"],
            "callbackUrls": ["http://x.example.com/"],
            "accessTokenValidity": 24,
        },
    )
    assert problems(rule, taken_over)


@pytest.mark.parametrize("name", ["callbackUrls", "logoutUrls"])
def test_a_machine_is_redirected_nowhere(name: str) -> None:
    assert problems(MACHINE_RULE, MACHINE.with_property(name, [])) == []
    assert len(problems(MACHINE_RULE, MACHINE.with_property(name, ["https://app.example.com/"]))) == 1


@pytest.mark.parametrize(
    ("number", "unit", "complies"),
    [
        (3600, "seconds", True),
        (3601, "seconds", False),
        (60, "minutes", True),
        (61, "minutes", False),
        (1, "hours", True),
        (1.5, "hours", False),
        (1, "days", False),
    ],
)
def test_lifetimes_are_compared_in_their_unit(number: float, unit: str, *, complies: bool) -> None:
    client = TOKENS.with_property("accessTokenValidity", number).with_property("tokenValidityUnits.accessToken", unit)
    assert (problems(LIFETIME_RULE, client) == []) is complies


def test_a_default_that_is_longer_than_the_operator_allows_has_to_be_replaced() -> None:
    assert problems(LIFETIME_RULE, USERS) == []
    assert len(problems(LIFETIME_RULE, USERS, access_token_minutes=15.0)) == 2
    assert len(problems(LIFETIME_RULE, USERS, refresh_token_days=1.0)) == 1


def test_a_pool_of_customers_can_be_listed_by_its_name() -> None:
    open_pool = POOL.without("adminCreateUserConfig")
    assert problems(SIGN_UP_RULE, open_pool)
    assert problems(SIGN_UP_RULE, open_pool, pools_open_to_sign_up=["pool"]) == []
    assert problems(SIGN_UP_RULE, open_pool, pools_open_to_sign_up=["partners"])
