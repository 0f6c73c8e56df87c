"""The authority that stands for Amazon's: it issues what ACM is asked for once a domain is validated.

Made once per sandbox. Its certificate is what clients on this machine give as `--cacert`; nothing else trusts it.
"""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_FILE = "public-authority.pem"
KEY_FILE = "public-authority.key"
AUTHORITY_LIFE = dt.timedelta(days=3650)
# What ACM's public certificates live (ACM user guide, "Public certificate characteristics").
CERTIFICATE_LIFE = dt.timedelta(days=395)
# RequestCertificate issues RSA_2048, EC_prime256v1 and EC_secp384r1; RSA_2048 when nothing is said.
RSA_BITS = 2048
CLOCK_SKEW = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class IssuedCertificate:
    """A certificate, the certificates above it, and its key, as PEM."""

    certificate: str
    chain: str
    key: str


def authority_path(state_directory: Path) -> Path:
    """Where the authority's certificate is, or will be."""
    return state_directory / "tls" / CERTIFICATE_FILE


def issue(state_directory: Path, names: list[str], *, algorithm: str, now: dt.datetime) -> IssuedCertificate:
    """A server certificate for these domain names; `algorithm` is RequestCertificate's name of one (`RSA_2048`).

    Raises `OSError` when the authority cannot be kept.
    """
    authority, authority_key = _authority(state_directory, now)
    key = _new_key(algorithm)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        _builder(subject, authority.subject, key, now=now, life=CERTIFICATE_LIFE, ca=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return IssuedCertificate(certificate=_pem(certificate), chain=_pem(authority), key=_key_pem(key))


def _new_key(algorithm: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    match algorithm:
        case "EC_prime256v1":
            return ec.generate_private_key(ec.SECP256R1())
        case "EC_secp384r1":
            return ec.generate_private_key(ec.SECP384R1())
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _authority(state_directory: Path, now: dt.datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_path, key_path = authority_path(state_directory), state_directory / "tls" / KEY_FILE
    try:
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    except FileNotFoundError:
        return _new_authority(certificate_path, key_path, now)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{key_path} is not a key of the sandbox")
    return certificate, key


def _new_authority(
    certificate_path: Path, key_path: Path, now: dt.datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gatehouse sandbox: in place of Amazon's authority")])
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only", "digital_signature"),
        ),
        False,
    )
    certificate = (
        _builder(name, name, key, now=now, life=AUTHORITY_LIFE, ca=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(_key_pem(key))
    certificate_path.write_text(_pem(certificate), encoding="ascii")
    return certificate, key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    now: dt.datetime,
    life: dt.timedelta,
    ca: bool,
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0) - CLOCK_SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")
