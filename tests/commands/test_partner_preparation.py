"""What the partner API needs is made once, found again, made anew where it is lost, and removed with the stack."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.commands.partner_preparation import ZONES_FILE, forget, is_prepared, prepare, prepared
from sandbox.commands.partner_settings import FOLDER, TRUSTSTORE_FILE
from sandbox.commands.project import Project
from sandbox.errors import SandboxError
from tests.components.stack_settings import ROOT
from tests.support.sandbox import RunningSandbox, running_sandbox

DOMAIN = "partners.example.com"


class Preparing:
    """A project whose sandbox runs, and which needs a zone and a truststore."""

    def __init__(self, root: Path, running: RunningSandbox) -> None:
        self.project = Project(root=root)
        self.running = running

    def __call__(self) -> list[str]:
        """Prepares, and answers what was said to be made."""
        said: list[str] = []
        prepare(self.project, self.running.endpoints, said.append)
        assert is_prepared(self.project)
        return said

    @property
    def bundle(self) -> Path:
        return self.project.root / TRUSTSTORE_FILE

    def zones(self) -> list[str]:
        listed = self.running.client("route53").list_hosted_zones()["HostedZones"]
        return [zone["Id"].rpartition("/")[2] for zone in listed]

    def kept(self) -> list[str]:
        """Names of what is in SSM and Secrets Manager."""
        parameters = self.running.client("ssm").get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
        secrets = self.running.client("secretsmanager").list_secrets()["SecretList"]
        return sorted(each["Name"] for each in [*parameters, *secrets])


@pytest.fixture(scope="module")
def preparing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preparing]:
    root = tmp_path_factory.mktemp("program")
    shutil.copy(ROOT / "Pulumi.yaml", root)
    settings: dict[str, Any] = {"gatehouse:partnerEnabled": True, "gatehouse:partnerDomainName": DOMAIN}
    (root / "Pulumi.sandbox.yaml").write_text(yaml.safe_dump({"config": settings}), encoding="utf-8")
    with running_sandbox(root / ".sandbox") as running:
        yield Preparing(root, running)


def test_it_is_made_once_found_again_made_anew_where_it_is_lost_and_removed(preparing: Preparing) -> None:
    root = preparing.project.root
    assert not is_prepared(preparing.project)
    assert len(preparing()) == 2  # a zone and a truststore
    made, first = prepared(preparing.project), preparing.bundle.read_text()
    assert preparing() == []
    assert list(made.zones.values()) == preparing.zones()
    assert preparing.kept() == ["/gatehouse/ca/partners/0001", "gatehouse/ca/partners/0001"]

    # What the folder has lost is found in AWS.
    shutil.rmtree(root / FOLDER)
    preparing()
    assert (prepared(preparing.project), preparing.bundle.read_text()) == (made, first)

    # An authority without its key signs nothing: its successor stands beside it.
    preparing.running.client("secretsmanager").delete_secret(
        SecretId="gatehouse/ca/partners/0001", ForceDeleteWithoutRecovery=True
    )
    preparing()
    assert preparing.bundle.read_text().startswith(first)
    assert preparing.bundle.read_text().count("BEGIN CERTIFICATE") == 2

    # A sandbox that has lost its state: what was signed by the authority of before is of no use.
    (root / FOLDER / "acme.pem").touch()
    preparing.running.client("route53").delete_hosted_zone(Id=preparing.zones()[0])
    for generation in ("0001", "0002"):
        preparing.running.client("ssm").delete_parameter(Name=f"/gatehouse/ca/partners/{generation}")
    assert len(preparing()) == 2
    assert list(prepared(preparing.project).zones.values()) == preparing.zones()
    assert first not in preparing.bundle.read_text()
    assert not (root / FOLDER / "acme.pem").exists()

    record = {"Name": f"www.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "127.0.0.1"}]}
    preparing.running.client("route53").change_resource_record_sets(
        HostedZoneId=preparing.zones()[0],
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    for _ in range(2):
        forget(preparing.project, preparing.running.endpoints)
        assert (preparing.zones(), preparing.kept(), (root / FOLDER).exists()) == ([], [], False)


def test_a_zone_that_is_gone_already_is_forgotten(preparing: Preparing) -> None:
    zones = preparing.project.root / ZONES_FILE
    zones.parent.mkdir(parents=True)
    zones.write_text('{"partners.example.com": "Z0123456789"}', encoding="utf-8")
    forget(preparing.project, preparing.running.endpoints)
    assert not zones.parent.exists()


def test_a_note_that_was_cut_short_counts_as_none(preparing: Preparing) -> None:
    zones = preparing.project.root / ZONES_FILE
    zones.parent.mkdir(parents=True, exist_ok=True)
    zones.write_text('{"partners.exa', encoding="utf-8")
    assert not is_prepared(preparing.project)
    zones.unlink()


def test_what_the_command_refuses_is_told_on_one_line(preparing: Preparing) -> None:
    preparing.bundle.mkdir(parents=True)  # where a file has to be
    try:
        with pytest.raises(SandboxError, match=r"^`python -m cli ca create partners .+ failed: .+ `make up` again\.$"):
            preparing()
    finally:
        shutil.rmtree(preparing.project.root / FOLDER)
