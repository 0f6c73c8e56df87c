"""The calls of the partner API that `make up` prints: at its domain's port here, with files that are named alike."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.commands.partner_calls import PartnerCalls, calls_at, first_client
from sandbox.commands.partner_settings import CLIENTS, REQUIRED_SCOPES, RESOURCE_SERVER
from sandbox.commands.summary import summary
from sandbox.server import SandboxEndpoints

DOMAIN = "partners.example.com"
ENDPOINTS = SandboxEndpoints(
    emulator_url="http://127.0.0.1:4566", provider_port=4567, region="ap-southeast-3", account_id="111122223333", pid=1
)
OUTPUTS: dict[str, Any] = {
    "apis": {
        "partner-api": {
            "url": "http://127.0.0.1:4566/_aws/execute-api/abc/prod",
            "stage": "prod",
            "routes": [{"method": "GET", "path": "/health", "authorizer": "client-certificate-authorizer"}],
        }
    },
    "PartnerApiUrl": f"https://{DOMAIN}",
}
SETTINGS = {CLIENTS: [{"name": "globex", "scopes": ["read", "write"]}]}


def at(root: Path, settings: dict[str, Any] | None = None, **changes: Any) -> PartnerCalls | None:
    described = {"domain": DOMAIN, "host": "127.0.0.1", "port": 8443, "mutualTls": True, "problem": None, **changes}
    served = {"domains": [described], "authority": str(root / ".sandbox" / "tls" / "authority.pem")}
    return calls_at(DOMAIN, served=served, settings=settings or SETTINGS, root=root)


def lines(root: Path) -> list[str]:
    calls = at(root)
    assert calls is not None
    return list(calls.lines())


def issue(root: Path, *kinds: str) -> None:
    folder = root / ".sandbox" / "partners"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        (folder / f"globex.{kind}").touch()


def test_each_call_goes_to_the_port_here_and_trusts_the_authority_by_its_path_in_the_project(tmp_path: Path) -> None:
    for call in (line for line in lines(tmp_path) if line.startswith("curl")):
        assert f"--resolve {DOMAIN}:8443:127.0.0.1 --cacert .sandbox/tls/authority.pem" in call
        assert f"https://{DOMAIN}:8443/" in call


def test_the_first_partner_of_the_settings_gets_a_certificate_with_its_scopes_before_its_first_call(
    tmp_path: Path,
) -> None:
    printed = lines(tmp_path)
    (made,) = (index for index, line in enumerate(printed) if "client issue globex" in line)
    (first,) = (index for index, line in enumerate(printed) if "--cert " in line and line.endswith("/health"))
    assert printed[made - 1].startswith("openssl req -new ")
    assert "--scope partner-api/read --scope partner-api/write" in printed[made]
    assert made < first
    assert "--cert .sandbox/partners/globex.pem --key .sandbox/partners/globex.key" in printed[first]


def test_a_partner_that_has_its_certificate_needs_no_other(tmp_path: Path) -> None:
    issue(tmp_path, "key")
    assert any("client issue" in line for line in lines(tmp_path))
    issue(tmp_path, "pem")
    assert not any("client issue" in line for line in lines(tmp_path))


@pytest.mark.parametrize("changes", [{"problem": "port 8443 is taken"}, {"port": None}, {"domain": "other.example"}])
def test_there_are_no_calls_where_the_domain_is_not_served(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert at(tmp_path, **changes) is None


def test_without_partners_in_the_settings_any_one_may_have_the_scopes_that_are_required() -> None:
    assert first_client({REQUIRED_SCOPES: ["read"], RESOURCE_SERVER: "orders"}) == ("acme", ["orders/read"])
    assert first_client({CLIENTS: "nonsense"}) == ("acme", [])


def test_the_table_shows_the_domain_and_not_the_endpoint_that_is_closed(tmp_path: Path) -> None:
    served, unserved = (summary(OUTPUTS, ENDPOINTS, calls).splitlines()[1] for calls in (at(tmp_path), None))
    assert served.split()[1] == f"https://{DOMAIN}:8443/health"
    assert unserved.split()[1] == f"https://{DOMAIN}/health"
