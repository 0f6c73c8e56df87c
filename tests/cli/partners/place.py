"""`ca` and `client` on fakes of all that they need of AWS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from audit_trail.in_memory_trail import InMemoryTrail
from cli.certificates.authorities import Authorities
from cli.certificates.in_memory import InMemoryAppClients, InMemoryParameters, InMemorySecretKeeper
from cli.certificates.operators import Operators
from cli.certificates.ports import SecretRotation
from cli.certificates.truststores import InMemoryTruststores
from client_certificates.errors import CertificateRefused
from client_certificates.in_memory_registry import InMemoryRegistry
from client_certificates.presented import certificate_in
from client_certificates.standing import require_standing
from tests.cli.support import CommandLine, Ended

READ, WRITE = "partner-api/read", "partner-api/write"
PREFIX = "gatehouse/dev/partner/"
ROTATION = SecretRotation(
    function_arn="arn:aws:lambda:ap-southeast-3:111122223333:function:partner-api-client-secrets-rotation", days=30
)


class FakePlace:
    """A `Workplace` of fakes."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.secrets, self.parameters = InMemorySecretKeeper(), InMemoryParameters()
        self.registry, self.trail = InMemoryRegistry(), InMemoryTrail()
        self.app_clients = InMemoryAppClients(frozenset({READ, WRITE}))
        self.truststores = InMemoryTruststores()
        self.client_secrets_prefix = PREFIX
        self.client_secret_rotation = ROTATION
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

    def trusted(self) -> list[x509.Certificate]:
        """The authorities in the bundle."""
        return x509.load_pem_x509_certificates(self.bundle.read_bytes())

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
