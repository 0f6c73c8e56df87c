"""What a certificate says, in ACM's words. Pure; every function raises `ValueError` with the reason in one line."""

import datetime as dt
import re

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

PEM_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----.*?-----END (?P=label)-----", re.DOTALL)
CERTIFICATE_LABEL = "CERTIFICATE"
# ACM user guide, "Prerequisites for importing certificates"; DescribeCertificate's names for them.
RSA_SIZES = (1024, 2048, 3072, 4096)
CURVES = {"secp256r1": "EC-prime256v1", "secp384r1": "EC-secp384r1", "secp521r1": "EC-secp521r1"}
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificates_in(text: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text, in its order. Anything but certificates in it is refused."""
    found: list[x509.Certificate] = []
    for block in PEM_BLOCK.finditer(text):
        if block["label"] != CERTIFICATE_LABEL:
            raise ValueError(f"it has a {block['label'].lower()} where only certificates belong")
        try:
            found.append(x509.load_pem_x509_certificate(block[0].encode("ascii", "replace")))
        except ValueError as error:
            raise ValueError("a certificate in it cannot be parsed") from error
    return found


def private_key_in(text: str) -> PrivateKey:
    """The key of a PEM text: RSA or ECDSA, not encrypted."""
    try:
        key = load_pem_private_key(text.encode("ascii", "replace"), password=None)
    except TypeError as error:
        raise ValueError("the private key is encrypted") from error
    except ValueError as error:
        raise ValueError("the private key cannot be parsed") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("the private key is neither RSA nor ECDSA")
    return key


def key_algorithm(certificate: x509.Certificate) -> str:
    """ACM's name of the key's algorithm, such as `RSA-2048` or `EC-prime256v1`."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_SIZES:
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    raise ValueError("the key's algorithm or size is not one that ACM supports")


def names_of(certificate: x509.Certificate) -> list[str]:
    """The domain names that a server's certificate is for: its alternative names, or else its common name."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(each.value) for each in common]
    return alternative.get_values_for_type(x509.DNSName)


def covers(names: list[str], domain: str) -> bool:
    """Whether one of the names is the domain's, or a wildcard for its first label (RFC 6125, section 6.4.3)."""
    wanted = domain.lower()
    return any(name.lower() in (wanted, f"*.{wanted.partition('.')[2]}") for name in names)


def serial_number(certificate: x509.Certificate) -> str:
    """The serial number as AWS writes it: `a1:b2:...`, lower-case, two digits each."""
    number = certificate.serial_number
    digits = f"{number:x}"
    padded = digits.zfill(len(digits) + len(digits) % 2)
    return ":".join(padded[place : place + 2] for place in range(0, len(padded), 2))


def iso(moment: dt.datetime) -> str:
    """A moment as the emulator keeps it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def require_importable(certificate: x509.Certificate, key: PrivateKey, chain: list[x509.Certificate]) -> None:
    """Raises `ValueError` where ACM refuses the import (user guide, "Prerequisites for importing certificates")."""
    key_algorithm(certificate)
    if certificate.public_key() != key.public_key():
        raise ValueError("the private key is not the certificate's")
    now = dt.datetime.now(dt.UTC)
    if certificate.not_valid_after_utc <= now:
        raise ValueError("the certificate has expired")
    if certificate.not_valid_before_utc > now:
        raise ValueError("the certificate is not valid yet")
    below = certificate
    for issuer in chain:
        try:
            below.verify_directly_issued_by(issuer)
        except Exception as error:
            raise ValueError("the chain is not in order from the certificate to its root") from error
        below = issuer
