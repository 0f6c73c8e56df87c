"""What `make status` prints of custom domains."""

from typing import Any

from sandbox.commands.domains import domain_lines

PARTNER: dict[str, Any] = {
    "domain": "api.partner.example",
    "host": "127.0.0.1",
    "port": 8443,
    "mutualTls": True,
    "problem": None,
    "truststoreWarnings": ["The certificate with the subject CN=Old has expired."],
}
PUBLIC: dict[str, Any] = {**PARTNER, "domain": "www.example", "port": 8444, "mutualTls": False}


def printed(*domains: dict[str, Any], authority: str | None = None) -> str:
    return "\n".join(domain_lines({"domains": domains, "authority": authority}))


def test_nothing_is_printed_without_domains() -> None:
    assert printed(authority="/state/ca.pem") == ""


def test_a_domain_with_mutual_tls_has_host_port_a_call_and_its_warnings() -> None:
    text = printed(PARTNER)
    assert "api.partner.example (mutual TLS): https://api.partner.example:8443 at 127.0.0.1:8443" in text
    assert "--resolve api.partner.example:8443:127.0.0.1" in text
    assert "--cert CLIENT.pem --key CLIENT.key" in text
    assert "truststore warning: The certificate with the subject CN=Old has expired." in text


def test_an_ordinary_domain_is_called_without_a_client_certificate() -> None:
    text = printed({name: value for name, value in PUBLIC.items() if name != "truststoreWarnings"}, authority="/ca.pem")
    assert "www.example (TLS)" in text
    assert "--cert CLIENT" not in text
    assert "CA of the certificates that ACM issued here: /ca.pem" in text


def test_a_domain_that_cannot_be_served_says_why() -> None:
    text = printed({**PARTNER, "port": None, "problem": "port 8443 of 127.0.0.1 is taken"})
    assert text == "domain api.partner.example (mutual TLS) is not served: port 8443 of 127.0.0.1 is taken"
