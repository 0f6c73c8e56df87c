"""Whom a function trusts: the variables that it gets, and what is refused in preview because it would lock all out."""

import dataclasses
import json
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

import pytest

from components.errors import ArgumentError
from components.packaging import FUNCTIONS_DIRECTORY
from components.spiffe_trust import SpiffeRouteRule, SpiffeTrust
from spiffe_verifier.settings import settings_of

CHAIN = FUNCTIONS_DIRECTORY / "chains" / "spiffe"

RULE = SpiffeRouteRule(route="GET /whoami", prefixes=["spiffe://company.internal/ns/prod"])
TRUST = SpiffeTrust(
    trust_domains=["company.internal"],
    issuer_urls=["https://oidc.company.internal"],
    audiences=["api://poc"],
    route_rules=[RULE],
)


def trust(**changes: Any) -> SpiffeTrust:
    return dataclasses.replace(TRUST, **changes)


def test_the_seeds_variables_have_the_seeds_form() -> None:
    seed = trust(issuer_urls=["http://10.0.1.17"], trust_domains=["spiffe://company.internal"], plain_http_issuers=True)
    assert seed.environment == {
        "EXPECTED_AUDIENCE": "api://poc",
        "JWKS_REFRESH": "120s",
        "OIDC_ISSUER_URL": "http://10.0.1.17",
        "PLAIN_HTTP_ISSUERS": "allowed",
        "REQUIRED_TRUST_DOMAIN": "spiffe://company.internal",
        "SPIFFE_ROUTE_RULES": '[{"route":"GET /whoami","prefixes":["spiffe://company.internal/ns/prod"]}]',
    }


def test_several_of_each_stand_in_one_variable() -> None:
    several = trust(
        trust_domains=["company.internal", "partner.example"],
        issuer_urls=["https://oidc.company.internal"],
        trust_bundle_urls=["partner.example=https://bundle.partner.example/"],
        audiences=["api://poc", "api://orders"],
    ).environment
    assert several["REQUIRED_TRUST_DOMAIN"] == "spiffe://company.internal,spiffe://partner.example"
    assert several["TRUST_BUNDLE_URL"] == "partner.example=https://bundle.partner.example/"
    assert several["EXPECTED_AUDIENCE"] == "api://poc,api://orders"
    assert "PLAIN_HTTP_ISSUERS" not in several


