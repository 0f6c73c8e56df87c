"""The registry keeps its contract, as the fake and as the table of DynamoDB with the roles of its users."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import pytest

from aws_calls.dynamodb import DynamoDb
from aws_calls.endpoints import HttpEndpoint
from aws_calls.errors import AwsCallError, NoAnswer, NotSent, Refused, Throttled
from aws_calls.own_role import own_role_calls
from client_certificates import changes
from client_certificates.certificate import Certificate
from client_certificates.dynamodb_registry import WRITE_ATTEMPTS, DynamoDbLookup, DynamoDbRegistry
from client_certificates.errors import (
    CertificateRevoked,
    CertificateSuspended,
    CertificateUnknown,
    ClientSuspended,
    RevocationListStale,
    StandingUnknown,
)
from client_certificates.in_memory_registry import InMemoryRegistry
from client_certificates.lookup import Findings
from client_certificates.records import MAXIMUM_CERTIFICATES, CertificateRecord, ClientEntry, RevocationListRecord
from client_certificates.registry import ChangeNotMade
from client_certificates.standing import require_standing
from tests.functions.partners.authority import Authority, certificate
from tests.functions.support import NOW
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

AUTHORITY = Authority()


class Registry(Protocol):
    """Both ports."""

    def find(self, certificate: Certificate) -> Findings: ...
    def load(self, client_id: str) -> ClientEntry | None: ...
    def certificate(self, fingerprint: str) -> CertificateRecord | None: ...
    def clients(self) -> list[Any]: ...
    def commit(self, change: changes.Change) -> None: ...
    def revocation_list(self, issuer_id: str) -> RevocationListRecord | None: ...
    def load_revocations(self, record: RevocationListRecord, serials: list[str]) -> None: ...


class OnDynamoDb(DynamoDbRegistry):
    """Operators' registry that also looks up, as the role of a function that may do nothing else."""

    def __init__(self, *, lookup: DynamoDbLookup, **given: Any) -> None:
        super().__init__(**given)
        self.find = lookup.find


