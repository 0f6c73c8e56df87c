"""`ca` and `client` over fakes: what is kept where, what is refused, and that no key is ever printed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from audit_trail.in_memory_trail import InMemoryTrail
from audit_trail.trail import AuditUnavailable
from cli.certificates.authorities import Authorities
from cli.certificates.in_memory import InMemoryAppClients, InMemoryParameters, InMemorySecretKeeper
from cli.certificates.operators import Operators
from cli.certificates.ports import AppClient
from client_certificates.changes import Change
from client_certificates.errors import CertificateRefused, StandingUnknown
from client_certificates.in_memory_registry import InMemoryRegistry
from client_certificates.presented import certificate_in
from client_certificates.registry import ChangeNotMade
from client_certificates.standing import require_standing
from client_certificates.truststore import inspect_truststore
from tests.cli.support import CommandLine, Ended
from tests.functions.partners.authority import Authority

READ, WRITE = "partner-api/read", "partner-api/write"
PREFIX = "gatehouse/dev/partner/"


class FakePlace:
    """A `Workplace` of fakes."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.secrets, self.parameters = InMemorySecretKeeper(), InMemoryParameters()
        self.registry, self.trail = InMemoryRegistry(), InMemoryTrail()
        self.app_clients = InMemoryAppClients(frozenset({READ, WRITE}))
        self.client_secrets_prefix = PREFIX
        self.authorities = Authorities(secrets=self.secrets, parameters=self.parameters)
        self.operators = Operators(
            registry=self.registry, trail=self.trail, who="arn:aws:iam::111122223333:user/op", clock=self.seconds
        )

    def now(self) -> datetime:
        return self.time

    def seconds(self) -> float:
        return self.time.timestamp()

    def standing(self, pem: str) -> str:
        """`active`, or the reason why a certificate is refused."""
        try:
            return require_standing(certificate_in(pem), self.registry, now=self.seconds()).status
        except CertificateRefused as refused:
            return refused.code


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> FakePlace:
    made = FakePlace()
    monkeypatch.setattr("cli.certificates.workplace.workplace", lambda _options: made)
    return made


class Partners:
    """The commands; every one is checked to print no private key and no secret."""

    def __init__(self, command_line: CommandLine, place: FakePlace, folder: Path) -> None:
        self._command_line = command_line
        self.place = place
        self.folder = folder
        self.bundle = folder / "truststore.pem"

    def __call__(self, group: str, *arguments: str | Path, code: int = 0) -> Ended:
        ended = self._command_line(group, *arguments)
        assert ended.code == code, ended.printed
        assert "PRIVATE KEY" not in ended.printed
        for secret in self.place.secrets.values.values():
            assert secret not in ended.printed
        assert not [path for path in self.folder.iterdir() if "PRIVATE" in path.read_text("latin-1")]
        return ended

    def refused(self, group: str, *arguments: str | Path) -> str:
        """The one line that says what is wrong; nothing was changed."""
        before = self.state()
        ended = self(group, *arguments, code=1)
        assert ended.out == ""
        assert ended.err.startswith("error: ")
        assert ended.err.count("\n") == 1
        assert self.state() == before
        return ended.err

    def state(self) -> Any:
        registry = self.place.registry
        kept = {name: record.status for name, record in registry.records.items()}
        clients = {name: (record.version, record.status) for name, record in registry.client_records.items()}
        return (
            kept, clients, dict(registry.lists), dict(self.place.secrets.values), dict(self.place.parameters.values)
        )  # fmt: skip

    def authority(self, name: str = "partners") -> None:
        self("ca", "create", name, "--bundle", self.bundle)

    def request(self, key: Any = None, name: str = "client.csr") -> Path:
        path = self.folder / name
        builder = x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "administrator")])
        )
        signed = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        path.write_bytes(signed.public_bytes(Encoding.PEM))
        return path

    def issue(self, client_id: str = "acme", *more: str | Path) -> str:
        """A new client's certificate."""
        source = ("--csr", self.request()) if "--certificate" not in more and "--new-key" not in more else ()
        by = () if "--certificate" in more else ("--ca", "partners")
        return self("client", "issue", client_id, "--name", "Acme", "--scope", READ, *source, *by, *more).out


