"""Certificate authorities and certificates for tests, with P-256 keys unless a test brings others."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate with its key; `chain` has the issuers between it and the root, nearest first."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return pem_of(self.certificate)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 digest of the certificate, hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def chain_pem(self) -> str:
        """The certificates between it and the root."""
        return "".join(pem_of(each) for each in self.chain)

    @property
    def key_pem(self) -> str:
        """The private key, PKCS #8, not encrypted."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(encoding, form, serialization.NoEncryption()).decode()

    def files(self, folder: Path, name: str) -> tuple[str, str]:
        """Writes certificate with chain, and key, for `ssl`; answers both paths."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_text(self.pem + self.chain_pem)
        key.write_text(self.key_pem)
        return str(certificate), str(key)


@dataclass(frozen=True, kw_only=True)
class Authority(Issued):
    """A CA that issues certificates and lower CAs."""

    is_root: bool = True

    def authority(self, name: str, *, key: Key | None = None) -> "Authority":
        """A CA below this one."""
        made = key or new_key()
        certificate = _certificate(name_of(name), made, self, ca=True)
        return Authority(certificate=certificate, key=made, chain=self._chain(), is_root=False)

    def issue(
        self,
        subject: str | x509.Name,
        *,
        names: Sequence[str] = (),
        server: bool = False,
        since: dt.timedelta = -DAY,
        until: dt.timedelta = 30 * DAY,
        key: Key | None = None,
        more: Sequence[x509.ExtensionType] = (),
    ) -> Issued:
        """A certificate of a client, or of a server for these names, valid between now plus `since` and `until`."""
        made = key or new_key()
        subject = name_of(subject) if isinstance(subject, str) else subject
        extensions: list[x509.ExtensionType] = list(more)
        if names:
            extensions.append(x509.SubjectAlternativeName([_general_name(name) for name in names]))
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        extensions.append(x509.ExtendedKeyUsage([usage]))
        certificate = _certificate(subject, made, self, ca=False, more=extensions, since=since, until=until)
        return Issued(certificate=certificate, key=made, chain=self._chain())

    def _chain(self) -> tuple[x509.Certificate, ...]:
        return () if self.is_root else (self.certificate, *self.chain)


def new_authority(name: str, *, key: Key | None = None, until: dt.timedelta = 3650 * DAY) -> Authority:
    """A root CA."""
    made = key or new_key()
    certificate = _certificate(name_of(name), made, None, ca=True, until=until)
    return Authority(certificate=certificate, key=made)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def name_of(common_name: str) -> x509.Name:
    """A distinguished name of a common name and an organisation."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gatehouse tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def pem_of(certificate: x509.Certificate) -> str:
    """One certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate(
    subject: x509.Name,
    key: Key,
    issuer: Authority | None,
    *,
    ca: bool,
    more: Sequence[x509.ExtensionType] = (),
    since: dt.timedelta = -DAY,
    until: dt.timedelta = 365 * DAY,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if ca:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    if issuer is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(authority, critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign((issuer.key if issuer else key), hashes.SHA256())
