"""`make spire` where the stack would not use SPIRE, and what other commands say and do about one that was started."""

from pathlib import Path

import pytest

from sandbox.commands import real_spire
from sandbox.commands.project import Project
from sandbox.commands.real_spire import end_spire, keep_spire, spire_logs, spire_status, start_spire
from sandbox.errors import SandboxError
from sandbox.spire.record import SpireRecord, read_record, write_record

DECLARED = "name: gatehouse\nconfig:\n  gatehouse:workloadIssuerUrls: {type: array}\n"


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def locate(*_: object) -> Path:
        raise AssertionError("nothing needs to be built to refuse")

    monkeypatch.setattr(real_spire, "locate_programs", locate)


def project(folder: Path, settings: str = "config: {}\n", declared: str = DECLARED) -> Project:
    (folder / "Pulumi.yaml").write_text(declared)
    (folder / "Pulumi.sandbox.yaml").write_text(settings)
    return Project(root=folder)


def started(folder: Path, *, pid: int = 999_999_999) -> SpireRecord:
    """A record whose server does not run."""
    (folder / ".sandbox" / "spire").mkdir(parents=True)
    record = SpireRecord(
        trust_domain="company.internal",
        issuer_url="http://127.0.0.1:18082",
        binaries="/cache",
        server_socket=str(folder / "sockets" / "server.sock"),
        workload_socket=str(folder / "sockets" / "agent.sock"),
        agent_id="spiffe://company.internal/sandbox/agent",
        processes={"spire-server": (pid, "long ago")},
    )
    write_record(folder / ".sandbox", record)
    return record


def test_a_program_without_such_a_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="this program has no setting for issuers"):
        start_spire(project(tmp_path, declared="name: mine\n"))


@pytest.mark.parametrize("name", ["workloadIssuerUrls", "workloadTrustBundleUrls"])
def test_a_stack_that_names_issuers_itself_is_refused(tmp_path: Path, name: str) -> None:
    settings = f"config:\n  gatehouse:{name}: ['https://spire.example']\n"
    with pytest.raises(SandboxError, match=f"Pulumi.sandbox.yaml sets gatehouse:{name}, so the stack would not use"):
        start_spire(project(tmp_path, settings))


def test_where_spire_was_not_started_nothing_is_said_and_nothing_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    untouched = project(tmp_path)
    keep_spire(untouched)
    end_spire(untouched)
    assert (list(spire_status(untouched)), list(spire_logs(untouched))) == ([], [])
    assert capsys.readouterr().out == ""


def test_the_status_says_what_has_ended(tmp_path: Path) -> None:
    started(tmp_path)
    assert list(spire_status(project(tmp_path))) == [
        "SPIRE: trust domain company.internal, issuer http://127.0.0.1:18082 (processes: spire-server 999999999)",
        "  but spire-server ended; start again with: make up",
    ]


def test_up_starts_again_what_has_ended_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = started(tmp_path)
    asked: list[tuple[Path, dict[str, object]]] = []

    def ensure(state: Path, **how: object) -> SpireRecord:
        asked.append((state, how))
        return record

    monkeypatch.setattr(real_spire, "ensure_running", ensure)
    keep_spire(project(tmp_path))
    ((state, how),) = asked
    assert state == tmp_path / ".sandbox"
    assert (how["binaries"], how["trust_domain"]) == (Path("/cache"), "company.internal")
    assert how["workloads"] == real_spire.workloads()


def test_what_was_started_is_ended_and_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started(tmp_path)
    end_spire(project(tmp_path))
    assert read_record(tmp_path / ".sandbox") is None
    assert capsys.readouterr().out == "SPIRE is stopped.\n"
