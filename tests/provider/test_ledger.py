"""What was made and never reached the engine's state."""

import json
import threading
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.ledger import Entry, Ledger, orphans, outstanding, settle
from sandbox.provider.server import delete_orphans
from tests.provider.cases.iam import LAMBDA_TRUST
from tests.provider.driver import ProviderDriver

ROLE = "aws:iam/role:Role"


def entry(identifier: str, **locators: str) -> Entry:
    return Entry(urn=f"urn:{identifier}", type=ROLE, id=identifier, region="eu-west-1", locators=locators)


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "ledger.jsonl"


def test_no_file_is_an_empty_ledger(ledger_path: Path) -> None:
    assert outstanding(ledger_path) == []
    settle(ledger_path, [])
    assert not ledger_path.exists()


def test_what_was_made_and_not_deleted_is_outstanding(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    for identifier in ("a", "b", "c"):
        ledger.record_created(entry(identifier))
    ledger.record_deleted(entry("b"))
    assert [each.id for each in outstanding(ledger_path)] == ["a", "c"]
    ledger.record_created(entry("b"))
    assert [each.id for each in outstanding(ledger_path)] == ["a", "c", "b"]


def test_resources_with_the_same_id_are_told_apart_by_what_locates_them(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    ledger.record_created(entry("api", function="one"))
    ledger.record_created(entry("api", function="two"))
    ledger.record_deleted(entry("api", function="one"))
    assert outstanding(ledger_path) == [entry("api", function="two")]


def test_orphans_are_those_that_the_state_does_not_know_newest_first(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    for identifier in ("a", "b", "c"):
        ledger.record_created(entry(identifier))
    assert [each.id for each in orphans(ledger_path, {(ROLE, "b"), ("aws:other/x:X", "c")})] == ["c", "a"]


def test_what_was_settled_is_no_orphan_when_it_leaves_the_state_later(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    ledger.record_created(entry("retained"))
    ledger.record_created(entry("lost"))
    settle(ledger_path, {(ROLE, "retained")})
    assert [each.id for each in orphans(ledger_path, set())] == ["lost"]
    assert ledger_path.read_text(encoding="utf-8").count("\n") == 1


def test_a_line_that_a_kill_cut_off_is_ignored_and_does_not_spoil_the_next(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    ledger.record_created(entry("a"))
    complete = ledger_path.read_text(encoding="utf-8")
    for length in range(1, len(complete)):
        ledger_path.write_text(complete + complete[:length].rstrip("\n"), encoding="utf-8")
        ledger.record_created(entry("b"))
        assert [each.id for each in outstanding(ledger_path)] == ["a", "b"], length


def test_lines_of_many_threads_do_not_mix(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    names = [str(number) for number in range(40)]
    threads = [threading.Thread(target=ledger.record_created, args=(entry(name),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.id for each in outstanding(ledger_path)) == sorted(names)


def test_nothing_that_is_made_while_the_ledger_is_settled_is_lost(ledger_path: Path) -> None:
    ledger = Ledger(path=ledger_path)
    ledger.record_created(entry("known"))
    names = [str(number) for number in range(60)]
    making = threading.Thread(target=lambda: [ledger.record_created(entry(name)) for name in names])
    making.start()
    while making.is_alive():
        settle(ledger_path, {(ROLE, "known")})
    assert [each.id for each in outstanding(ledger_path)] == names


def test_only_its_owner_may_read_it(ledger_path: Path) -> None:
    Ledger(path=ledger_path).record_created(entry("a"))
    assert ledger_path.stat().st_mode & 0o777 == 0o600
    settle(ledger_path, set())
    assert ledger_path.stat().st_mode & 0o777 == 0o600


def test_what_an_update_left_behind_is_deleted_and_struck(
    aws: ProviderDriver, clients: AwsClients, ledger: Path, emulator_url: str
) -> None:
    made = aws.deploy(ROLE, {"assumeRolePolicy": LAMBDA_TRUST}, name="left-behind")
    assert made.id in {each.id for each in outstanding(ledger)}
    ours = [each for each in orphans(ledger, set()) if each.id == made.id]
    assert delete_orphans(ledger, ours, endpoint_url=emulator_url) == ours
    assert made.id not in {each.id for each in outstanding(ledger)}
    with pytest.raises(clients.client("iam").exceptions.NoSuchEntityException):
        clients.client("iam").get_role(RoleName=made.id)
    # Once more: what is gone already is no error.
    assert delete_orphans(ledger, ours, endpoint_url=emulator_url) == ours


def test_an_orphan_that_aws_keeps_is_named(
    aws: ProviderDriver, clients: AwsClients, tmp_path: Path, emulator_url: str
) -> None:
    made = aws.deploy(ROLE, {"assumeRolePolicy": LAMBDA_TRUST}, name="in-use")
    clients.client("iam").attach_role_policy(RoleName=made.id, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    left = Entry(urn=made.urn, type=ROLE, id=made.id, region=clients.region)
    with pytest.raises(SandboxError, match=f"deleting {ROLE} {made.id}, which an interrupted update left behind"):
        delete_orphans(tmp_path / "ledger", [left], endpoint_url=emulator_url)
    clients.client("iam").detach_role_policy(RoleName=made.id, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    aws.delete(made)


def test_an_orphan_of_a_type_that_is_not_known_is_told_with_a_way_out(tmp_path: Path) -> None:
    left = Entry(urn="urn", type="aws:gone/thing:Thing", id="x", region="eu-west-1")
    with pytest.raises(SandboxError, match="run make reset"):
        delete_orphans(tmp_path / "ledger", [left], endpoint_url="http://127.0.0.1:1")


def test_the_ledger_holds_no_values_but_what_locates(aws: ProviderDriver, ledger: Path) -> None:
    secret = aws.deploy("aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0}, name="ledger")
    value = {"secretId": secret.id, "secretString": "never-on-disk-4711"}
    version = aws.deploy("aws:secretsmanager/secretVersion:SecretVersion", value, name="ledger")
    assert "never-on-disk-4711" not in ledger.read_text(encoding="utf-8")
    line = json.loads(ledger.read_text(encoding="utf-8").splitlines()[-1])
    assert line["locators"] == {"secretId": secret.id}
    aws.delete(version)
    aws.delete(secret)
