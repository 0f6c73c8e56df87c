"""`python -m cli workload` with the real SPIRE, found where a checkout has it."""

import pytest

from tests.cli.support import CommandLine
from tests.support.spire import RunningSpire

BATCH = "spiffe://company.internal/ns/prod/sa/batch"


@pytest.fixture
def command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spire: RunningSpire
) -> CommandLine:
    monkeypatch.setattr("cli.workload.commands.CHECKOUT", spire.state_directory.parent)
    return CommandLine(capsys, monkeypatch)


def test_a_workload_is_registered_once_listed_and_removed(command_line: CommandLine) -> None:
    made = command_line("workload", "register", BATCH, "--selector", "unix:uid:4711", "--jwt-ttl", "90", "--json")
    assert (made.code, made.document["jwt_ttl_seconds"]) == (0, 90), made.printed
    again = command_line("workload", "register", BATCH, "--selector", "unix:uid:4711")
    assert again.out.strip() == made.document["entry_id"], again.printed

    assert command_line("workload", "list", BATCH, "--json").document["count"] == 1
    assert command_line("workload", "remove", BATCH).code == 0
    gone = command_line("workload", "remove", made.document["entry_id"])
    assert (gone.code, "entry not found" in gone.err) == (1, True), gone.printed


def test_what_spire_refuses_is_told_in_its_words(command_line: CommandLine) -> None:
    foreign = ("spiffe://other.internal/a", "--selector", "unix:uid:1", "--parent", "spiffe://other.internal/b")
    refused = command_line("workload", "register", *foreign)
    assert (refused.code, "is not a member of trust domain" in refused.err) == (1, True), refused.printed