@pytest.fixture
def partners(command_line: CommandLine, place: FakePlace, tmp_path: Path) -> Partners:
    return Partners(command_line, place, tmp_path)


# -- authorities


def test_an_authority_is_made_with_its_key_in_secrets_manager_and_a_bundle_that_is_fit(partners: Partners) -> None:
    partners.authority()
    assert list(partners.place.secrets.values) == ["gatehouse/ca/partners/0001"]
    assert list(partners.place.parameters.values) == ["/gatehouse/ca/partners/0001"]
    inspection = inspect_truststore(partners.bundle.read_text(), now=partners.place.time)
    assert [each.subject.rfc4514_string() for each in inspection.certificates] == ["CN=partners G1"]
    assert inspection.findings == ()
    assert partners("ca", "list", "--json").document["partners"][0]["generation"] == "1"
    assert "partners" in partners("ca", "list").out


def test_a_rotation_trusts_old_and_new_until_the_old_one_is_retired(partners: Partners) -> None:
    partners.authority()
    old = partners.issue()
    assert "ca retire partners 1" in partners("ca", "rotate", "partners", "--bundle", partners.bundle).out
    names = [each.subject.rfc4514_string() for each in _bundle(partners)]
    assert names == ["CN=partners G1", "CN=partners G2"]
    message = partners.refused("ca", "retire", "partners", "1", "--bundle", partners.bundle)
    assert "acme" in message
    partners(
        "client", "renew", "acme", "--csr", partners.request(), "--ca", "partners", "--out", partners.folder / "new"
    )
    new = (partners.folder / "new").read_text()
    assert (partners.place.standing(old), partners.place.standing(new)) == ("active", "active")
    assert certificate_in(new).issuer == "CN=partners G2"
    partners("client", "revoke", "acme", "--certificate", certificate_in(old).fingerprint[:16])
    partners("ca", "retire", "partners", "1", "--bundle", partners.bundle)
    assert [each.subject.rfc4514_string() for each in _bundle(partners)] == ["CN=partners G2"]
    assert partners.place.secrets.deleted == {"gatehouse/ca/partners/0001": 30}
    assert partners.place.standing(new) == "active"


def _bundle(partners: Partners) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(partners.bundle.read_bytes())


def test_the_generation_that_signs_is_not_retired_and_force_is_for_the_others_only(partners: Partners) -> None:
    partners.authority()
    for more in ((), ("--force",)):
        assert "ca rotate partners" in partners.refused(
            "ca", "retire", "partners", "1", "--bundle", partners.bundle, *more
        )
    partners.issue()
    partners("ca", "rotate", "partners", "--bundle", partners.bundle)
    partners("ca", "retire", "partners", "1", "--force", "--bundle", partners.bundle)


def test_authorities_from_elsewhere_go_into_the_bundle_and_bad_ones_do_not(partners: Partners) -> None:
    other = partners.folder / "other.pem"
    other.write_text(Authority("Private CA", number=5).pem)
    partners("ca", "create", "partners", "--bundle", partners.bundle, "--with", other)
    assert len(_bundle(partners)) == 2
    before = partners.bundle.read_text()
    other.write_text(Authority("Private CA", number=5, is_authority=False).pem)
    assert "not_an_authority" in partners.refused("ca", "bundle", "--bundle", partners.bundle, "--with", other)
    assert partners.bundle.read_text() == before
    other.write_text("no certificate")
    assert "no certificates" in partners.refused("ca", "bundle", "--bundle", partners.bundle, "--with", other)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", "Partners!"), "lower-case"),
        (("create", "../x"), "lower-case"),
        (("rotate", "nobody"), "ca create nobody"),
        (("retire", "nobody", "1"), "ca create nobody"),
        (("create", "x", "--common-name", "n" * 65), "at most 64"),
    ],
)
def test_an_authority_that_cannot_be_is_refused(partners: Partners, arguments: tuple[str, ...], says: str) -> None:
    assert says in partners.refused("ca", *arguments, "--bundle", partners.bundle)


