"""`workload`: entries are registered, listed and removed through `spire-server`, and what is wrong is told."""

import argparse
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.workload.server import PROGRAM_IN_IMAGE, Ended, find_server, run_program
from tests.cli.fake_spire import AGENT, FakeSpire
from tests.cli.support import CommandLine

API = "spiffe://company.internal/ns/prod/sa/api"


@pytest.fixture
def spire(monkeypatch: pytest.MonkeyPatch) -> FakeSpire:
    """The server that the commands find."""
    fake = FakeSpire()

    def found(_options: argparse.Namespace, *, checkout: Path) -> Any:
        del checkout
        return fake.server()

    monkeypatch.setattr("cli.workload.commands.find_server", found)
    return fake


def test_a_workload_is_registered_with_the_sandboxs_agent(command_line: CommandLine, spire: FakeSpire) -> None:
    ended = command_line("workload", "register", API, "--selector", "unix:uid:1000", "--selector", "unix:gid:7")

    (entry,) = spire.entries
    assert (ended.code, ended.out) == (0, f"{entry['id']}\n")
    assert ended.err == "on the fake\n"
    assert entry["parent_id"] == {"trust_domain": "company.internal", "path": "/sandbox/agent"}
    assert entry["selectors"] == [{"type": "unix", "value": "gid:7"}, {"type": "unix", "value": "uid:1000"}]
    assert entry["jwt_svid_ttl"] == 0


def test_a_second_registration_changes_nothing_and_says_so(command_line: CommandLine, spire: FakeSpire) -> None:
    first = command_line("workload", "register", API, "--selector", "unix:uid:1000")
    again = command_line("workload", "register", API, "--selector", "unix:uid:1000")

    assert (again.code, again.out) == (0, first.out)
    assert "registered already, nothing was changed" in again.err
    assert len(spire.entries) == 1


def test_an_agent_and_a_life_of_tokens_can_be_named(command_line: CommandLine, spire: FakeSpire) -> None:
    agent = "spiffe://company.internal/spire/agent/aws_iid/1"
    arguments = ("register", API, "--selector", "k8s:sa:api", "--parent", agent, "--jwt-ttl", "60", "--json")
    ended = command_line("workload", *arguments)

    assert ended.document == {
        "entry_id": spire.entries[0]["id"], "spiffe_id": API, "parent_id": agent, "selectors": ["k8s:sa:api"],
        "jwt_ttl_seconds": 60,
    }  # fmt: skip


def test_the_listing_shows_who_is_registered_and_how(command_line: CommandLine, spire: FakeSpire) -> None:
    other = "spiffe://company.internal/batch"
    command_line("workload", "register", API, "--selector", "unix:uid:1", "--jwt-ttl", "60")
    command_line("workload", "register", other, "--selector", "unix:uid:2")

    rows = [line.split() for line in command_line("workload", "list").out.splitlines()]
    assert rows[0] == ["SPIFFE", "ID", "SELECTORS", "AGENT", "JWT", "TTL", "ENTRY"]
    assert [row[:4] for row in rows[1:]] == [
        [other, "unix:uid:2", AGENT, "-"],
        [API, "unix:uid:1", AGENT, "60s"],
    ]
    listed = command_line("workload", "list", API, "--json").document
    assert [entry["spiffe_id"] for entry in listed["entries"]] == [API]
    assert listed["count"] == 1
    assert len(spire.entries) == 2


def test_a_workload_is_removed_by_its_spiffe_id_or_its_entry(command_line: CommandLine, spire: FakeSpire) -> None:
    entry_id = command_line("workload", "register", API, "--selector", "unix:uid:1").out.strip()
    ended = command_line("workload", "remove", API)
    assert (ended.code, ended.out, spire.entries) == (0, f"removed {entry_id}\n", [])
    assert "until they expire" in ended.err

    entry_id = command_line("workload", "register", API, "--selector", "unix:uid:1").out.strip()
    assert command_line("workload", "remove", entry_id, "--json").document == {"removed": [entry_id]}
    assert spire.entries == []


def test_several_entries_are_removed_only_when_all_are_meant(command_line: CommandLine, spire: FakeSpire) -> None:
    for number in ("1", "2"):
        command_line("workload", "register", API, "--selector", f"unix:uid:{number}")
    refused = command_line("workload", "remove", API)
    assert refused.code == 1
    assert all(entry["id"] in refused.err for entry in spire.entries)
    assert "name one of them, or add --all" in refused.err
    assert len(spire.entries) == 2

    assert command_line("workload", "remove", API, "--all").code == 0
    assert spire.entries == []