class Table:
    """A table in the emulator, and environments of roles that may use it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.name = f"ClientRegistry-{uuid.uuid4().hex[:8]}"
        sandbox.client("dynamodb").create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self._endpoints: list[HttpEndpoint] = []
        operator = ["BatchGetItem", "GetItem", "PutItem", "DeleteItem", "BatchWriteItem", "Scan"]
        calls = self._calls(operator)
        self.lookup = DynamoDbLookup(call=self._calls(["BatchGetItem"]), table=self.name)
        self.registry = OnDynamoDb(lookup=self.lookup, call=calls, table=self.name, pause=lambda _: None)

    def _calls(self, actions: list[str]) -> Any:
        iam = self.sandbox.client("iam")
        name = f"registry-{uuid.uuid4().hex[:8]}"
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(root))["Role"]["Arn"]
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{self.name}"
        allowed = {"Effect": "Allow", "Action": [f"dynamodb:{action}" for action in actions], "Resource": table}
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=_document(allowed))
        session = self.sandbox.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]
        environment = {
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        endpoint = HttpEndpoint(self.sandbox.url, read_timeout_seconds=30)
        self._endpoints.append(endpoint)
        return own_role_calls(environment, dynamodb=DynamoDb(endpoint=endpoint, region=REGION))

    def close(self) -> None:
        for endpoint in self._endpoints:
            endpoint.close()


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def table(sandbox: RunningSandbox) -> Iterator[Table]:
    made = Table(sandbox)
    yield made
    made.close()


@pytest.fixture(params=["fake", "DynamoDB"])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "fake":
        return cast("Registry", InMemoryRegistry())
    return cast("Registry", request.getfixturevalue("table").registry)


@pytest.fixture
def client_id() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


_serials = iter(range(10_000, 1_000_000))


def new_certificate() -> Certificate:
    return certificate(AUTHORITY.issue(serial=next(_serials)))


def registered(registry: Registry, client_id: str, read: Certificate) -> ClientEntry:
    entry = registry.load(client_id) or changes.new_client(
        client_id, name="Acme", app_client_id="app-acme", scopes=["a/read", "a/write"], now=NOW
    )
    registry.commit(changes.certificate_added(entry, read, now=NOW))
    found = registry.load(client_id)
    assert found is not None
    return found


def test_a_registered_certificate_is_found_with_its_client(registry: Registry, client_id: str) -> None:
    read = new_certificate()
    entry = registered(registry, client_id, read)
    record = require_standing(read, registry, now=NOW)
    assert (record.client_id, record.app_client_id) == (client_id, "app-acme")
    assert record.scopes == {"a/read", "a/write"}
    assert (record.serial, record.subject, record.issuer) == (read.serial, read.subject, read.issuer)
    assert (record.not_before, record.not_after) == (read.not_before, read.not_after)
    assert entry.client.fingerprints == {read.fingerprint}
    assert [each.fingerprint for each in entry.certificates] == [read.fingerprint]
    assert client_id in [client.client_id for client in registry.clients()]
    found = registry.certificate(read.fingerprint)
    assert found is not None
    assert found.client_id == client_id


def test_what_is_not_registered_is_unknown(registry: Registry, client_id: str) -> None:
    with pytest.raises(CertificateUnknown):
        require_standing(new_certificate(), registry, now=NOW)
    assert registry.load(client_id) is None
    assert registry.certificate("0" * 64) is None
    assert registry.revocation_list("0" * 64) is None


def test_a_status_counts_from_the_next_request_on(registry: Registry, client_id: str) -> None:
    read = new_certificate()
    for status, refusal in (("suspended", CertificateSuspended), ("active", None), ("revoked", CertificateRevoked)):
        entry = registry.load(client_id) or registered(registry, client_id, read)
        change = changes.certificate_status_changed(entry, read.fingerprint, status, reason="why", now=NOW)
        assert change is not None
        registry.commit(change)
        if refusal is None:
            assert require_standing(read, registry, now=NOW).status == status
        else:
            with pytest.raises(refusal):
                require_standing(read, registry, now=NOW)
    entry = registry.load(client_id)
    assert entry is not None
    with pytest.raises(changes.ChangeRefused, match="stays revoked"):
        changes.certificate_status_changed(entry, read.fingerprint, "active", reason="", now=NOW)


def test_a_client_is_suspended_and_resumed_with_all_its_certificates(registry: Registry, client_id: str) -> None:
    certificates = [new_certificate() for _ in range(3)]
    for read in certificates:
        registered(registry, client_id, read)
    for status in ("suspended", "active"):
        entry = registry.load(client_id)
        assert entry is not None
        change = changes.client_status_changed(entry, status, reason="why", now=NOW)
        assert change is not None
        registry.commit(change)
        for read in certificates:
            if status == "active":
                assert require_standing(read, registry, now=NOW)
            else:
                with pytest.raises(ClientSuspended):
                    require_standing(read, registry, now=NOW)


def test_of_two_changes_from_the_same_state_one_is_made(registry: Registry, client_id: str) -> None:
    entry = registered(registry, client_id, new_certificate())
    first = changes.certificate_added(entry, new_certificate(), now=NOW)
    second = changes.certificate_added(entry, new_certificate(), now=NOW)
    registry.commit(first)
    with pytest.raises(ChangeNotMade):
        registry.commit(second)
    assert second.new is not None
    assert registry.certificate(second.new.fingerprint) is None


def test_a_certificate_belongs_to_one_client(registry: Registry, client_id: str) -> None:
    read = new_certificate()
    registered(registry, client_id, read)
    with pytest.raises(ChangeNotMade):
        registered(registry, client_id + "-2", read)
    assert registry.load(client_id + "-2") is None


def test_expired_certificates_make_room(registry: Registry, client_id: str) -> None:
    read = [new_certificate() for _ in range(MAXIMUM_CERTIFICATES)]
    entry = [registered(registry, client_id, each) for each in read][-1]
    with pytest.raises(changes.ChangeRefused, match="have not expired"):
        changes.certificate_added(entry, new_certificate(), now=NOW)
    later = read[0].not_after + 1
    fresh = new_certificate()
    fresh.not_after = later + 1_000
    registry.commit(changes.certificate_added(entry, fresh, now=later))
    found = registry.load(client_id)
    assert found is not None
    assert len(found.client.fingerprints) == MAXIMUM_CERTIFICATES
    assert sum(registry.certificate(each.fingerprint) is None for each in read) == 1


def listed(read: Certificate, number: int, *, next_update: int = NOW + 1_000) -> RevocationListRecord:
    return RevocationListRecord(
        issuer_id=read.issuer_id, issuer=read.issuer, number=number, this_update=NOW - 1_000, next_update=next_update
    )


def test_a_revocation_list_revokes_and_forgives_and_goes_stale(registry: Registry, client_id: str) -> None:
    authority = Authority(f"Partners {uuid.uuid4().hex}")
    good, bad = (certificate(authority.issue(serial=serial)) for serial in (7, 8))
    for read in (good, bad):
        registered(registry, client_id, read)
    registry.load_revocations(listed(bad, 1), [bad.serial])
    assert require_standing(good, registry, now=NOW)
    with pytest.raises(CertificateRevoked):
        require_standing(bad, registry, now=NOW)
    with pytest.raises(RevocationListStale):
        require_standing(good, registry, now=NOW + 1_000)
    with pytest.raises(CertificateRevoked):
        require_standing(bad, registry, now=NOW + 1_000)
    # A list that is just being loaded counts already, serial by serial; what the last list does not name is forgiven.
    registry.load_revocations(listed(bad, 2, next_update=NOW + 9_000), [good.serial])
    with pytest.raises(CertificateRevoked):
        require_standing(good, registry, now=NOW)
    assert require_standing(bad, registry, now=NOW + 8_999)
    found = registry.revocation_list(bad.issuer_id)
    assert found is not None
    assert (found.number, found.next_update) == (2, NOW + 9_000)


def test_a_list_longer_than_a_batch_is_loaded_whole(registry: Registry, client_id: str) -> None:
    authority = Authority(f"Partners {uuid.uuid4().hex}")
    read = certificate(authority.issue(serial=0x3F))
    registered(registry, client_id, read)
    registry.load_revocations(listed(read, 1), [f"{serial:02x}" for serial in range(0x40)])
    with pytest.raises(CertificateRevoked):
        require_standing(read, registry, now=NOW)


def test_another_issuers_list_says_nothing(registry: Registry, client_id: str) -> None:
    read = certificate(Authority(f"Partners {uuid.uuid4().hex}").issue(serial=7))
    other = certificate(Authority(f"Partners {uuid.uuid4().hex}").issue(serial=7))
    registered(registry, client_id, read)
    registry.load_revocations(listed(other, 1, next_update=NOW - 1), [other.serial])
    assert require_standing(read, registry, now=NOW)


# -- DynamoDB when it is difficult


def failing(*answers: Any) -> Callable[[str, Any], Any]:
    waiting = list(answers)

    def call(operation: str, parameters: Any) -> Any:
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


@pytest.mark.parametrize("error", [NotSent, NoAnswer, Throttled, Refused])
def test_a_table_that_cannot_be_read_identifies_nobody(error: type[AwsCallError]) -> None:
    lookup = DynamoDbLookup(call=failing(error("BatchGetItem", "Down")), table="t")
    with pytest.raises(StandingUnknown, match="BatchGetItem"):
        lookup.find(new_certificate())


def test_keys_that_are_left_out_are_asked_for_again_and_never_taken_for_absent() -> None:
    left_out = {"Responses": {"t": []}, "UnprocessedKeys": {"t": {"Keys": [{"id": {"S": "x"}}]}}}
    with pytest.raises(StandingUnknown):
        DynamoDbLookup(call=failing(left_out), table="t").find(new_certificate())


@pytest.mark.parametrize(
    "spoilt", [{}, {"status": {"S": "active"}}, {"status": {"N": "1"}}, {"not_after": {"S": "soon"}}]
)
def test_an_item_that_somebody_has_spoilt_identifies_nobody(spoilt: dict[str, Any]) -> None:
    read = new_certificate()
    item = {"id": {"S": f"CERTIFICATE#{read.fingerprint}"}, **spoilt}
    answer = {"Responses": {"t": [item]}}
    with pytest.raises(StandingUnknown):
        DynamoDbLookup(call=failing(answer), table="t").find(read)


def test_a_table_without_a_name_is_refused_early() -> None:
    with pytest.raises(ValueError, match="CLIENT_REGISTRY_TABLE"):
        DynamoDbLookup(call=failing({}), table="")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoAnswer("TransactWriteItems", "x"), ChangeNotMade),
        (
            Refused("T", "TransactionCanceledException", {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}]}),
            ChangeNotMade,
        ),
        (
            Refused("T", "TransactionCanceledException", {"CancellationReasons": [{"Code": "ValidationError"}]}),
            StandingUnknown,
        ),
        (Throttled("T", "x"), StandingUnknown),
    ],
)
def test_how_a_change_fails_says_what_to_do(error: Exception, expected: type[Exception], client_id: str) -> None:
    entry = changes.new_client(client_id, name="Acme", app_client_id="a", scopes=["s"], now=NOW)
    registry = DynamoDbRegistry(call=failing(error), table="t", pause=lambda _: None)
    with pytest.raises(expected):
        registry.commit(changes.certificate_added(entry, new_certificate(), now=NOW))


def test_a_list_that_cannot_be_written_whole_says_so() -> None:
    pauses: list[float] = []
    left_out = {"UnprocessedItems": {"t": [{"PutRequest": {}}]}}
    registry = DynamoDbRegistry(call=failing(left_out), table="t", pause=pauses.append)
    with pytest.raises(StandingUnknown, match="left out"):
        registry.load_revocations(listed(new_certificate(), 1), ["01"])
    assert len(pauses) == WRITE_ATTEMPTS


def test_the_role_of_a_function_may_read_by_key_and_nothing_else(table: Table, client_id: str) -> None:
    registered(cast("Registry", table.registry), client_id, new_certificate())
    as_function = DynamoDbRegistry(call=table.lookup._call, table=table.name, pause=lambda _: None)
    with pytest.raises(StandingUnknown, match="AccessDenied"):
        as_function.clients()
    entry = as_function.load(client_id)
    assert entry is not None
    change = changes.client_status_changed(entry, "suspended", reason="", now=NOW)
    assert change is not None
    with pytest.raises((StandingUnknown, ChangeNotMade)):
        as_function.commit(change)
    assert table.registry.load(client_id).client.status == "active"  # pyright: ignore[reportOptionalMemberAccess] -- it was just written