def test_an_authority_is_not_made_twice_and_a_half_made_one_is_not_lost(partners: Partners) -> None:
    partners.authority()
    assert "ca rotate partners" in partners.refused("ca", "create", "partners", "--bundle", partners.bundle)
    partners.place.secrets.values["gatehouse/ca/half/0001"] = "a key of an attempt that failed"
    partners("ca", "create", "half", "--bundle", partners.bundle)
    assert partners.place.secrets.values["gatehouse/ca/half/0001"] == "a key of an attempt that failed"
    assert "/gatehouse/ca/half/0002" in partners.place.parameters.values


def test_a_bundle_is_judged_with_every_finding(partners: Partners) -> None:
    partners.authority()
    assert "fit for API Gateway" in partners("ca", "check", partners.bundle).out
    partners.bundle.write_text(partners.bundle.read_text() * 2)
    assert "duplicate_certificate" in partners("ca", "check", partners.bundle, code=1).out
    assert "No such file" in partners.refused("ca", "check", partners.folder / "absent")


# -- clients


def test_a_client_is_issued_a_certificate_for_its_own_key(partners: Partners) -> None:
    partners.authority()
    key = ec.generate_private_key(ec.SECP256R1())
    request = partners.request(key)
    pem = partners("client", "issue", "acme", "--name", "Acme & Söhne", "--scope", f"{READ} {WRITE}",
                   "--csr", request, "--ca", "partners", "--days", "30").out  # fmt: skip
    read = certificate_in(pem)
    # Nothing of the request but its key: the subject is ours.
    assert read.subject == "CN=acme,O=Acme & Söhne"
    made = x509.load_pem_x509_certificate(pem.encode())
    assert made.public_key() == key.public_key()
    assert made.not_valid_after_utc == partners.place.time + timedelta(days=30)
    [authority] = _bundle(partners)
    made.verify_directly_issued_by(authority)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert partners.place.standing(pem) == "active"
    assert partners.place.parameters.values[f"/gatehouse/clients/acme/{read.fingerprint}"] == pem
    stored = json.loads(partners.place.secrets.values[f"{PREFIX}acme"])
    assert stored == {"client_id": "app-partner-acme", "client_secret": "secret-of-partner-acme"}
    record = partners.place.registry.records[read.fingerprint]
    assert (record.app_client_id, record.scopes) == ("app-partner-acme", {READ, WRITE})


def test_a_key_that_is_made_here_goes_to_secrets_manager_and_nowhere_else(partners: Partners) -> None:
    partners.authority()
    ended = partners("client", "issue", "acme", "--name", "Acme", "--scope", READ, "--new-key", "ec-p256",
                     "--ca", "partners", "--json")  # fmt: skip
    name = ended.document["key_secret"]
    assert name == f"gatehouse/client-keys/acme/{ended.document['sha256']}"
    assert "PRIVATE KEY" in partners.place.secrets.values[name]


def test_a_certificate_of_another_authority_is_registered_if_the_truststore_has_it(partners: Partners) -> None:
    elsewhere = Authority("AWS Private CA", number=5)
    bundle, certificate = partners.folder / "bundle.pem", partners.folder / "client.pem"
    bundle.write_text(elsewhere.pem)
    certificate.write_text(elsewhere.issue("whatever they say"))
    partners.issue("acme", "--certificate", certificate, "--issuer", bundle)
    assert partners.place.standing(certificate.read_text()) == "active"
    bundle.write_text(Authority("AWS Private CA", number=6).pem)
    certificate.write_text(elsewhere.issue(serial=7))
    assert "no authority in the bundle" in partners.refused(
        "client", "renew", "acme", "--certificate", certificate, "--issuer", bundle
    )


