"""The SPIRE host: what its Compose file says, what `prepare.sh` makes of its configuration, and SPIRE's word on it.

No Docker daemon is asked: the script is run as the container runs it, and what it makes is given to the real programs.
"""

import re
import stat
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.spire.build import SPIRE_VERSION
from tests.support.ports import free_port
from tests.support.sandbox import wait_until
from tests.support.spire import RunningSpire

ROOT = Path(__file__).resolve().parents[2]
HOST = ROOT / "spire"
ISSUER = "http://10.0.0.5"
# Of the Compose specification, those that this file has any business with.
SERVICE_MEMBERS = {
    "cap_add", "cap_drop", "command", "depends_on", "entrypoint", "environment", "healthcheck", "image", "logging",
    "network_mode", "networks", "ports", "read_only", "restart", "security_opt", "user", "volumes",
}  # fmt: skip
HEALTH_MEMBERS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((HOST / "docker-compose.yml").read_text())


class Prepared:
    """The configuration of a copy of `spire/`, prepared."""

    def __init__(self, folder: Path) -> None:
        self.configuration, self.folder = folder / "config", folder / "prepared"
        self.configuration.mkdir(parents=True)
        for file in (HOST / "config").iterdir():
            (self.configuration / file.name).write_bytes(file.read_bytes())
        for name in ("postgres", "server", "provider", "data", "socket"):
            (self.folder / name).mkdir(parents=True)

    def edit(self, name: str, old: str, new: str) -> None:
        """Edits a file as its operator would."""
        text = (self.configuration / name).read_text()
        assert old in text
        (self.configuration / name).write_text(text.replace(old, new))

    def run(self) -> subprocess.CompletedProcess[str]:
        """`prepare.sh`."""
        command = ["/bin/sh", str(HOST / "prepare.sh"), str(self.configuration), str(self.folder)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    def read(self, name: str) -> str:
        """A file that it made."""
        return (self.folder / name).read_text()


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """With the issuer edited, as the quick start says."""
    made = Prepared(tmp_path)
    made.edit("oidc.conf", "http://<YOUR_EC2_PRIVATE_IP>", ISSUER)
    return made


def test_the_quick_starts_command_is_the_same_project_from_the_checkouts_root(compose: dict[str, Any]) -> None:
    root = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert root == {"name": compose["name"], "include": ["spire/docker-compose.yml"]}


def test_the_compose_file_has_only_members_that_compose_knows(compose: dict[str, Any]) -> None:
    assert set(compose) == {"name", "services", "networks", "volumes", "x-small"}
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_MEMBERS, name
        assert set(service.get("healthcheck", {})) <= HEALTH_MEMBERS, name
        for needed, how in service.get("depends_on", {}).items():
            assert needed in compose["services"], name
            assert how["condition"] in CONDITIONS, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][needed], needed
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            assert target.startswith("/"), volume
            assert mode in ([], ["ro"]), volume
            assert (HOST / source).exists() if source.startswith("./") else source in compose["volumes"], volume
        for network in service.get("networks", []):
            assert network in compose["networks"], name


def test_every_image_is_pinned_to_an_exact_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert images == {
        "postgres:17.6-alpine",
        f"ghcr.io/spiffe/spire-server:{SPIRE_VERSION}",
        f"ghcr.io/spiffe/oidc-discovery-provider:{SPIRE_VERSION}",
    }


def test_no_password_is_in_the_compose_file_or_the_configuration() -> None:
    for file in (HOST / "docker-compose.yml", *(HOST / "config").iterdir()):
        for line in file.read_text().splitlines():
            stated = re.search(r"password(?!_FILE)\w*\s*[=:]\s*(\S+)", line, re.IGNORECASE)
            assert stated is None or stated[1].startswith("/"), f"{file.name}: {line}"


def test_every_service_that_stays_has_a_health_check_of_its_own_or_beside_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    beside = {
        service["network_mode"].removeprefix("service:")
        for service in services.values()
        if "healthcheck" in service and service.get("network_mode", "").startswith("service:")
    }
    staying = {name for name, service in services.items() if service.get("restart") == "unless-stopped"}
    assert staying == set(services) - {"prepare"}
    assert {name for name in staying if "healthcheck" not in services[name]} == beside == {"oidc-discovery-provider"}


def test_only_the_agents_and_the_verifiers_ports_are_open_and_the_database_has_no_way_out(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"spire-server": ["8081:8081"], "oidc-discovery-provider": ["80:8080"]}
    assert services["postgres"]["networks"] == ["database"]
    assert compose["networks"]["database"] == {"internal": True}


def test_one_edited_line_configures_provider_and_server(prepared: Prepared) -> None:
    ended = prepared.run()
    assert (ended.returncode, ended.stdout) == (0, f"issuer: {ISSUER}\n"), ended.stderr

    provider = prepared.read("provider/oidc.conf")
    assert f'\njwt_issuer = "{ISSUER}"\njwks_uri = "{ISSUER}/keys"\n' in provider
    assert 'domains = ["10.0.0.5", "127.0.0.1", "localhost"]' in provider
    assert not re.search(r"^\s*issuer", provider, re.MULTILINE)
    assert f'\nserver {{\n  jwt_issuer = "{ISSUER}"\n' in prepared.read("server/server.conf")