def test_a_rule_reaches_the_chain_as_it_reads_it() -> None:
    rule = SpiffeRouteRule(
        route="* /orders/*", spiffe_ids=["spiffe://company.internal/a"], prefixes=["spiffe://company.internal"]
    )
    assert json.loads(trust(route_rules=[rule]).environment["SPIFFE_ROUTE_RULES"]) == [
        {
            "route": "* /orders/*",
            "spiffe_ids": ["spiffe://company.internal/a"],
            "prefixes": ["spiffe://company.internal"],
        }
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"trust_domains": []}, "trust_domains: there is none"),
        ({"trust_domains": "company.internal"}, "trust_domains: must be a list of texts"),
        ({"trust_domains": ["Company.internal"]}, "trust_domains: 'Company.internal' is no trust domain"),
        ({"trust_domains": ["company.internal/"]}, "'company.internal/' is no trust domain"),
        ({"trust_domains": ["company.internal:8443"]}, "'company.internal:8443' is no trust domain"),
        ({"trust_domains": ["a" * 256]}, "is no trust domain"),
        ({"trust_domains": ["company.internal", "spiffe://company.internal"]}, "trust_domains: one occurs twice"),
        ({"audiences": []}, "audiences: name at least one"),
        ({"audiences": ["api://poc", "api://poc"]}, "audiences: name at least one, each once"),
        ({"audiences": ["api://a,api://b"]}, "without spaces and commas"),
        ({"audiences": ["api://a b"]}, "without spaces and commas"),
        ({"audiences": ["api://ä"]}, "audiences: name"),
        ({"jwks_refresh": "2 minutes"}, "jwks_refresh: '2 minutes' is no duration"),
        ({"jwks_refresh": ""}, "jwks_refresh: '' is no duration"),
        ({"jwks_refresh": "9s"}, "jwks_refresh: '9s'; use 10s to 1h"),
        ({"jwks_refresh": "1h1s"}, "jwks_refresh: '1h1s'; use 10s to 1h"),
        ({"issuer_urls": []}, "issuer_urls: 0 sources for 1 trust domains"),
        ({"issuer_urls": ["https://a.example", "https://b.example"]}, "issuer_urls: 2 sources for 1 trust domains"),
        ({"issuer_urls": ["oidc.company.internal"]}, "is no URL of a source of keys"),
        ({"issuer_urls": ["https://user@a.example"]}, "is no URL of a source of keys"),
        ({"issuer_urls": ["ftp://a.example"]}, "is no URL of a source of keys"),
        ({"issuer_urls": ["http://10.0.1.17"]}, "http://10.0.1.17 is plain HTTP"),
        ({"issuer_urls": ["http://93.184.215.14"], "plain_http_issuers": True}, "is plain HTTP"),
        ({"issuer_urls": ["https://a.example/?tenant=1"]}, "an issuer's URL has no query"),
        ({"issuer_urls": ["https://a.example/#keys"]}, "is no URL of a source of keys"),
        ({"issuer_urls": ["https://a.example", "https://a.example"]}, "one URL is there twice"),
        (
            {
                "trust_domains": ["company.internal", "partner.example"],
                "issuer_urls": ["https://a.example", "partner.example=https://b.example"],
            },
            "say it for all, or for none",
        ),
        ({"issuer_urls": ["partner.example=https://a.example"]}, "partner.example is none of trust_domains"),
        (
            {"trust_bundle_urls": ["company.internal=https://a.example"]},
            "issuer_urls: 2 sources for 1 trust domains",
        ),
        (
            {
                "issuer_urls": ["company.internal=https://a.example"],
                "trust_bundle_urls": ["company.internal=https://b.example"],
            },
            "company.internal has two sources",
        ),
        ({"issuer_urls": [], "trust_bundle_urls": ["https://a.example"]}, "trust_bundle_urls: name the trust domain"),
        ({"route_rules": []}, "route_rules: there is none"),
    ],
)
def test_what_would_let_nobody_in_is_refused_in_preview(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        trust(**changes)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"route": "/whoami"}, "'/whoami' is no route"),
        ({"route": "get /whoami"}, "is no route"),
        ({"route": "GET whoami"}, "is no route"),
        ({"route": "GET /who?ami"}, "is no route"),
        ({"prefixes": []}, "names nobody"),
        ({"prefixes": "spiffe://company.internal"}, "must be a list of texts"),
        ({"spiffe_ids": ["company.internal/a"]}, "'company.internal/a' is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/"]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/a//b"]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/../b"]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/a/."]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/a%2Fb"]}, "is no SPIFFE ID"),
        ({"prefixes": ["spiffe://company.internal/ns/*"]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["spiffe://company.internal/" + "a" * 2048]}, "is no SPIFFE ID"),
        ({"spiffe_ids": ["SPIFFE://company.internal/a"]}, "is no SPIFFE ID"),
    ],
)
def test_a_rule_that_could_never_be_right_is_refused(members: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        dataclasses.replace(RULE, **members)
    assert says in str(refused.value)


def test_a_rule_of_a_domain_that_is_not_trusted_is_refused() -> None:
    rule = SpiffeRouteRule(route="GET /whoami", spiffe_ids=["spiffe://company.internal.evil/ns/prod"])
    with pytest.raises(ArgumentError, match=r"add company\.internal\.evil there, or correct the rule"):
        trust(route_rules=[rule])


def test_more_rules_than_lambda_has_room_for_are_refused_in_preview() -> None:
    ids = [f"spiffe://company.internal/ns/prod/sa/workload-{number}" for number in range(100)]
    with pytest.raises(ArgumentError, match="Lambda takes 4 KB of variables"):
        trust(route_rules=[SpiffeRouteRule(route="GET /whoami", spiffe_ids=ids)])


@pytest.mark.parametrize("segment", ["...", "a.b", ".a", "a..", "_", "-"])
def test_dots_that_are_no_path_of_their_own_are_allowed(segment: str) -> None:
    assert SpiffeRouteRule(route="GET /whoami", spiffe_ids=[f"spiffe://company.internal/{segment}/x"]).spiffe_ids


ACCEPTED = (
    {},
    {"trust_domains": ["spiffe://company.internal"]},
    {"issuer_urls": ["company.internal=https://oidc.company.internal:8443/tenant"]},
    {"issuer_urls": ["spiffe://company.internal=https://oidc.company.internal/"]},
    {"issuer_urls": ["http://10.0.1.17"], "plain_http_issuers": True},
    {"issuer_urls": ["http://[fd00::17]:8080"], "plain_http_issuers": True},
    {"issuer_urls": ["http://spire.company.internal"], "plain_http_issuers": True},
    {"issuer_urls": [], "trust_bundle_urls": ["company.internal=https://bundle.company.internal/?format=jwks"]},
    {
        "trust_domains": ["company.internal", "partner.example"],
        "issuer_urls": ["https://oidc.company.internal"],
        "trust_bundle_urls": ["partner.example=https://bundle.partner.example"],
    },
    {
        "trust_domains": ["company.internal", "partner.example"],
        "issuer_urls": ["partner.example=https://b.example", "company.internal=https://a.example"],
    },
    {"audiences": ["api://poc", "api://orders"]},
    {"jwks_refresh": "10s"},
    {"jwks_refresh": "1h"},
    {"jwks_refresh": "1m30.5s"},
    {"route_rules": [SpiffeRouteRule(route="* /a/*", spiffe_ids=["spiffe://company.internal/a.b/.c"])]},
    {"route_rules": [SpiffeRouteRule(route="GET /", prefixes=["spiffe://company.internal"])] * 20},
)


@pytest.mark.parametrize("changes", ACCEPTED)
def test_what_is_accepted_in_preview_is_what_the_function_reads(changes: dict[str, Any]) -> None:
    accepted = trust(**changes)
    read = settings_of(accepted.environment)
    names = [domain.removeprefix("spiffe://") for domain in accepted.trust_domains]
    assert [source.trust_domain.name for source in read.sources] == names
    assert read.audiences == tuple(accepted.audiences)
    rules = route_rules(accepted.environment["SPIFFE_ROUTE_RULES"])
    for rule in accepted.route_rules:
        for spiffe_id in (*rule.spiffe_ids, *rule.prefixes):
            assert rule.route in rules.routes_of(spiffe_id)


def route_rules(text: str) -> Any:
    """The chain's own reading of its rules."""
    loader = SourceFileLoader("_route_rules_under_test", str(CHAIN / "_route_rules.py"))
    module = ModuleType(loader.name)
    loader.exec_module(module)
    return module.RouteRules(text)