def _requests(partners: Partners) -> dict[str, tuple[Path, str]]:
    weak = partners.request(rsa.generate_private_key(public_exponent=65_537, key_size=1_024), "weak.csr")  # noqa: S505 -- it must be refused
    good = partners.request(name="good.csr")
    cut = partners.folder / "cut.csr"
    cut.write_bytes(good.read_bytes()[:100])
    der = bytearray(x509.load_pem_x509_csr(good.read_bytes()).public_bytes(Encoding.DER))
    der[der.index(b"administrator")] = ord("A")
    forged = partners.folder / "forged.csr"
    forged.write_bytes(bytes(der))
    text = partners.folder / "text.csr"
    text.write_text("CN=acme")
    return {
        "weak": (weak, "RSA key of 1024 bits"),
        "cut": (cut, "no certificate signing request"),
        "forged": (forged, "not signed with its own key"),
        "text": (text, "openssl req -new"),
        "absent": (partners.folder / "absent", "No such file"),
        "a folder": (partners.folder, "Is a directory"),
    }


@pytest.mark.parametrize("case", ["weak", "cut", "forged", "text", "absent", "a folder"])
def test_a_request_that_is_none_is_refused_before_anything_is_written(partners: Partners, case: str) -> None:
    partners.authority()
    path, says = _requests(partners)[case]
    message = partners.refused(
        "client", "issue", "acme", "--name", "Acme", "--scope", READ, "--csr", path, "--ca", "partners"
    )
    assert says in message
    assert partners.place.trail.records == []


REFUSED: dict[str, tuple[Callable[[Partners], tuple[str | Path, ...]], str]] = {
    "an id in capitals": (lambda p: ("issue", "ACME", "--csr", p.request(), "--ca", "partners"), "lower-case"),
    "an id that is a path": (lambda p: ("issue", "a/../b", "--csr", p.request(), "--ca", "partners"), "lower-case"),
    "no authority named": (lambda p: ("issue", "acme", "--csr", p.request()), "--ca NAME"),
    "an authority that is not there": (lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "x"), "ca create x"),
    "longer than the authority lives": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--days", "4000"), "fewer --days"
    ),
    "a bundle with a request": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--issuer", p.bundle),
        "--issuer goes with",
    ),
    "a certificate without a bundle": (lambda p: ("issue", "acme", "--certificate", p.bundle), "--issuer FILE"),
    "an authority's certificate": (
        lambda p: ("issue", "acme", "--certificate", p.bundle, "--issuer", p.bundle), "an authority's"
    ),
    "a certificate and an authority": (
        lambda p: ("issue", "acme", "--certificate", p.bundle, "--ca", "partners"), "signed already"
    ),
    "a scope with a quotation mark": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--scope", 'a"b'), "quotation marks"
    ),
    "a file that exists": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--out", p.bundle), "not written over"
    ),
    "a folder that does not": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--out", p.folder / "x" / "y"),
        "no folder",
    ),
    "a scope that Cognito does not know": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--scope", "admin"),
        "scope does not exist",
    ),
    "an app client that is not there": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--app-client", "x"), "no app client x"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_command_that_cannot_be_done_changes_nothing(partners: Partners, case: str) -> None:
    partners.authority()
    arguments, says = REFUSED[case]
    action, client_id, *rest = arguments(partners)
    assert says in partners.refused("client", action, client_id, "--name", "Acme", "--scope", READ, *rest)