def test_the_password_is_made_once_and_is_for_one_service_each(prepared: Prepared) -> None:
    assert prepared.run().returncode == 0
    password = prepared.read("postgres/password")
    assert re.fullmatch(r"[0-9a-f]{64}", password)
    assert prepared.read("server/pgpass") == f"postgres:5432:spire:spire:{password}\n"
    for name in ("postgres/password", "server/pgpass", "server/server.conf", "provider/oidc.conf"):
        assert stat.S_IMODE((prepared.folder / name).stat().st_mode) == 0o600, name

    ended = prepared.run()
    assert prepared.read("postgres/password") == password
    assert password not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "issuer",
    [
        "<YOUR_EC2_PRIVATE_IP>", "http://<YOUR_EC2_PRIVATE_IP>", "10.0.0.5", "http://10.0.0.5/", "http://10.0.0.5/spire",
        "ftp://10.0.0.5", "http://", "http://10.0.0.5:0", "http://user@10.0.0.5", "http://10.0.0.5|w /tmp/x", "",
    ],
)  # fmt: skip
def test_an_issuer_that_cannot_be_meant_stops_the_start(tmp_path: Path, issuer: str) -> None:
    prepared = Prepared(tmp_path)
    prepared.edit("oidc.conf", "http://<YOUR_EC2_PRIVATE_IP>", issuer)
    ended = prepared.run()
    assert ended.returncode == 1
    assert ended.stderr.startswith(f'error: the issuer in spire/config/oidc.conf is "{issuer}": write the address')
    assert not list((prepared.folder / "provider").iterdir())


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("oidc.conf", f'issuer = "{ISSUER}"\n', "", "has 0 lines `issuer"),
        ("oidc.conf", "log_level", f'issuer = "{ISSUER}"\nlog_level', "has 2 lines `issuer"),
        ("oidc.conf", "log_level", 'domains = ["x"]\nlog_level', "come from the issuer"),
        ("server.conf", "  bind_port", '  jwt_issuer = "http://x"\n  bind_port', "come from the issuer"),
        ("server.conf", "\nserver {\n", "\nserver\n{\n", "has no line `server {`"),
    ],
)
def test_a_configuration_that_would_contradict_itself_stops_the_start(
    prepared: Prepared, name: str, old: str, new: str, says: str
) -> None:
    prepared.edit(name, old, new)
    ended = prepared.run()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr


def test_a_missing_configuration_stops_the_start(prepared: Prepared) -> None:
    (prepared.configuration / "server.conf").unlink()
    assert "spire/config/server.conf is missing: restore it" in prepared.run().stderr


def test_spire_finds_the_configurations_valid(prepared: Prepared, spire: RunningSpire) -> None:
    assert prepared.run().returncode == 0
    prepared.edit("agent.conf", "<YOUR_EC2_PRIVATE_IP>", "10.0.0.5")
    for program, file in (
        ("spire-server", prepared.folder / "server" / "server.conf"),
        ("spire-agent", prepared.configuration / "agent.conf"),
    ):
        ended = subprocess.run(
            [spire.programs / program, "validate", "-config", str(file)],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert (ended.returncode, "is valid" in ended.stdout) == (0, True), ended.stdout + ended.stderr
        assert "nknown" not in ended.stdout + ended.stderr


def test_the_quick_starts_two_requests_are_answered_by_the_real_provider(
    prepared: Prepared, spire: RunningSpire
) -> None:
    """With the prepared configuration, but for where it listens and which socket the server has here."""
    assert prepared.run().returncode == 0
    file = prepared.folder / "provider" / "oidc.conf"
    port, health = free_port(), free_port()
    text = file.read_text()
    for old, new in (
        (":8080", f"127.0.0.1:{port}"),
        ("/tmp/spire-server/private/api.sock", spire.record.server_socket),  # noqa: S108 - in the container
        ("8008", str(health)),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    with (prepared.folder / "log").open("wb") as log:
        provider = subprocess.Popen(
            [spire.programs / "oidc-discovery-provider", "-config", str(file)], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: status(f"http://127.0.0.1:{health}/ready") == 200, what="the provider is ready")
        for host in ("127.0.0.1", "10.0.0.5"):
            discovery = get(f"http://127.0.0.1:{port}/.well-known/openid-configuration", host)
            assert (discovery["issuer"], discovery["jwks_uri"]) == (ISSUER, f"{ISSUER}/keys")
        assert [key["kid"] for key in get(f"http://127.0.0.1:{port}/keys", "127.0.0.1")["keys"]] == spire.key_ids()
        stranger = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
        assert status(stranger, host="attacker.example") == 400
    finally:
        provider.terminate()
        provider.wait(timeout=10)


def get(url: str, host: str) -> Any:
    """The JSON document at a URL, asked for under a host's name."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=10) as answer:
        return yaml.safe_load(answer.read())


def status(url: str, host: str = "127.0.0.1") -> int | None:
    """The status at a URL; None where nobody answers yet."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None
