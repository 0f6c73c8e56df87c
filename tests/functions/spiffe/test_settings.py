"""The verifier's settings: what may be written, and that everything else is refused by the variable's name."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiffe_verifier.durations import seconds_of
from spiffe_verifier.errors import SettingsError
from spiffe_verifier.from_environment import verifier_of
from spiffe_verifier.settings import VERIFIER_VARIABLES, settings_of
from tests.functions.support import without

# As the seed's readme has them, with an address for `<EC2_PRIVATE_IP>`, and what allows plain HTTP to it.
SEED = {
    "OIDC_ISSUER_URL": "http://10.0.0.5",
    "EXPECTED_AUDIENCE": "api://poc",
    "REQUIRED_TRUST_DOMAIN": "spiffe://company.internal",
    "JWKS_REFRESH": "120s",
    "PLAIN_HTTP_ISSUERS": "allowed",
}
TWO = {
    **SEED,
    "OIDC_ISSUER_URL": "https://a.example https://b.example",
    "REQUIRED_TRUST_DOMAIN": "a.example,b.example",
}


def sources(environment: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(each.trust_domain.name, each.kind, each.url) for each in settings_of(environment).sources]


def refused(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_of(environment)
    with pytest.raises(SettingsError):
        verifier_of(environment)
    message = str(caught.value)
    assert message.startswith(VERIFIER_VARIABLES)
    return message


def test_the_seeds_variables_work_as_written() -> None:
    settings = settings_of(SEED)
    assert sources(SEED) == [("company.internal", "oidc", "http://10.0.0.5")]
    assert (settings.audiences, settings.refresh_seconds, settings.plain_http) == (("api://poc",), 120, True)
    (trusted,) = verifier_of(SEED).trust_domains
    assert (trusted.trust_domain.name, trusted.issuer) == ("company.internal", "http://10.0.0.5")


@pytest.mark.parametrize("separator", [",", " ", ", ", "\n", " ,\t"])
def test_several_are_separated_by_commas_or_white_space_and_the_nth_issuer_is_the_nth_trust_domains(
    separator: str,
) -> None:
    environment = {
        **TWO,
        "OIDC_ISSUER_URL": f"https://a.example{separator}https://b.example",
        "REQUIRED_TRUST_DOMAIN": f"spiffe://x{separator}y",
        "EXPECTED_AUDIENCE": f"api://poc{separator}spiffe://y/reports",
    }
    assert sources(environment) == [("x", "oidc", "https://a.example"), ("y", "oidc", "https://b.example")]
    assert settings_of(environment).audiences == ("api://poc", "spiffe://y/reports")


def test_whose_an_issuer_is_can_be_said_outright() -> None:
    environment = {**TWO, "OIDC_ISSUER_URL": "spiffe://b.example=https://one/x=y,a.example=https://two"}
    assert sources(environment) == [("a.example", "oidc", "https://two"), ("b.example", "oidc", "https://one/x=y")]


def test_a_trust_bundle_is_the_source_of_the_trust_domain_that_it_names_and_issuers_are_the_others() -> None:
    bundle = {"TRUST_BUNDLE_URL": "a.example=https://a.example/bundle?a=b"}
    assert sources({**TWO, **bundle, "OIDC_ISSUER_URL": "https://b.example"}) == [
        ("a.example", "bundle", "https://a.example/bundle?a=b"),
        ("b.example", "oidc", "https://b.example"),
    ]
    only = {**without(SEED, "OIDC_ISSUER_URL"), "TRUST_BUNDLE_URL": "company.internal=http://10.0.0.5/b"}
    assert sources(only) == [("company.internal", "bundle", "http://10.0.0.5/b")]
    assert verifier_of(only).trust_domains[0].issuer is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"REQUIRED_TRUST_DOMAIN": ""}, "REQUIRED_TRUST_DOMAIN is not set"),
        ({"REQUIRED_TRUST_DOMAIN": " , "}, "REQUIRED_TRUST_DOMAIN is not set"),
        ({"REQUIRED_TRUST_DOMAIN": "Company.internal"}, "REQUIRED_TRUST_DOMAIN: 'Company.internal': .*upper case"),
        ({"REQUIRED_TRUST_DOMAIN": "spiffe://company.internal/"}, "REQUIRED_TRUST_DOMAIN: .*other characters"),
        ({"REQUIRED_TRUST_DOMAIN": "spiffe://company.internal/ns"}, "REQUIRED_TRUST_DOMAIN: .*other characters"),
        ({"REQUIRED_TRUST_DOMAIN": "company.internal:80"}, "REQUIRED_TRUST_DOMAIN: .*port"),
        ({"REQUIRED_TRUST_DOMAIN": "*"}, "REQUIRED_TRUST_DOMAIN: .*other characters"),
        ({"REQUIRED_TRUST_DOMAIN": "a a"}, "REQUIRED_TRUST_DOMAIN has a value twice"),
        ({"REQUIRED_TRUST_DOMAIN": "a spiffe://a"}, "REQUIRED_TRUST_DOMAIN has a trust domain twice"),
        ({"REQUIRED_TRUST_DOMAIN": "a b"}, "OIDC_ISSUER_URL has 1 issuers for 2 trust domains"),
        ({"OIDC_ISSUER_URL": ""}, "OIDC_ISSUER_URL has 0 issuers for 1"),
        ({"OIDC_ISSUER_URL": "https://a https://b"}, "OIDC_ISSUER_URL has 2 issuers for 1"),
        ({"OIDC_ISSUER_URL": "https://a https://a"}, "OIDC_ISSUER_URL has a value twice"),
        ({"OIDC_ISSUER_URL": "a.example"}, "OIDC_ISSUER_URL: write domain=address"),
        ({"OIDC_ISSUER_URL": "company.internal="}, "OIDC_ISSUER_URL: write domain=address"),
        ({"OIDC_ISSUER_URL": "=https://a"}, "OIDC_ISSUER_URL: '': the trust domain is empty"),
        ({"OIDC_ISSUER_URL": "company.internal=https://a https://b"}, "OIDC_ISSUER_URL says for some"),
        ({"OIDC_ISSUER_URL": "other=https://a"}, "OIDC_ISSUER_URL names other, which REQUIRED_TRUST_DOMAIN does not"),
        (
            {"OIDC_ISSUER_URL": "company.internal=https://a spiffe://company.internal=https://b"},
            "OIDC_ISSUER_URL names company.internal twice",
        ),
        (
            {"REQUIRED_TRUST_DOMAIN": "a b", "OIDC_ISSUER_URL": "a=https://x b=https://x"},
            "OIDC_ISSUER_URL has one address for two trust domains",
        ),
        ({"REQUIRED_TRUST_DOMAIN": "a b", "OIDC_ISSUER_URL": "a=https://x"}, "OIDC_ISSUER_URL has no issuer for b"),
        ({"OIDC_ISSUER_URL": "ftp://a"}, "OIDC_ISSUER_URL: write domain=address"),
        ({"OIDC_ISSUER_URL": "company.internal=file:///etc/passwd"}, "OIDC_ISSUER_URL: .*starts with"),
        ({"OIDC_ISSUER_URL": "https://user:word@a"}, "OIDC_ISSUER_URL: .*user name"),
        ({"OIDC_ISSUER_URL": "https://"}, "OIDC_ISSUER_URL: .*needs a host"),
        ({"OIDC_ISSUER_URL": "https://a:port"}, "OIDC_ISSUER_URL: .*[Pp]ort"),
        ({"OIDC_ISSUER_URL": "https://a?b=c"}, "OIDC_ISSUER_URL: .*query"),
        ({"OIDC_ISSUER_URL": "https://a#b"}, "OIDC_ISSUER_URL: .*fragment"),
        ({"OIDC_ISSUER_URL": "https://[::1"}, "OIDC_ISSUER_URL: "),
        ({"TRUST_BUNDLE_URL": "https://a"}, "TRUST_BUNDLE_URL: write domain=address"),
        ({"TRUST_BUNDLE_URL": "other=https://a"}, "TRUST_BUNDLE_URL names other"),
        ({"TRUST_BUNDLE_URL": "company.internal=https://a"}, "OIDC_ISSUER_URL has 1 issuers for 0"),
        (
            {"TRUST_BUNDLE_URL": "company.internal=https://a", "OIDC_ISSUER_URL": "company.internal=https://b"},
            "OIDC_ISSUER_URL and TRUST_BUNDLE_URL both name company.internal",
        ),
        ({"EXPECTED_AUDIENCE": ""}, "EXPECTED_AUDIENCE is not set"),
        ({"EXPECTED_AUDIENCE": "a,a"}, "EXPECTED_AUDIENCE has a value twice"),
        ({"JWKS_REFRESH": "120"}, "JWKS_REFRESH: a duration has a unit"),
        ({"JWKS_REFRESH": "soon"}, "JWKS_REFRESH: a duration has a unit"),
        ({"JWKS_REFRESH": "-120s"}, "JWKS_REFRESH: a duration has a unit"),
        ({"JWKS_REFRESH": "0"}, "JWKS_REFRESH is 10s to 3600s"),
        ({"JWKS_REFRESH": "9.9s"}, "JWKS_REFRESH is 10s to 3600s"),
        ({"JWKS_REFRESH": "1h1s"}, "JWKS_REFRESH is 10s to 3600s"),
        ({"JWKS_REFRESH": "9" * 39 + "h"}, "JWKS_REFRESH is 10s to 3600s"),
        ({"PLAIN_HTTP_ISSUERS": "true"}, "PLAIN_HTTP_ISSUERS is 'allowed' or absent"),
        ({"PLAIN_HTTP_ISSUERS": "ALLOWED"}, "PLAIN_HTTP_ISSUERS is 'allowed' or absent"),
        ({"PLAIN_HTTP_ISSUERS": ""}, "OIDC_ISSUER_URL: 'http://10.0.0.5' is plain HTTP: .*PLAIN_HTTP_ISSUERS=allowed"),
        (
            {"PLAIN_HTTP_ISSUERS": "", "OIDC_ISSUER_URL": "", "TRUST_BUNDLE_URL": "company.internal=http://10.0.0.5/b"},
            "TRUST_BUNDLE_URL: 'http://10.0.0.5/b' is plain HTTP",
        ),
        ({"OIDC_ISSUER_URL": "http://8.8.8.8"}, "OIDC_ISSUER_URL: .*public address"),
        ({"OIDC_ISSUER_URL": "http://[2606:4700::1111]:8080"}, "OIDC_ISSUER_URL: .*public address"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(changes: dict[str, str], message: str) -> None:
    found = refused({**SEED, **changes})
    assert re.match(message, found), found


@pytest.mark.parametrize(
    "name", ["OIDC_ISSUER_URL", "REQUIRED_TRUST_DOMAIN", "EXPECTED_AUDIENCE", "PLAIN_HTTP_ISSUERS"]
)
def test_without_one_of_the_seeds_variables_there_is_no_verifier(name: str) -> None:
    assert name in refused(without(SEED, name))


def test_a_password_in_an_address_is_not_repeated() -> None:
    for address in (
        "https://user:secret@a",
        "ftp://user:secret@a",
        "https://user:secret@",
        "https://a/\x01?b=user:secret@a",
    ):
        for changes in (
            {"OIDC_ISSUER_URL": address},
            {"OIDC_ISSUER_URL": f"company.internal={address}"},
            {"OIDC_ISSUER_URL": f"{address}=https://a"},
            {"REQUIRED_TRUST_DOMAIN": address},
            {"OIDC_ISSUER_URL": "", "TRUST_BUNDLE_URL": f"company.internal={address}"},
        ):
            assert "secret" not in refused({**SEED, **changes})


def test_nothing_set_at_all_is_no_verifier() -> None:
    assert refused({})


@pytest.mark.parametrize("refresh", [None, "", " "])
def test_keys_are_refreshed_every_two_minutes_where_nothing_is_said(refresh: str | None) -> None:
    environment = without(SEED, "JWKS_REFRESH") if refresh is None else {**SEED, "JWKS_REFRESH": refresh}
    assert settings_of(environment).refresh_seconds == 120


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/_gatehouse",
        "http://[::1]:8080",
        "http://10.1.2.3",
        "http://172.31.0.1",
        "http://192.168.1.1",
        "http://169.254.10.1",
        "http://[fd00::1]",
        "http://100.64.0.1",
        "http://spire.internal",
        "http://localhost:18082",
    ],
)
def test_plain_http_is_for_private_networks_loopback_and_names_where_it_is_allowed(url: str) -> None:
    assert sources({**SEED, "OIDC_ISSUER_URL": url}) == [("company.internal", "oidc", url)]
    assert "plain HTTP" in refused({**without(SEED, "PLAIN_HTTP_ISSUERS"), "OIDC_ISSUER_URL": url})


def test_https_needs_no_leave() -> None:
    assert sources({**without(SEED, "PLAIN_HTTP_ISSUERS"), "OIDC_ISSUER_URL": "https://8.8.8.8"})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120s", 120),
        ("2m", 120),
        ("1h30m", 5_400),
        ("1h0m0.5s", 3_600.5),
        ("1.5h", 5_400),
        (".5m", 30),
        ("1.s", 1),
        ("500ms", 0.5),
        ("1000000us", 1),
        ("1000000µs", 1),
        ("1000000μs", 1),
        ("1000000000ns", 1),
        ("30s30s", 60),
        ("0", 0),
        ("0s", 0),
    ],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert math.isclose(seconds_of(text), seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s",
        "120",
        "1 s",
        "1s ",
        " 1s",
        "1S",
        "1d",
        "1w",
        "-1s",
        "+1s",
        "1e3s",
        "1,5s",
        ".s",
        "1m2",
        "٣s",
        "s1",
        "1s" * 21,
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unit after every number"):
        seconds_of(text)


@given(
    st.dictionaries(
        st.sampled_from(VERIFIER_VARIABLES),
        st.text(max_size=30)
        | st.lists(
            st.sampled_from(
                ["https://a", "http://b", "a=", "spiffe://a", "a", "b=", "@", "?", "[", ",", "allowed", "120s"]
            ),
            max_size=5,
        ).map("".join),
    )
)
def test_whatever_is_set_gives_settings_or_an_error_that_names_the_variable(environment: dict[str, str]) -> None:
    message = ""
    try:
        settings = settings_of(environment)
    except SettingsError as error:
        message = str(error)
    else:
        assert settings.sources
        assert settings.audiences
    assert not message or message.startswith(VERIFIER_VARIABLES)
