"""What API Gateway makes of a truststore: what it refuses, what it warns of, and which certificates count. Pure.

Sources: Amazon API Gateway developer guide, "How to turn on mutual TLS authentication for your REST APIs" (requirements
on certificates, "Certificates can have a maximum chain length of four", truststore warnings) and its quotas; the
knowledge center on certificate subjects that conflict. AWS does not publish the words of its warnings: these are ours.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.fidelity.acm.reading import PEM_BLOCK

LARGEST_BYTES = 1_048_576
MOST_CERTIFICATES = 1_000
LONGEST_CHAIN = 4
SMALLEST_RSA_KEY = 2048
CURVES = frozenset({"secp256r1", "secp384r1"})
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class TruststoreError(Exception):
    """API Gateway does not take this truststore; the message is what it answers."""


@dataclass(frozen=True, kw_only=True)
class Truststore:
    """A truststore that API Gateway takes. `trusted` are the certificates that count, `warnings` why others do not."""

    trusted: tuple[x509.Certificate, ...]
    warnings: tuple[str, ...]

    @property
    def pem(self) -> str:
        """The certificates that count, as PEM."""
        return "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in self.trusted)


def read_truststore(content: bytes, *, now: dt.datetime) -> Truststore:
    """Judges a bundle as it lies in S3. Raises `TruststoreError`."""
    if len(content) > LARGEST_BYTES:
        raise TruststoreError(f"The truststore has {len(content)} bytes; at most {LARGEST_BYTES} are allowed.")
    text = content.decode("utf-8", errors="replace")
    # One more than allowed is enough to know: a bundle of a million blocks is not parsed.
    blocks = list(itertools.islice(PEM_BLOCK.finditer(text), MOST_CERTIFICATES + 1))
    if len(blocks) > MOST_CERTIFICATES:
        raise TruststoreError(f"The truststore has more than {MOST_CERTIFICATES} certificates.")
    parsed: list[x509.Certificate] = []
    warnings: list[str] = []
    for number, block in enumerate(blocks, start=1):
        if block["label"] != "CERTIFICATE":
            raise TruststoreError(f"The truststore has a {block['label'].lower()}; only certificates belong there.")
        try:
            parsed.append(x509.load_pem_x509_certificate(block[0].encode("ascii", "replace")))
        except ValueError:
            warnings.append(f"Certificate {number} cannot be parsed.")
    if not parsed:
        raise TruststoreError("The truststore has no certificate that can be parsed.")
    _refuse_conflicts(parsed)
    trusted: list[x509.Certificate] = []
    for certificate in parsed:
        found = list(_flaws(certificate, now))
        subject = certificate.subject.rfc4514_string()
        warnings.extend(f"The certificate with the subject {subject} {flaw}." for flaw in found)
        if not found:
            trusted.append(certificate)
    warnings.extend(_chain_warnings(trusted))
    return Truststore(trusted=tuple(trusted), warnings=tuple(warnings))


def _refuse_conflicts(certificates: list[x509.Certificate]) -> None:
    issuers: dict[bytes, bytes] = {}
    for certificate in certificates:
        subject, issuer = certificate.subject.public_bytes(), certificate.issuer.public_bytes()
        if issuers.setdefault(subject, issuer) != issuer:
            name = certificate.subject.rfc4514_string()
            raise TruststoreError(
                f"The certificate subject {name} conflicts with an existing certificate from a different issuer."
            )


def _flaws(certificate: x509.Certificate, now: dt.datetime) -> Iterator[str]:
    """Why a certificate does not count."""
    if certificate.version is not x509.Version.v3:
        yield "is not X.509 version 3"
        return
    if certificate.not_valid_after_utc <= now:
        yield "has expired"
    if certificate.not_valid_before_utc > now:
        yield "is not valid yet"
    key = certificate.public_key()
    strong_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA_KEY
    known_curve = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES
    if not (strong_rsa or known_curve):
        yield "has a key that is neither RSA with at least 2048 bits nor ECDSA on P-256 or P-384"
    if not isinstance(certificate.signature_hash_algorithm, HASHES):
        yield "is signed with a hash weaker than SHA-256"
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca:
            yield "is not a CA's"
    except x509.ExtensionNotFound:
        yield "is not a CA's"
    except ValueError:
        yield "has extensions that cannot be parsed"


def _chain_warnings(certificates: list[x509.Certificate]) -> Iterator[str]:
    by_subject = {each.subject.public_bytes(): each for each in certificates}
    for certificate in certificates:
        length, current = 1, certificate
        while current.issuer != current.subject and length <= LONGEST_CHAIN:
            above = by_subject.get(current.issuer.public_bytes())
            if above is None:
                missing = current.issuer.rfc4514_string()
                subject = certificate.subject.rfc4514_string()
                yield f"The certificate with the subject {subject} has an incomplete chain: {missing} is missing."
                break
            current, length = above, length + 1
        if length > LONGEST_CHAIN:
            subject = certificate.subject.rfc4514_string()
            yield f"The certificate with the subject {subject} has a chain of more than {LONGEST_CHAIN} certificates."


def accepts(trusted: tuple[x509.Certificate, ...], certificate: x509.Certificate, *, now: dt.datetime) -> bool:
    """Whether a client's certificate is valid now and has a chain of at most four CAs, all of them in the truststore.

    What the client sends along with it counts for nothing: the chain is the truststore's own (developer guide: the
    truststore has "the complete chain of trust").
    """
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        return False
    by_subject: dict[bytes, list[x509.Certificate]] = {}
    for each in trusted:
        by_subject.setdefault(each.subject.public_bytes(), []).append(each)
    current = certificate
    for _ in range(LONGEST_CHAIN):
        issuer = next(
            (each for each in by_subject.get(current.issuer.public_bytes(), []) if _issued(each, current)), None
        )
        if issuer is None or not issuer.not_valid_before_utc <= now < issuer.not_valid_after_utc:
            return False
        if issuer.issuer == issuer.subject:
            return True
        current = issuer
    return False


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it did not issue this one
        return False
    return True