def test_a_client_is_registered_once(partners: Partners) -> None:
    partners.authority()
    partners.issue()
    assert "client renew acme" in partners.refused(
        "client", "issue", "acme", "--name", "A", "--scope", READ, "--csr", partners.request(), "--ca", "partners"
    )
    for action in ("renew", "revoke", "suspend", "resume", "list"):
        more = ("--csr", partners.request(), "--ca", "partners") if action == "renew" else ()
        assert "there is no client beta" in partners.refused("client", action, "beta", *more)


def test_an_app_client_that_lacks_a_scope_is_not_taken(partners: Partners) -> None:
    partners.authority()
    partners.place.app_clients.by_name["partner-acme"] = AppClient(
        app_client_id="app-1", secret="s", scopes=frozenset({WRITE})
    )
    assert f"lacks {READ}" in partners.refused(
        "client", "issue", "acme", "--name", "A", "--scope", READ, "--csr", partners.request(), "--ca", "partners"
    )


def _configured(partners: Partners, value: str) -> None:
    """A client that the deployment knows: app client and secret are made, and rotated, inside AWS."""
    partners.place.app_clients.by_name["anything"] = AppClient(
        app_client_id="app-1", secret="", scopes=frozenset({READ})
    )
    partners.place.secrets.values[f"{PREFIX}acme"] = value


def test_a_secret_that_the_deployment_rotates_is_never_written_over(partners: Partners) -> None:
    value = '{"client_id": "app-1", "client_secret": "rotated", "client_secret_id": "2"}'
    _configured(partners, value)
    partners.authority()
    record = partners.place.registry.records[certificate_in(partners.issue()).fingerprint]
    assert record.app_client_id == "app-1"
    assert partners.place.secrets.values[f"{PREFIX}acme"] == value
    assert "partner-acme" not in partners.place.app_clients.by_name


@pytest.mark.parametrize(
    ("value", "more", "says"),
    [
        ("{}", (), "rotate-secret"),
        ("app-1", (), "rotate-secret"),
        ('{"client_id": "app-1"}', ("--app-client", "app-2"), "leave --app-client out"),
        ('{"client_id": "app-9"}', (), "no app client app-9"),
    ],
)
def test_a_secret_that_does_not_fit_is_refused(
    partners: Partners, value: str, more: tuple[str, ...], says: str
) -> None:
    _configured(partners, value)
    partners.authority()
    assert says in partners.refused(
        "client",
        "issue",
        "acme",
        "--name",
        "A",
        "--scope",
        READ,
        "--csr",
        partners.request(),
        "--ca",
        "partners",
        *more,
    )


