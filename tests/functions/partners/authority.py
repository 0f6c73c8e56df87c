"""Certificate authorities for tests: certificates of any shape, made once per run, on the fastest of good keys."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from client_certificates.certificate import Certificate
from client_certificates.presented import certificate_in
from tests.functions.support import NOW

START = datetime.fromtimestamp(NOW, tz=UTC)
DAY = timedelta(days=1)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key pair; another one for every number."""
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name: str, organization: str | None = None) -> x509.Name:
    """A distinguished name."""
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    """A certificate authority, self-signed or under another."""

    def __init__(
        self,
        common_name: str = "Partners 2026",
        *,
        number: int = 1_000,
        parent: "Authority | None" = None,
        private_key: PrivateKey | None = None,
        is_authority: bool = True,
        not_before: datetime = START - 365 * DAY,
        not_after: datetime = START + 3_650 * DAY,
        algorithm: hashes.SHA224 | hashes.SHA256 | None = None,
        may_sign: bool = True,
    ) -> None:
        self.private_key = private_key or key(number)
        self.name = name(common_name)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(parent.name if parent else self.name)
            .public_key(self.private_key.public_key())
            .serial_number(number)
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not may_sign, key_cert_sign=may_sign, crl_sign=may_sign,
                    content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                    encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
        )  # fmt: skip
        signer = parent.private_key if parent else self.private_key
        self.certificate = builder.sign(signer, algorithm or hashes.SHA256())

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def issue(
        self,
        common_name: str = "acme",
        *,
        serial: int = 0xA1B2C3,
        not_before: datetime = START - DAY,
        not_after: datetime = START + 90 * DAY,
        subject: x509.Name | None = None,
        private_key: PrivateKey | None = None,
    ) -> str:
        """A client's certificate in PEM."""
        signed = (
            x509.CertificateBuilder()
            .subject_name(subject or name(common_name, "Acme & Söhne"))
            .issuer_name(self.name)
            .public_key((private_key or key(serial)).public_key())
            .serial_number(serial)
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self.private_key, hashes.SHA256())
        )
        return signed.public_bytes(Encoding.PEM).decode()

    def revocation_list(
        self,
        serials: Sequence[int] = (),
        *,
        number: int | None = 1,
        this_update: datetime = START - DAY,
        next_update: datetime | None = START + DAY,
        signer: "Authority | None" = None,
        removed: Sequence[int] = (),
    ) -> x509.CertificateRevocationList:
        """A CRL of this authority."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(this_update)
        builder = builder.next_update(next_update or START + DAY)
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for serial in (*serials, *removed):
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(this_update)
            if serial in removed:
                revoked = revoked.add_extension(x509.CRLReason(x509.ReasonFlags.remove_from_crl), critical=False)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign((signer or self).private_key, hashes.SHA256())


def certificate(pem: str) -> Certificate:
    """What the product reads from a PEM text."""
    return certificate_in(pem)


def client_cert(pem: str) -> dict[str, Any]:
    """`requestContext.identity.clientCert` with strings beside the PEM that say something else: nobody may use them."""
    return {
        "clientCertPem": pem,
        "subjectDN": "CN=somebody else",
        "issuerDN": "CN=another authority",
        "serialNumber": "ff:ff:ff",
        "validity": {"notBefore": "May 28 12:30:02 2019 GMT", "notAfter": "Aug  5 09:36:04 2121 GMT"},
    }
