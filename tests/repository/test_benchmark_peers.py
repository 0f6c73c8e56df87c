"""What the benchmarks measure beside ours: locked without addresses, absent with a reason, never waited for in vain."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Row, as_table
from benchmarks.peers.node_packages import PeerUnavailableError, node, node_packages
from benchmarks.peers.process import PeerProcess

PEERS = Path(__file__).resolve().parents[2] / "benchmarks" / "peers"
ANSWERS = """
import json, sys
sys.stdin.readline()
print(json.dumps({"version": "1.0", "algorithms": ["RS256"]}), flush=True)
for line in sys.stdin:
    calls = json.loads(line)["calls"]
    print(json.dumps([calls * 2_000, calls * 1_000]), flush=True)
"""


def test_the_lock_for_node_pins_every_package_by_its_hash_and_names_no_registry() -> None:
    lock = json.loads((PEERS / "aws_jwt_verify" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
    wanted = json.loads((PEERS / "aws_jwt_verify" / "package.json").read_text())["dependencies"]
    assert {f"node_modules/{name}": version for name, version in wanted.items()} == {
        name: package["version"] for name, package in packages.items()
    }


def test_without_node_or_npm_a_peer_is_not_measured_and_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GATEHOUSE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(PeerUnavailableError, match="`node` is not on PATH"):
        node()
    with pytest.raises(PeerUnavailableError, match="`npm` is not on PATH"):
        node_packages(PEERS / "aws_jwt_verify")
    assert [path.name for path in (tmp_path / "cache" / "benchmarks").iterdir()] == [".lock"]


def test_an_npm_that_fails_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error no such registry' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GATEHOUSE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(PeerUnavailableError, match="no such registry"):
        node_packages(PEERS / "aws_jwt_verify")


def test_a_peer_tells_what_its_calls_took_and_ends_with_the_benchmark() -> None:
    with PeerProcess([sys.executable, "-I", "-c", ANSWERS], {}) as peer:
        assert (peer.version, peer.algorithms) == ("1.0", {"RS256"})
        assert peer.microseconds("RS256", 100) == 2.0
        assert peer.computing == {"RS256": [1.0]}
        process = peer._process
    assert process.returncode == 0


def test_a_peer_that_ends_is_not_waited_for() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        PeerProcess([sys.executable, "-I", "-c", "raise SystemExit(3)"], {})


def test_a_row_without_a_figure_says_why_in_the_table() -> None:
    table = as_table([Row(what="ours", median=1.0, unit="us"), Row(what="peer not measured: `npm` is not on PATH")])
    assert "peer not measured: `npm` is not on PATH" in table
    assert "None" not in table