@pytest.mark.parametrize("name", [API, "2f5dd2ce-4f7b-4f38-93c4-8ad0b4c2a1a1"])
def test_who_is_not_registered_cannot_be_removed(command_line: CommandLine, spire: FakeSpire, name: str) -> None:
    ended = command_line("workload", "remove", name)
    assert ended.code == 1
    assert "not registered" in ended.err or "entry not found" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((f"{API}/", "--selector", "unix:uid:1"), "is no SPIFFE ID"),
        (("spiffe://Company.internal/a", "--selector", "unix:uid:1"), "is no SPIFFE ID"),
        (("spiffe://company.internal", "--selector", "unix:uid:1"), "is a trust domain, not a workload: add a path"),
        ((API, "--selector", "uid1000"), "is no selector: write TYPE:VALUE"),
        ((API, "--selector", "unix:"), "is no selector"),
        ((API, "--selector", "unix:uid:1\n-admin"), "is no selector"),
        ((API, "--selector", "unix:uid:1", "--parent", "agent"), "'agent' is no SPIFFE ID"),
        ((API, "--selector", "unix:uid:1", "--parent", "spiffe://other/agent"), "are of two trust domains"),
        (("spiffe://other/a", "--selector", "unix:uid:1", "--parent", "spiffe://other/b"), "not a member of trust"),
    ],
)
def test_a_wrong_registration_is_refused_and_told(
    command_line: CommandLine, spire: FakeSpire, arguments: tuple[str, ...], says: str
) -> None:
    ended = command_line("workload", "register", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert says in ended.err
    assert spire.entries == []


@pytest.mark.parametrize("value", ["9", "86401", "1m", "-5", "\u0665\u0665"])
def test_a_life_of_tokens_is_a_number_of_seconds(command_line: CommandLine, spire: FakeSpire, value: str) -> None:
    ended = command_line("workload", "register", API, "--selector", "unix:uid:1", f"--jwt-ttl={value}")
    assert ended.code == 2
    assert "a whole number of seconds from 10 to 86400" in ended.err
    assert spire.asked == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Ended(code=1, out="", err="Error: connection refused\n"), "on the fake: connection refused"),
        (Ended(code=0, out="Found 0 entries", err=""), "it answered no JSON"),
        (Ended(code=0, out="[]", err=""), "it answered with something else"),
        (Ended(code=0, out='{"results": []}', err=""), "it answered with something else"),
        (Ended(code=0, out='{"results": [{"status": {"code": 0}}]}', err=""), "it answered with something else"),
        (Ended(code=0, out='{"results": [{"status": {"code": 7, "message": "no"}}]}', err=""), "on the fake: no"),
    ],
)
def test_a_server_that_does_not_do_it_is_told(
    command_line: CommandLine, spire: FakeSpire, answer: Ended, says: str
) -> None:
    spire.answer = answer
    ended = command_line("workload", "register", API, "--selector", "unix:uid:1")
    assert (ended.code, ended.out) == (1, "")
    assert says in ended.err


class TestWhichServer:
    """`find_server`."""

    @staticmethod
    def options(**named: Any) -> argparse.Namespace:
        return argparse.Namespace(**{"compose": None, "socket": None, "spire_server": None, **named})

    def test_without_a_name_it_is_the_sandboxs(self, tmp_path: Path) -> None:
        record = tmp_path / ".sandbox" / "spire" / "spire.json"
        record.parent.mkdir(parents=True)
        place = tmp_path / "s"
        document = {"binaries": "/cache", "server_socket": str(place), "agent_id": AGENT}
        record.write_text(json.dumps(document))
        with pytest.raises(CliError, match="does not run: start it again with `make spire`"):
            find_server(self.options(), checkout=tmp_path)

        with listening(place):
            server = find_server(self.options(), checkout=tmp_path)
        assert (server.command, server.socket, server.agent_id) == (("/cache/spire-server",), str(place), AGENT)

    def test_a_host_is_asked_through_docker_compose(self, tmp_path: Path) -> None:
        (tmp_path / "docker-compose.yml").touch()
        server = find_server(self.options(compose=tmp_path), checkout=tmp_path)
        assert server.command[:2] == ("docker", "compose")
        assert server.command[-4:] == ("exec", "-T", "spire-server", PROGRAM_IN_IMAGE)
        assert server.agent_id is None

    def test_a_socket_is_asked_with_the_program_that_is_named(self, tmp_path: Path) -> None:
        program = tmp_path / "spire-server"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        with listening(tmp_path / "s"):
            server = find_server(self.options(socket=tmp_path / "s", spire_server=str(program)), checkout=tmp_path)
        assert (server.command, server.socket) == ((str(program),), str(tmp_path / "s"))

    @pytest.mark.parametrize(
        ("named", "says"),
        [
            ({}, "there is no SPIRE beside this checkout's sandbox: start one beside the sandbox with `make spire`"),
            ({"compose": Path("a"), "socket": Path("b")}, "--compose and --socket name two servers"),
            ({"spire_server": "x"}, "--spire-server is the program for --socket PATH"),
            ({"compose": Path("nowhere")}, "nowhere has no docker-compose.yml"),
            ({"socket": Path("nowhere"), "spire_server": "/bin/sh"}, "nowhere is no socket"),
            ({"socket": Path("nowhere"), "spire_server": "/nowhere/x"}, "there is no program /nowhere/x"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, tmp_path: Path, named: dict[str, Any], says: str) -> None:
        with pytest.raises(CliError, match=says):
            find_server(self.options(**named), checkout=tmp_path)

    @pytest.mark.parametrize("content", ["", "[]", "{}", "{", '{"binaries": 1}'])
    def test_a_damaged_record_is_told(self, tmp_path: Path, content: str) -> None:
        record = tmp_path / ".sandbox" / "spire" / "spire.json"
        record.parent.mkdir(parents=True)
        record.write_text(content)
        with pytest.raises(CliError, match="cannot be read: run `make spire`"):
            find_server(self.options(), checkout=tmp_path)

    def test_another_agent_has_to_be_named_where_none_is_known(
        self, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = FakeSpire()

        def found(_options: argparse.Namespace, *, checkout: Path) -> Any:
            del checkout
            return fake.server(agent_id=None)

        monkeypatch.setattr("cli.workload.commands.find_server", found)
        ended = command_line("workload", "register", API, "--selector", "unix:uid:1")
        assert ended.code == 1
        assert "name the workload's agent with --parent SPIFFE_ID" in ended.err

    def test_a_program_that_is_not_there_is_told(self) -> None:
        with pytest.raises(CliError, match="cannot run /nowhere/docker"):
            run_program(["/nowhere/docker", "compose"])


class listening:  # noqa: N801 - reads as a statement
    """A Unix socket, bound for as long as the block lasts; the path is relative, because it has room for 107 bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self._path.parent)
            self._socket.bind(self._path.name)

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._path.unlink()
