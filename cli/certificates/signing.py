"""From a request to a certificate, and what is looked at before: pure, on `cryptography`.

Of a request (CSR, RFC 2986) only the public key is taken, after its signature has shown that the client has the private
one. Subject, dates and uses are ours: what a client asks for there would be its own word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.errors import CliError
from client_certificates.truststore import issuer_in, key_weakness, shown_name

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
# Against clocks that are slow; API Gateway refuses a certificate that is not valid yet.
CLOCK_DIFFERENCE = timedelta(minutes=5)
_CURVES: dict[str, type[ec.EllipticCurve]] = {"ec-p256": ec.SECP256R1, "ec-p384": ec.SECP384R1}
_NAME_LENGTH = 64  # ub-common-name and ub-organization-name of RFC 5280 appendix A.1


@dataclass(frozen=True, kw_only=True)
class SigningAuthority:
    """An authority that can sign: its certificate and its key; `repr` shows neither."""

    certificate: x509.Certificate
    private_key: PrivateKey

    def __repr__(self) -> str:
        """Name the authority."""
        return f"<SigningAuthority {shown_name(self.certificate.subject)}>"


def new_key(kind: str) -> PrivateKey:
    """Return a new private key of a kind of `options.KEY_KINDS`."""
    if kind.startswith("rsa-"):
        return rsa.generate_private_key(public_exponent=65_537, key_size=int(kind.removeprefix("rsa-")))
    return ec.generate_private_key(_CURVES[kind]())


def key_pem(key: PrivateKey) -> str:
    """Return a private key as PEM, for Secrets Manager and for nothing else."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def private_key_in(pem: str, *, what: str) -> PrivateKey:
    """Read a private key; raises `CliError`, which does not repeat it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise CliError(f"{what} holds no private key: restore an earlier version of the secret")
    return key


def pem_of(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def self_signed(common_name: str, key: PrivateKey, *, now: datetime, days: int) -> x509.Certificate:
    """Return the certificate of a new root that signs clients and nothing else (`pathlen:0`)."""
    if not 0 < len(common_name) <= _NAME_LENGTH or not common_name.isprintable():
        raise CliError(f"an authority's name is printable text of at most {_NAME_LENGTH} characters")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_DIFFERENCE)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def public_key_in_request(content: bytes) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """Return the key that a CSR in PEM or DER proves to have; raises `CliError`."""
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            request = x509.load_pem_x509_csr(content)
        else:
            request = x509.load_der_x509_csr(content)
        signed, key = request.is_signature_valid, request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CliError("the file is no certificate signing request: make one with `openssl req -new`") from None
    if not signed:
        raise CliError("the request is not signed with its own key: the client has to make it anew")
    weakness = key_weakness(key)
    if weakness or not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        raise CliError(f"the request has {weakness}: the client has to make a stronger key")
    return key


def sign_client(
    authority: SigningAuthority,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    *,
    client_id: str,
    organization: str,
    now: datetime,
    days: int,
) -> x509.Certificate:
    """Return a client's certificate, which never outlives its authority; raises `CliError`."""
    end = now + timedelta(days=days)
    if end > authority.certificate.not_valid_after_utc:
        raise CliError(
            f"the authority ends on {authority.certificate.not_valid_after_utc:%Y-%m-%d}, before the certificate: "
            "take fewer --days, or make its successor with `ca rotate`"
        )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:_NAME_LENGTH]),
            x509.NameAttribute(NameOID.COMMON_NAME, client_id),
        ]
    )
    issuer = authority.certificate
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(now - CLOCK_DIFFERENCE, issuer.not_valid_before_utc))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private_key.public_key()), critical=False
        )
        .sign(authority.private_key, hashes.SHA256())
    )


def certificate_in_file(content: bytes) -> x509.Certificate:
    """Return the one certificate in a file, PEM or DER; raises `CliError`."""
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            [certificate] = x509.load_pem_x509_certificates(content)
        else:
            certificate = x509.load_der_x509_certificate(content)
        _ = certificate.extensions, certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CliError("the file is not one certificate in PEM or DER") from None
    return certificate


def require_client_certificate(
    certificate: x509.Certificate, authorities: tuple[x509.Certificate, ...], *, now: datetime
) -> None:
    """Pass where a certificate from elsewhere is one that API Gateway would take; raises `CliError`."""
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if is_authority:
        raise CliError("the certificate is an authority's: register the client's own")
    weakness = key_weakness(certificate.public_key())
    if weakness:
        raise CliError(f"the certificate has {weakness}: API Gateway refuses it")
    if certificate.not_valid_after_utc <= now:
        raise CliError(f"the certificate has expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    if issuer_in(certificate, authorities) is None:
        raise CliError(
            f"no authority in the bundle has signed the certificate: add its issuer {shown_name(certificate.issuer)} "
            "to the truststore first, and name the bundle with --issuer"
        )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