def test_suspended_resumed_revoked_from_the_next_request_on(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    fingerprint = certificate_in(pem).fingerprint
    steps = [
        (("suspend", "acme"), "client_suspended"),
        (("resume", "acme"), "active"),
        (("suspend", "acme", "--certificate", fingerprint[:8]), "certificate_suspended"),
        (("resume", "acme", "--certificate", fingerprint), "active"),
        (("revoke", "acme", "--reason", "key lost"), "certificate_revoked"),
    ]
    for arguments, standing in steps:
        partners("client", *arguments)
        assert partners.place.standing(pem) == standing
    assert "nothing to change" in partners("client", "revoke", "acme").out
    assert "stays revoked" in partners.refused("client", "resume", "acme", "--certificate", fingerprint)
    listed = partners("client", "list", "acme", "--json").document["certificates"][0]
    assert (listed["status"], listed["reason"]) == ("revoked", "key lost")
    assert "key lost" in partners("client", "list", "acme").out
    assert partners("client", "list", "--json").document["clients"][0]["client_id"] == "acme"
    assert "acme" in partners("client", "list").out


@pytest.mark.parametrize("fingerprint", ["0123", "xyz", "../../..", "0" * 64, ""])
def test_a_fingerprint_that_is_none_changes_nothing(partners: Partners, fingerprint: str) -> None:
    partners.authority()
    partners.issue()
    partners.refused("client", "revoke", "acme", "--certificate", fingerprint)


def test_every_change_is_in_the_trail_before_and_after(partners: Partners) -> None:
    partners.authority()
    fingerprint = certificate_in(partners.issue()).fingerprint
    partners("client", "suspend", "acme")
    records = [(r["action"], r["outcome"], r["client_id"], r["certificate"]) for r in partners.place.trail.records]
    assert records == [
        ("register_certificate", "requested", "acme", fingerprint),
        ("register_certificate", "succeeded", "acme", fingerprint),
        ("suspend_client", "requested", "acme", ""),
        ("suspend_client", "succeeded", "acme", ""),
    ]
    assert {record["who"] for record in partners.place.trail.records} == {"arn:aws:iam::111122223333:user/op"}


def test_what_cannot_be_recorded_is_not_done(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    partners.place.trail.failures = [AuditUnavailable("down")]
    assert "nothing was changed" in partners.refused("client", "suspend", "acme")
    assert partners.place.standing(pem) == "active"


def test_a_registry_that_is_down_says_so(partners: Partners) -> None:
    partners.authority()
    partners.issue()
    partners.place.registry.failure = StandingUnknown("BatchGetItem: down")
    before = dict(partners.place.parameters.values)
    for arguments in (("list",), ("list", "acme"), ("revoke", "acme")):
        assert "BatchGetItem: down" in partners("client", *arguments, code=1).err
    assert partners.place.parameters.values == before


def test_an_answer_that_was_lost_is_looked_for_and_found(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    commit = partners.place.registry.commit

    def losing(change: Change) -> None:
        commit(change)
        partners.place.registry.commit = commit
        raise ChangeNotMade

    cast("Any", partners.place.registry).commit = losing
    assert "suspended" in partners("client", "suspend", "acme").out
    assert partners.place.standing(pem) == "client_suspended"
    assert partners.place.trail.records[-1]["outcome"] == "succeeded"


# -- revocation lists


def test_a_revocation_list_ends_certificates_until_a_newer_one_forgives(partners: Partners) -> None:
    elsewhere = Authority("AWS Private CA", number=5)
    bundle, certificate, file = (partners.folder / name for name in ("bundle.pem", "client.pem", "list.crl"))
    bundle.write_text(elsewhere.pem)
    certificate.write_text(elsewhere.issue(serial=7))
    partners.issue("acme", "--certificate", certificate, "--issuer", bundle)

    def load(*serials: int, number: int) -> None:
        file.write_bytes(elsewhere.revocation_list(serials, number=number).public_bytes(Encoding.DER))
        partners("ca", "crl", file, "--issuer", bundle)

    load(number=1)
    assert partners.place.standing(certificate.read_text()) == "active"
    load(7, number=2)
    assert partners.place.standing(certificate.read_text()) == "certificate_revoked"
    file.write_bytes(elsewhere.revocation_list(number=1).public_bytes(Encoding.PEM))
    assert "get a newer one" in partners.refused("ca", "crl", file, "--issuer", bundle)
    load(number=3)
    assert partners.place.standing(certificate.read_text()) == "active"
    partners.place.time += timedelta(days=2)
    assert partners.place.standing(certificate.read_text()) == "revocation_list_stale"
    assert "past its next update" in partners.refused("ca", "crl", file, "--issuer", bundle)


def test_a_forged_revocation_list_is_refused(partners: Partners) -> None:
    elsewhere, forger = Authority("AWS Private CA", number=5), Authority("AWS Private CA", number=6)
    bundle, file = partners.folder / "bundle.pem", partners.folder / "list.crl"
    bundle.write_text(elsewhere.pem)
    file.write_bytes(forger.revocation_list().public_bytes(Encoding.PEM))
    assert "signature is not its issuer's" in partners.refused("ca", "crl", file, "--issuer", bundle)
    assert "ca list" in partners.refused("ca", "crl", file, "--ca", "nobody")
